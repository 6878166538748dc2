from __future__ import annotations

import json
from typing import Any

import pytest

from include.corpus.document import Document
from include.corpus.jsonl import LineCounts
from include.queries.own import OwnPair, documents_of, id_of, parse_own_pair, read_own_pairs
from include.queries.pairs import PairCounts, PairRules, collect_pairs
from include.queries.sources import OwnPairs

DOCUMENTS = [Document("a", "Creates a group."), Document("b", "Deletes a queue."), Document("c", "Creates a group")]


@pytest.mark.parametrize(
    ("fields", "pair"),
    [
        pytest.param({"query": "q", "document": "t"}, OwnPair("q", "", "t"), id="text"),
        pytest.param({"query": "q", "document_id": "d1"}, OwnPair("q", "d1", ""), id="id"),
        pytest.param({"query": "q", "document_id": 7, "document": "t"}, OwnPair("q", "7", "t"), id="both"),
        pytest.param({"query": "q", "document": "t", "clicks": 3}, OwnPair("q", "", "t"), id="more-fields"),
    ],
)
def test_parse_own_pair_both_forms_are_read(fields: dict[str, Any], pair: OwnPair) -> None:
    assert parse_own_pair(json.dumps(fields)) == pair


@pytest.mark.parametrize(
    ("line", "message"),
    [
        pytest.param("oops", "not JSON (Expecting value at character 0)", id="no-json"),
        pytest.param("[]", "list instead of an object", id="list"),
        pytest.param('{"document": "t"}', "no query; it has document", id="no-query"),
        pytest.param('{"query": "", "document": "t"}', "query is '', not a text", id="empty-query"),
        pytest.param('{"query": "q"}', "no document and no document_id; it has query", id="no-document"),
        pytest.param('{"query": "q", "document": null}', "document is None, not a text", id="null-document"),
        pytest.param('{"query": "q", "document_id": true}', "document_id is True, not a text or a whole", id="bool-id"),
        pytest.param('{"query": "q", "document": "\\ud83d"}', "half of a surrogate pair", id="surrogate"),
    ],
)
def test_read_own_pairs_bad_line_is_counted_and_listed(line: str, message: str) -> None:
    counts = LineCounts()
    lines = ['{"query": "q", "document": "t"}', "", line]

    assert list(read_own_pairs(lines, "s3://b/p.jsonl", counts, quoting=False)) == [OwnPair("q", "", "t")]
    assert (counts.lines, counts.bad) == (2, 1)
    assert counts.listed[0].startswith(f"s3://b/p.jsonl, line 3: {message}")


def test_parse_own_pair_of_a_highlighter_needs_its_quote() -> None:
    with pytest.raises(ValueError, match="no quote; it has document, query"):
        parse_own_pair('{"query": "q", "document": "t"}', quoting=True)

    assert parse_own_pair('{"query": "q", "document": "a b. c", "quote": "a b."}', quoting=True).quote == "a b."


def test_documents_of_pairs_have_their_ids_or_one_of_their_text() -> None:
    counts = LineCounts(lines=3)
    pairs = [OwnPair("q", "d1", "one"), OwnPair("q", "", "two"), OwnPair("r", "", "TWO "), OwnPair("s", "d9", "")]

    assert list(documents_of(pairs, counts)) == [("d1", "one"), (id_of("two"), "two"), (id_of("two"), "TWO ")]
    assert counts.bad == 1
    assert counts.listed == ["document_id 'd9': no document; input_type 'pairs' needs its text"]


def collect(*pairs: OwnPair) -> tuple[list[tuple[str, str]], PairCounts]:
    counts = PairCounts()
    source = OwnPairs(pairs, near_copies={"c": "a"})
    found = collect_pairs(lambda: iter(DOCUMENTS), source, PairRules(), counts)
    return [(pair.query, pair.document.id) for pair in found], counts


@pytest.mark.parametrize(
    ("pair", "document"),
    [
        pytest.param(OwnPair("how to", "b", ""), "b", id="id"),
        pytest.param(OwnPair("how to", "", " deletes a QUEUE. "), "b", id="text"),
        pytest.param(OwnPair("how to", "other", "Deletes a queue."), "b", id="text-before-id"),
        pytest.param(OwnPair("how to", "b", "an older text"), "b", id="id-of-a-text-that-changed"),
        pytest.param(OwnPair("how to", "c", ""), "a", id="near-copy-counts-for-the-first"),
    ],
)
def test_own_pairs_find_their_document(pair: OwnPair, document: str) -> None:
    assert collect(pair)[0] == [("how to", document)]


def test_own_pairs_that_are_not_used_are_counted() -> None:
    pairs, counts = collect(
        OwnPair("make a group", "a", ""),
        OwnPair("Make a  group", "c", ""),
        OwnPair("make groups", "a", ""),
        OwnPair("make a group", "zz", ""),
        OwnPair("creates a group", "a", ""),
        OwnPair("?", "b", ""),
    )

    assert pairs == [("make a group", "a")]
    assert counts.as_dict() == {
        "asked": 6,
        "train": 1,
        "held_out": 0,
        "dropped": {"repeated": 1, "near duplicate": 1, "not in the corpus": 1, "echoed": 1, "malformed": 1},
    }
