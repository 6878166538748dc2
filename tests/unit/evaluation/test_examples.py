from __future__ import annotations

from typing import Any

from include.corpus.document import Document
from include.evaluation.beir import QuerySet
from include.evaluation.examples import LISTED, changed_most, examples

QUERIES = QuerySet({"q1": "create", "q2": "delete"}, {"q1": {"a": 1, "b": 0}, "q2": {"b": 2, "x": 1}})
RUNS = {"base": {"q1": {"b": 2.0, "a": 1.0}, "q2": {"b": 1.0}}, "tuned": {"q1": {"a": 1.0}, "q2": {}}}
PER_QUERY = {"q1": {"base": 0.63, "tuned": 1.0}, "q2": {"base": 0.8, "tuned": 0.0}}
DOCUMENTS = [Document("a", "A" * 500), Document("b", "short"), Document("c", "never shown")]


def test_changed_most_lists_gains_and_losses_apart() -> None:
    values = {f"q{n:02}": {"base": 0.5, "tuned": 0.5 + (n - 20) / 100} for n in range(41)}

    best, worst = changed_most(values)

    assert best == [f"q{n}" for n in range(40, 40 - LISTED, -1)]
    assert worst == [f"q{n:02}" for n in range(LISTED)]


def test_changed_most_unchanged_queries_are_neither() -> None:
    assert changed_most({"q": {"base": 0.5, "tuned": 0.5}}) == ([], [])


def test_changed_most_may_be_over_another_system() -> None:
    assert changed_most({"q": {"base": 0.0, "tuned": 0.5, "bm25": 1.0}}, "bm25") == ([], ["q"])


def test_examples_show_what_answers_and_what_came_first() -> None:
    found = examples(QUERIES, RUNS, PER_QUERY, DOCUMENTS)

    first: dict[str, Any] = found["best"][0]
    assert (first["query_id"], first["query"], first["scores"]) == ("q1", "create", PER_QUERY["q1"])
    assert first["relevant"] == [{"id": "a", "text": "A" * 200, "relevant": True}]
    assert first["first"] == {
        "base": {"id": "b", "text": "short", "relevant": False},
        "tuned": {"id": "a", "text": "A" * 200, "relevant": True},
    }


def test_examples_document_beyond_the_corpus_has_no_text_and_a_system_that_found_nothing_no_first() -> None:
    lost = examples(QUERIES, RUNS, PER_QUERY, DOCUMENTS)["worst"][0]

    assert lost["relevant"] == [
        {"id": "b", "text": "short", "relevant": True},
        {"id": "x", "text": None, "relevant": True},
    ]
    assert list(lost["first"]) == ["base"]
