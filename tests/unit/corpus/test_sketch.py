"""The sketch: exact for small corpora, within its stated error for large ones, and blind to order."""

from __future__ import annotations

import json
import random

import pytest

from include.corpus.document import Document
from include.corpus.sketch import Sketch, compare
from include.retraining.check import sketch_of


def corpus(n: int) -> list[Document]:
    return [Document(f"d{number}", f"text {number}") for number in range(n)]


def test_compare_small_corpus_is_exact() -> None:
    before = corpus(100)
    now = [*before[10:90], *(Document(d.id, f"{d.text}!") for d in before[90:]), Document("new", "text")]

    change = compare(sketch_of(before), sketch_of(now))

    assert (change.new, change.changed, change.deleted) == pytest.approx((1 / 101, 10 / 101, 10 / 101))
    assert change.error == 0
    assert str(change) == "20.8% (new 1.0%, changed 9.9%, deleted 9.9%)"


@pytest.mark.parametrize("seed", range(5))
def test_compare_large_corpus_is_within_its_error(seed: int) -> None:
    chosen, size = random.Random(seed), 1_000
    before = corpus(20_000)
    gone = set(chosen.sample(range(20_000), 1_000))
    now = [document for number, document in enumerate(before) if number not in gone]

    change = compare(sketch_of_size(before, size), sketch_of_size(now, size))

    assert change.deleted == pytest.approx(0.05, abs=2 * change.error)
    assert (change.new, change.changed) == (0, 0)
    assert 0 < change.error < 0.02


def sketch_of_size(documents: list[Document], size: int) -> Sketch:
    sketch = Sketch(size)
    for document in documents:
        sketch.add(document)
    return sketch


def test_compare_corpus_that_grew_beyond_the_sketch_sees_what_is_new() -> None:
    change = compare(sketch_of_size(corpus(500), 1_000), sketch_of_size(corpus(5_000), 1_000))

    assert change.new == pytest.approx(0.9, abs=2 * change.error)
    assert change.deleted == 0


def test_compare_corpora_without_a_document_tells_of_no_change() -> None:
    assert compare(Sketch(), Sketch()).share == 0


def test_sketch_does_not_depend_on_the_order_even_if_ids_come_twice() -> None:
    documents = [*corpus(3_000), *(Document(f"d{number}", "of another index") for number in range(100))]
    shuffled = random.Random(1).sample(documents, len(documents))

    assert sketch_of_size(documents, 500).as_dict() == sketch_of_size(shuffled, 500).as_dict()


def test_sketch_leaves_out_documents_without_text() -> None:
    sketch = sketch_of([Document("a", " \n"), Document("b", "text")])

    assert sketch.documents == 1
    assert len(sketch.as_dict()["texts"]) == 1


def test_sketch_comes_back_from_json_and_can_go_on() -> None:
    documents = corpus(3_000)
    kept = sketch_of_size(documents[:2_000], 500)

    read = Sketch.from_dict(json.loads(json.dumps(kept.as_dict())))
    for document in documents[2_000:]:
        read.add(document)

    assert read.as_dict() == sketch_of_size(documents, 500).as_dict()


def test_sketch_holds_neither_ids_nor_texts() -> None:
    told = json.dumps(sketch_of([Document("patient-7", "a secret diagnosis")]).as_dict())

    assert "patient" not in told
    assert "secret" not in told
