from __future__ import annotations

import json
from collections import Counter

import pytest

from include.errors import TerminalError
from include.queries.examples import MAX_EXAMPLES, draw_examples, read_examples


def lines(*queries: str) -> list[str]:
    return [json.dumps({"query": query}) + "\n" for query in queries]


def test_read_examples_each_query_comes_once_with_single_spaces() -> None:
    found = read_examples([*lines("create  a group", "Create a group?", "delete it"), "\n"], 42)

    assert sorted(map(str.casefold, found)) == ["create a group?", "delete it"]


def test_read_examples_of_very_many_some_are_drawn() -> None:
    many = lines(*(f"query {number}" for number in range(MAX_EXAMPLES + 500)))

    assert len(read_examples(many, 42)) == MAX_EXAMPLES
    assert read_examples(many, 42) == read_examples(many[::-1], 42) != read_examples(many, 43)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        pytest.param("oops", "is not JSON", id="no-json"),
        pytest.param('["create a group"]', "is a JSON list", id="list"),
        pytest.param('{"text": "create a group"}', "has no query that is a text with words; it has text", id="text"),
        pytest.param('{"query": 7}', "has no query that is a text with words", id="number"),
        pytest.param('{"query": "?!"}', "has no query that is a text with words", id="no-words"),
        pytest.param('{"query": "half \\ud83d"}', "holds half of a surrogate pair", id="surrogate"),
        pytest.param(json.dumps({"query": "x" * 301}), "has a query of 301 characters, at most 300", id="long"),
    ],
)
def test_read_examples_bad_line_is_named(line: str, message: str) -> None:
    with pytest.raises(TerminalError) as caught:
        read_examples([*lines("fine"), line], 42)

    assert f"Line 2 of example_queries_s3_path {message}" in str(caught.value)
    assert 'Valid: {"query": "…"}. Correct the file.' in str(caught.value)


def test_read_examples_empty_file_says_so() -> None:
    with pytest.raises(TerminalError, match="holds no lines"):
        read_examples(["\n"], 42)


@pytest.mark.parametrize(("given", "shown"), [(0, 0), (1, 1), (3, 3), (4, 4), (500, 4)])
def test_draw_examples_shows_a_few(given: int, shown: int) -> None:
    examples = [f"query {number}" for number in range(given)]
    drawn = draw_examples(examples, 42, "d1")

    assert len(drawn) == len(set(drawn)) <= shown
    assert len(drawn) >= min(shown, 3)
    assert drawn == draw_examples(examples, 42, "d1")


def test_draw_examples_documents_are_shown_different_ones() -> None:
    examples = [f"query {number}" for number in range(50)]
    shown = Counter(query for n in range(500) for query in draw_examples(examples, 42, f"d{n}"))

    assert len(shown) == 50
    assert max(shown.values()) < 4 * min(shown.values())
