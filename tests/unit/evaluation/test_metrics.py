"""Metrics against hand-computed examples, and run files that come back whatever the ids are."""

from __future__ import annotations

from math import log2
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.errors import TerminalError
from include.evaluation.metrics import MEASURES, per_query, read_run, run_lines
from include.evaluation.metrics import ranked as ranked_documents

if TYPE_CHECKING:
    from include.evaluation.metrics import Run


def ranked(*documents: str) -> dict[str, float]:
    """Scores that put the documents in this order."""
    return {document: float(len(documents) - place) for place, document in enumerate(documents)}


@pytest.mark.parametrize(
    ("found", "judged", "ndcg", "recall", "reciprocal_rank"),
    [
        pytest.param(ranked("r", "a", "b"), {"r": 1}, 1.0, 1.0, 1.0, id="first"),
        pytest.param(ranked("a", "b", "r"), {"r": 1}, 1 / log2(4), 1.0, 1 / 3, id="third"),
        pytest.param(
            ranked("r", "a", "s"),
            {"r": 1, "s": 1},
            (1 + 1 / log2(4)) / (1 + 1 / log2(3)),
            1.0,
            1.0,
            id="two",
        ),
        pytest.param(ranked("s", "r"), {"r": 2, "s": 1}, (1 + 2 / log2(3)) / (2 + 1 / log2(3)), 1.0, 1.0, id="graded"),
        pytest.param(ranked("a", "r"), {"r": 1, "a": 0}, 1 / log2(3), 1.0, 0.5, id="judged-irrelevant"),
        pytest.param(ranked("a", "r"), {"r": 1, "a": -1}, 1 / log2(3), 1.0, 0.5, id="judged-harmful"),
        pytest.param(ranked(*"abcdefghij", "r"), {"r": 1}, 0.0, 1.0, 0.0, id="eleventh"),
        pytest.param(ranked("a"), {"r": 1}, 0.0, 0.0, 0.0, id="not-found"),
        pytest.param({}, {"r": 1}, 0.0, 0.0, 0.0, id="nothing-found"),
        pytest.param(ranked("r"), {"r": 1, "s": 1, "t": 1, "u": 1}, 1 / 2.5616063, 0.25, 1.0, id="one-of-four"),
    ],
)
def test_per_query_equals_hand_computed(
    found: dict[str, float], judged: dict[str, int], ndcg: float, recall: float, reciprocal_rank: float
) -> None:
    values = per_query({"q": judged}, {"q": found})

    assert values == {
        "nDCG@10": [pytest.approx(ndcg)],
        "R@100": [pytest.approx(recall)],
        "RR@10": [pytest.approx(reciprocal_rank)],
    }


def test_per_query_missing_queries_count_as_nothing_in_their_place() -> None:
    qrels = {f"q{number}": {"r": 1} for number in range(4)}

    values = per_query(qrels, {"q2": ranked("r"), "q0": ranked("a", "r"), "other": ranked("r")})

    assert values["RR@10"] == [0.5, 0.0, 1.0, 0.0]


def test_per_query_empty_run_is_nothing() -> None:
    assert per_query({"q": {"r": 1}}, {}) == {measure: [0.0] for measure in MEASURES}


def test_per_query_tied_scores_do_not_depend_on_the_order_of_the_file() -> None:
    """Ties are broken by the ids, as trec_eval does."""
    one = per_query({"q": {"r": 1}}, {"q": {"a": 1.0, "r": 1.0, "z": 1.0}})
    other = per_query({"q": {"r": 1}}, {"q": {"z": 1.0, "r": 1.0, "a": 1.0}})

    assert one == other


def test_ranked_breaks_ties_as_the_main_measure_does() -> None:
    """What the report shows as found first is what nDCG@10 counts as first (RR@10 takes the other end)."""
    scores = {"a": 1.0, "z": 1.0, "r": 0.5, "b": 2.0}

    order = ranked_documents(scores)

    assert order == ["b", "z", "a", "r"]
    for rank, document in enumerate(order, start=1):
        assert per_query({"q": {document: 1}}, {"q": scores})["nDCG@10"] == [pytest.approx(1 / log2(rank + 1))]


IDS = st.text(min_size=1)
RUNS = st.dictionaries(IDS, st.dictionaries(IDS, st.integers(-1_000, 1_000).map(float), min_size=1))


@given(RUNS)
def test_run_lines_come_back(run: Run) -> None:
    lines = list(run_lines(run, "tag"))

    assert all(len(line.split()) == 6 and line.count("\n") == 1 for line in lines)
    assert read_run(lines) == run


def test_run_lines_best_document_comes_first() -> None:
    assert list(run_lines({"q 1": {"a": 0.5, "b/c": 2.25, "%20": 1.0}}, "bm25")) == [
        "q%201 Q0 b/c 1 2.250000000 bm25\n",
        "q%201 Q0 %2520 2 1.000000000 bm25\n",
        "q%201 Q0 a 3 0.500000000 bm25\n",
    ]


@given(st.dictionaries(IDS, st.lists(IDS, min_size=1, unique=True), max_size=3))
def test_run_of_the_training_container_is_read(found: dict[str, list[str]]) -> None:
    """Both sides quote ids, each in its own way."""
    import tempfile
    from pathlib import Path

    from include.training.search import Hit
    from include.training.trec import write_run

    run = {query: [Hit(name, 1 - rank / 8) for rank, name in enumerate(names)] for query, names in found.items()}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "runs", "set.base.trec")
        write_run(path, run, "base")
        # As the lines of a member of a tar archive come: split at line feeds, and only there.
        lines = [line.decode() for line in path.read_bytes().splitlines(keepends=True)]

    assert read_run(lines) == {query: {hit.document_id: hit.score for hit in hits} for query, hits in run.items()}


def test_run_file_that_was_cut_names_the_line() -> None:
    with pytest.raises(TerminalError, match=r"Line 2 of a run file is 'q1 Q0 d2'"):
        read_run(["q1 Q0 d1 1 0.5 tag\n", "q1 Q0 d2"])
