from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from include.inference.batches import length_sorted_batches


@given(st.lists(st.integers(0, 600)), st.integers(1, 2_000))
def test_batches_cover_every_text_once_within_the_budget(lengths: list[int], budget: int) -> None:
    batches = list(length_sorted_batches(lengths, budget))
    assert sorted(index for batch in batches for index in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * max(lengths[index] for index in batch) <= budget


@given(st.lists(st.integers(1, 600)), st.integers(1, 2_000))
def test_batches_run_from_long_to_short(lengths: list[int], budget: int) -> None:
    order = [lengths[index] for batch in length_sorted_batches(lengths, budget) for index in batch]
    assert order == sorted(order, reverse=True)


def test_batches_of_texts_of_one_length_are_as_few_as_the_budget_allows() -> None:
    assert [len(batch) for batch in length_sorted_batches([64] * 100, 2_048)] == [32, 32, 32, 4]


def test_batches_of_nothing_are_none() -> None:
    assert list(length_sorted_batches([], 100)) == []
