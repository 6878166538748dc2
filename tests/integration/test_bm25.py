"""BM25 in the real engine."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

import pytest

from include.corpus.document import Document
from include.errors import TerminalError
from include.evaluation.bm25 import DEPTH, create_index, delete_index, fill_index, index_name_of, search_bm25
from include.queries.candidates import find_candidates

if TYPE_CHECKING:
    from opensearchpy import OpenSearch

DOCUMENTS = [
    Document("create", "Creates a new group of users."),
    Document("delete", "Deletes the specified group."),
    Document("list", "Lists the policies that are attached."),
    Document("odd id / #1", 'Text with "quotes", a \\ backslash\nand a line end.'),
]


def test_bm25_finds_what_was_indexed(client: OpenSearch, index: str) -> None:
    analyzer = create_index(client, index)

    assert fill_index(client, index, DOCUMENTS) == 4
    run = search_bm25(client, index, {"q1": "create groups", "q2": "policy", "q3": "zebra", "q4": 'quotes" \\ line\n'})

    assert analyzer == "english"
    assert list(run) == ["q1", "q2", "q3", "q4"]
    assert max(run["q1"], key=run["q1"].__getitem__) == "create"
    assert set(run["q1"]) == {"create", "delete"}  # stemmed: groups, group
    assert list(run["q2"]) == ["list"]
    assert run["q3"] == {}
    assert list(run["q4"]) == ["odd id / #1"]
    assert all(score > 0 for scores in run.values() for score in scores.values())


def test_bm25_queries_beyond_one_request_keep_their_names(client: OpenSearch, index: str) -> None:
    create_index(client, index)
    fill_index(client, index, (Document(f"d{number}", f"word{number}") for number in range(230)))

    run = search_bm25(client, index, {f"q{number}": f"word{number}" for number in range(230)})

    assert {name: list(found) for name, found in run.items()} == {f"q{n}": [f"d{n}"] for n in range(230)}


def test_bm25_finds_at_most_so_many(client: OpenSearch, index: str) -> None:
    create_index(client, index)
    fill_index(client, index, (Document(str(number), "the same word") for number in range(DEPTH + 50)))

    assert len(search_bm25(client, index, {"q": "word"})["q"]) == DEPTH


def test_bm25_deeper_search_finds_more(client: OpenSearch, index: str) -> None:
    """A thousand hits of each query: the requests are smaller, the answers keep their names."""
    create_index(client, index)
    fill_index(client, index, (Document(str(number), f"the same word {number}") for number in range(1_200)))

    run = search_bm25(client, index, {f"q{number}": f"word {number}" for number in range(12)}, depth=1_000)

    assert [len(found) for found in run.values()] == [1_000] * 12
    assert [next(iter(found)) for found in run.values()] == [str(number) for number in range(12)]


def test_candidates_are_ranks_and_hits_of_the_pairs(client: OpenSearch, index: str) -> None:
    create_index(client, index)
    fill_index(client, index, [*DOCUMENTS, *(Document(f"w{n}", f"word{n} of group") for n in range(120))])
    pairs = [
        {"query": "create groups", "document_id": "create"},
        {"query": "word7 group", "document_id": "w7"},
        {"query": "group", "document_id": "nowhere"},
        {"query": "zebra", "document_id": "list"},
    ]

    found = [json.loads(line) for line in find_candidates(client, index, pairs, 0, frozenset({"delete", "w3"}))]

    assert [row["rank"] for row in found] == [1, 1, None, None]
    assert [len(row["hits"]) for row in found] == [50, 50, 50, 0]
    assert found[1]["hits"][0] == "w7"
    assert not {"delete", "w3"} & {name for row in found for name in row["hits"]}


def test_candidates_of_an_index_that_is_gone_say_so(client: OpenSearch, index: str) -> None:
    with pytest.raises(TerminalError, match="BM25 cannot search for the query 0: index_not_found_exception"):
        list(find_candidates(client, index, [{"query": "group", "document_id": "a"}], 0, frozenset()))


def test_bm25_index_of_an_earlier_try_is_replaced(client: OpenSearch, index: str) -> None:
    create_index(client, index)
    fill_index(client, index, DOCUMENTS)

    create_index(client, index)

    assert fill_index(client, index, DOCUMENTS[:1]) == 1
    assert client.count(index=index)["count"] == 1


def test_bm25_index_is_deleted_and_may_be_again(client: OpenSearch, index: str) -> None:
    create_index(client, index)

    delete_index(client, index)
    delete_index(client, index)

    assert not client.indices.exists(index=index)


def test_bm25_cluster_without_the_english_analyzer_measures_without_stemming(
    client: OpenSearch, index: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As the local server answers on a Java runtime without the module analysis-common."""
    monkeypatch.setattr("include.evaluation.bm25.ANALYZER", "klingon")
    caplog.set_level(logging.WARNING)

    assert create_index(client, index) == "standard"

    assert "BM25 is measured without stemming" in caplog.text
    fill_index(client, index, DOCUMENTS)
    assert set(search_bm25(client, index, {"q": "group"})["q"]) == {"create", "delete"}


@pytest.mark.parametrize(
    "more",
    [
        pytest.param(" ".join(f"word{number}" for number in range(3_000)), id="words"),
        pytest.param("語" * 3_000, id="characters-that-are-words"),
    ],
)
def test_bm25_long_query_is_cut(client: OpenSearch, index: str, more: str) -> None:
    """A query of judged sets may be a whole page; a search takes 1,024 words."""
    create_index(client, index)
    fill_index(client, index, DOCUMENTS)

    assert set(search_bm25(client, index, {"q": f"group {more}"})["q"]) == {"create", "delete"}


def test_bm25_search_that_fails_says_why(client: OpenSearch, index: str) -> None:
    with pytest.raises(TerminalError, match="BM25 cannot search for the query q: index_not_found_exception"):
        search_bm25(client, index, {"q": "group"})


def test_bm25_empty_corpus_finds_nothing(client: OpenSearch, index: str) -> None:
    create_index(client, index)
    fill_index(client, index, [])

    assert search_bm25(client, index, {"q": "word"}) == {"q": {}}


def test_bm25_longest_run_name_is_a_valid_index_name(client: OpenSearch) -> None:
    index = index_name_of("a" * 32 + "-20261121-105000-abcdef")

    create_index(client, index)
    assert client.indices.exists(index=index)
    delete_index(client, index)
