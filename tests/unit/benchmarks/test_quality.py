"""The quality benchmark's own rules: what is split, what is trained on, and what a row says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.quality.collection import Collection
from benchmarks.quality.collections import beir, demo
from benchmarks.quality.halves import Half, halves_of
from benchmarks.quality.pairs import write_pairs
from include.corpus.document import Document, words_of
from include.evaluation.beir import QuerySet

if TYPE_CHECKING:
    from pathlib import Path


def query_set(relevant: dict[str, list[str]]) -> QuerySet:
    return QuerySet({q: f"text of {q}" for q in relevant}, {q: dict.fromkeys(d, 1) for q, d in relevant.items()})


def test_halves_keep_queries_of_one_document_together_over_all_sets() -> None:
    one = query_set({f"a{n}": [f"d{n}"] for n in range(40)})
    other = query_set({f"b{n}": [f"d{n}", f"d{n + 1}"] for n in range(0, 40, 4)})

    half_of = halves_of([one, other])

    assert all(half_of[f"b{n}"] is half_of[f"a{n}"] is half_of[f"a{n + 1}"] for n in range(0, 40, 4))
    assert abs(sum(half is Half.TEST for half in half_of.values()) - 25) <= 3


def test_halves_of_queries_that_are_all_linked_are_drawn_one_by_one() -> None:
    half_of = halves_of([query_set({f"q{n}": [f"d{n}", f"d{n + 1}"] for n in range(20)})])

    assert sum(half is Half.TEST for half in half_of.values()) == 10


def test_collection_trains_on_no_judged_document_and_on_no_near_copy_of_one() -> None:
    text = " ".join(f"word{n}" for n in range(60))
    documents = [Document(f"d{n}", f"document {n} about topic {n * 7} with other words {n * 13}") for n in range(20)]
    documents += [Document("judged", text), Document("copy", f"{text} indeed")]

    allowed, held_out = Collection("c", documents, {"queries": query_set({"q": ["judged"]})}).training_ids()

    assert held_out
    assert not allowed & {"judged", "copy"}
    assert len(allowed) == 20


def test_collection_whose_documents_are_nearly_all_judged_trains_on_them_and_says_so() -> None:
    documents = [Document(f"d{n}", f"a text of its own {n * 7} and {n * 31}") for n in range(10)]

    allowed, held_out = Collection(
        "c", documents, {"queries": query_set({"q": [d.id for d in documents]})}
    ).training_ids()

    assert (len(allowed), held_out) == (10, False)


@pytest.mark.parametrize("writer", ["extractive", "templated"])
def test_pairs_hold_no_judged_query(writer: str) -> None:
    documents = [Document("d", "Create group.\nCreates a new group for the account.")]
    judged = {words_of(pair.query) for pair in write_pairs(documents, writer, [])}
    first = sorted(judged)[0]

    left = {words_of(pair.query) for pair in write_pairs(documents, writer, [f"{first.upper()}?"])}

    assert left == judged - {first}


def test_demo_subset_shares_less_than_a_third_of_each_operations_name() -> None:
    belongs = demo().subsets["little overlap"]

    assert belongs("make a folder for photos", ["s3.CreateBucket"])
    assert not belongs("create a folder", ["s3.CreateBucket"])


def test_beir_folder_is_a_collection(tmp_path: Path) -> None:
    folder = tmp_path
    (folder / "qrels").mkdir()
    (folder / "corpus.jsonl").write_text('{"_id": "d1", "title": "T", "text": "x"}\n', "utf-8")
    (folder / "queries.jsonl").write_text('{"_id": "q1", "text": "y"}\n', "utf-8")
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t1\n", "utf-8")

    found = beir(folder)

    assert (found.name, len(found.documents), list(found.judged)) == (folder.name, 1, ["queries"])
