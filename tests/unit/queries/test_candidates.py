from __future__ import annotations

import json
from typing import Any

import pytest

from include.queries.candidates import MAX_HITS, find_candidates

DOCUMENTS = {f"d{number}": f"common word{number}" for number in range(80)}


@pytest.fixture
def searched(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """What was asked: queries and depth. Documents are found in their order, up to the depth."""
    asked: list[tuple[int, int]] = []

    def search(client: Any, index: str, queries: dict[str, str], depth: int) -> dict[str, dict[str, float]]:
        asked.append((len(queries), depth))
        return {
            name: dict.fromkeys([d for d in DOCUMENTS if query != "none"][:depth], 1.0)
            for name, query in queries.items()
        }

    monkeypatch.setattr("include.queries.candidates.search_bm25", search)
    return asked


def candidates(pairs: list[tuple[str, str]], depth: int = 0, held_out: frozenset[str] = frozenset()) -> list[Any]:
    rows = ({"query": query, "document_id": document_id} for query, document_id in pairs)
    return [json.loads(line) for line in find_candidates(None, "run-bm25", rows, depth, held_out)]  # type: ignore[arg-type]


def test_find_candidates_tells_rank_and_hits(searched: Any) -> None:
    (found,) = candidates([("common", "d2")])

    assert found == {
        "query": "common",
        "document_id": "d2",
        "rank": 3,
        "hits": [f"d{number}" for number in range(MAX_HITS)],
    }


@pytest.mark.parametrize(
    ("depth", "document_id", "rank"),
    [(0, "d49", 50), (0, "d50", None), (10, "d49", 50), (60, "d59", 60), (60, "d60", None), (1_000, "d79", 80)],
)
def test_find_candidates_rank_is_told_up_to_the_depth(
    searched: Any, depth: int, document_id: str, rank: int | None
) -> None:
    assert candidates([("common", document_id)], depth)[0]["rank"] == rank


def test_find_candidates_held_out_documents_are_no_hits_and_keep_their_rank(searched: Any) -> None:
    held_out = frozenset(f"d{number}" for number in range(0, 80, 2))

    (found,) = candidates([("common", "d3")], held_out=held_out)

    assert found["rank"] == 4
    assert found["hits"] == [f"d{number}" for number in range(1, 80, 2)]


def test_find_candidates_nothing_found_is_said(searched: Any) -> None:
    assert candidates([("none", "d1")]) == [{"query": "none", "document_id": "d1", "rank": None, "hits": []}]


def test_find_candidates_many_pairs_are_searched_a_thousand_at_a_time(searched: Any) -> None:
    found = candidates([("common", f"d{number % 80}") for number in range(2_500)], depth=200)

    assert [row["document_id"] for row in found] == [f"d{number % 80}" for number in range(2_500)]
    assert searched == [(1_000, 200), (1_000, 200), (500, 200)]
