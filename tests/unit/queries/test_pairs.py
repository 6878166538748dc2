from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.corpus.document import Document, words_of
from include.errors import TerminalError
from include.queries.leaks import JudgedSet
from include.queries.pairs import Pair, PairCounts, PairRules, check_pairs, collect_pairs
from include.queries.records import record_id
from include.queries.sources import BedrockAnswers

if TYPE_CHECKING:
    from collections.abc import Iterable, Set

DOCUMENTS = [Document(name, f"text of document {name}") for name in "abcd"]


def line(number: int, *queries: str) -> str:
    text = json.dumps({"queries": queries})
    return json.dumps(
        {
            "recordId": record_id(number),
            "modelOutput": {"output": {"message": {"content": [{"text": text}]}}},
        }
    )


def collect(
    lines: Iterable[str | bytes], held_out: Set[str] = frozenset(), tested: Iterable[str] = ()
) -> tuple[list[Pair], PairCounts]:
    counts = PairCounts()
    rules = PairRules(held_out=held_out, tested=JudgedSet(tested, ()))
    return list(collect_pairs(lambda: iter(DOCUMENTS), BedrockAnswers(lines, 2), rules, counts)), counts


def test_collect_pairs_answers_are_joined_by_record_id() -> None:
    lines = [line(number, f"query {number} one", f"query {number} two") for number in range(4)]
    shuffled = random.Random(1).sample(lines, 4)

    pairs, counts = collect(shuffled, {"b"})

    assert [(pair.query, pair.document.id) for pair in pairs] == [
        (f"query {number} {which}", "abcd"[number]) for number in range(4) for which in ("one", "two")
    ]
    assert [pair.document.id for pair in pairs if pair.held_out] == ["b", "b"]
    assert counts.as_dict() == {"asked": 8, "train": 6, "held_out": 2, "dropped": {}}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("create a group", "create a group", id="same"),
        pytest.param("create a group", "Create  a GROUP", id="case-and-blanks"),
        pytest.param("create a group", "create a group?", id="punctuation"),
        pytest.param("ﬁnd a group", "find a group", id="ligature"),
        pytest.param("create a group", "how to create groups", id="nearly-the-same"),
    ],
)
def test_collect_pairs_query_of_both_sides_is_dropped_on_both(one: str, other: str) -> None:
    pairs, counts = collect([line(0, one, "of a alone"), line(1, other, "of b alone")], {"b"})

    assert [pair.query for pair in pairs] == ["of a alone", "of b alone"]
    assert counts.dropped["on both sides"] == 2


def test_collect_pairs_query_of_two_documents_on_one_side_is_kept() -> None:
    pairs, _ = collect([line(0, "create a group"), line(1, "create a group")])

    assert [pair.document.id for pair in pairs] == ["a", "b"]


def test_collect_pairs_judged_query_is_not_trained_on() -> None:
    lines = [line(0, "Create a group?", "of a alone"), line(1, "create a group", "of b alone")]

    pairs, counts = collect(lines, {"b"}, tested=["create a group"])

    assert [(pair.query, pair.held_out) for pair in pairs] == [("of a alone", False), ("of b alone", True)]
    assert (counts.dropped["leaked"], counts.dropped["on both sides"]) == (1, 1)
    pairs, counts = collect(lines[:1], {"b"}, tested=["create a group"])
    assert [pair.query for pair in pairs] == ["of a alone"]


def test_collect_pairs_second_answer_is_not_used() -> None:
    pairs, counts = collect([line(0, "first", "of them"), line(0, "second", "of them too")])

    assert [pair.query for pair in pairs] == ["first", "of them"]
    assert counts.dropped["second answer"] == 2


def test_collect_pairs_no_answer_is_counted_by_query() -> None:
    _, counts = collect([line(0, "one", "two")])

    assert counts.dropped == {"no answer": 6}


def test_collect_pairs_lines_of_other_jobs_are_counted() -> None:
    _, counts = collect([line(99, "one"), "broken", line(0, "one", "two")])

    assert counts.dropped["unknown record"] == 1
    assert counts.dropped["unreadable line"] == 1


def test_pair_line_is_what_training_reads() -> None:
    pair = Pair("a query", Document("id", "ünïcode\u2028text\n"), held_out=False)

    assert json.loads(pair.to_line()) == {
        "query": "a query",
        "document": "ünïcode\u2028text\n",
        "document_id": "id",
    }
    assert pair.to_line().count("\n") == 1


QUERIES = st.lists(st.sampled_from(["x one", "X  one", "y two", "z", "...", "", "text of document a"]), max_size=3)


@given(st.lists(st.tuples(st.integers(0, 5), QUERIES), max_size=8), st.sets(st.sampled_from("abcd")))
def test_collect_pairs_whatever_was_answered_no_query_stands_on_both_sides(
    answers: list[tuple[int, list[str]]], held_out: set[str]
) -> None:
    pairs, counts = collect([line(number, *queries) for number, queries in answers], held_out)

    train = {words_of(pair.query) for pair in pairs if not pair.held_out}
    test = {words_of(pair.query) for pair in pairs if pair.held_out}
    assert not train & test
    assert all((pair.document.id in held_out) == pair.held_out for pair in pairs)
    assert counts.asked == 8
    assert counts.usable == len(pairs)
    reasons = dict(counts.dropped)
    beyond = reasons.pop("unknown record", 0), reasons.pop("second answer", 0)
    assert counts.asked == counts.usable + sum(reasons.values()), beyond


def counted(train: int, held_out: int, asked: int, **dropped: int) -> PairCounts:
    counts = PairCounts(asked=asked, train=train, held_out=held_out)
    counts.dropped.update({reason.replace("_", " "): number for reason, number in dropped.items()})
    return counts


def test_check_pairs_enough_pass() -> None:
    check_pairs(counted(45, 5, 100), 0.5, 32)


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        pytest.param(
            counted(40, 9, 100, refused=30, malformed=20, no_answer=1),
            "49 of 100 queries are usable; min_pair_share asks for 50%. Dropped: refused 30, malformed 20, "
            "no answer 1. Look at bedrock-output/, choose another bedrock_model_id, or lower min_pair_share.",
            id="too-few",
        ),
        pytest.param(
            counted(31, 20, 100, echoed=49),
            "31 pairs to train on and 20 to test with; at least one batch of 32 and one held-out query are needed.",
            id="no-batch",
        ),
        pytest.param(counted(90, 0, 100), "90 pairs to train on and 0 to test with", id="nothing-held-out"),
        pytest.param(counted(0, 0, 100, no_answer=100), "0 of 100 queries are usable", id="nothing"),
    ],
)
def test_check_pairs_too_few_says_why_and_what_to_do(counts: PairCounts, message: str) -> None:
    with pytest.raises(TerminalError) as caught:
        check_pairs(counts, 0.5, 32)

    assert message in str(caught.value)


def quoted_line(number: int, *quoted: tuple[str, str]) -> str:
    text = json.dumps({"queries": [{"query": query, "quote": quote} for query, quote in quoted]})
    output = {"output": {"message": {"content": [{"text": text}]}}}
    return json.dumps({"recordId": record_id(number), "modelOutput": output})


def test_collect_pairs_quoting_pairs_carry_the_place_of_their_sentence() -> None:
    lines = [quoted_line(0, ("which one", "OF  document a"), ("another", "of document b"))]
    counts = PairCounts()

    (pair,) = collect_pairs(
        lambda: iter(DOCUMENTS), BedrockAnswers(lines, 2, quoting=True), PairRules(quoting=True), counts
    )

    assert pair.place
    assert pair.document.text[pair.place.start : pair.place.end] == "of document a"
    assert json.loads(pair.to_line()) == {
        "query": "which one",
        "document": "text of document a",
        "document_id": "a",
        "start": 5,
        "end": 18,
    }
    assert counts.dropped["quote not in the document"] == 1
    assert counts.asked == counts.usable + sum(counts.dropped.values())
