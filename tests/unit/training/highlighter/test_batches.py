from __future__ import annotations

import random

from include.training.highlighter.batches import parts, step_batches

LENGTHS = [random.Random(1).randint(8, 200) for _ in range(333)]


def test_step_batches_cover_every_example_once() -> None:
    batches = list(step_batches(LENGTHS, 8, random.Random(1)))
    assert sorted(index for batch in batches for index in batch) == list(range(333))
    assert {len(batch) for batch in batches} <= {8, 5}


def test_step_batches_differ_by_epoch_and_not_by_run() -> None:
    draw, again = random.Random(1), random.Random(1)
    first, second = list(step_batches(LENGTHS, 8, draw)), list(step_batches(LENGTHS, 8, draw))
    assert first == list(step_batches(LENGTHS, 8, again)) != second


def test_step_batches_hold_examples_of_like_length() -> None:
    padded = sum(len(b) * max(LENGTHS[i] for i in b) for b in step_batches(LENGTHS, 8, random.Random(1)))
    assert padded < 1.2 * sum(LENGTHS)


def test_parts_keep_within_the_budget() -> None:
    batch = list(range(40))
    found = list(parts(batch, LENGTHS, 512))
    assert sorted(index for part in found for index in part) == batch
    assert all(len(part) * max(LENGTHS[index] for index in part) <= 512 for part in found)
