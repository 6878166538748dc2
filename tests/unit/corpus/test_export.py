"""What is read out of a document's source; the export itself is tested against the real server (tests/integration)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.corpus.export import text_of
from include.errors import TerminalError


@pytest.mark.parametrize(
    ("source", "path", "text"),
    [
        pytest.param({"text": "t"}, "text", "t", id="plain"),
        pytest.param({}, "text", "", id="missing"),
        pytest.param({"text": None}, "text", "", id="null"),
        pytest.param({"text": [None, []]}, "text", "", id="empty-lists"),
        pytest.param({"text": ["a", "b"]}, "text", "a\nb", id="list"),
        pytest.param({"text": ["a", None, 2]}, "text", "a\n2", id="list-with-holes-and-numbers"),
        pytest.param({"text": [["a"], ["b"]]}, "text", "a\nb", id="list-of-lists"),
        pytest.param({"text": 12}, "text", "12", id="number"),
        pytest.param({"text": False}, "text", "false", id="boolean"),
        pytest.param({"a": {"b": "t"}}, "a.b", "t", id="object"),
        pytest.param({"a.b": "t"}, "a.b", "t", id="dotted-name"),
        pytest.param({"a.b": {"c": "t"}}, "a.b.c", "t", id="dotted-name-then-object"),
        pytest.param({"a": {"b.c": "t"}}, "a.b.c", "t", id="object-then-dotted-name"),
        pytest.param({"a": {"a.b": "no"}}, "a.b", "", id="whole-path-below-its-own-head"),
        pytest.param({"a": [{"b": "t"}, {}, {"b": "u"}]}, "a.b", "t\nu", id="nested-objects"),
        pytest.param({"a": "text"}, "a.b", "", id="text-where-an-object-is-expected"),
        pytest.param({"ab": "no", "a": "yes"}, "a", "yes", id="name-that-begins-the-same"),
        pytest.param({"text": "half \ud83d"}, "text", "half \ufffd", id="half-a-surrogate-pair"),
        pytest.param({"text": "\ud83d\ude80"}, "text", "🚀", id="surrogate-pair-in-halves"),
    ],
)
def test_text_of_source(source: dict[str, Any], path: str, text: str) -> None:
    assert text_of(source, path) == text


def test_text_of_object_says_what_stands_there() -> None:
    with pytest.raises(TerminalError, match="text_field is 'a', and a document holds dict there, with b\\."):
        text_of({"a": {"b": "x" * 500}}, "a")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "a.b"]), inner, max_size=3),
)


@given(st.dictionaries(st.sampled_from(["a", "b", "a.b"]), JSON), st.sampled_from(["a", "a.b", "a.b.a"]))
def test_text_of_any_source_is_text_that_can_be_written(source: dict[str, Any], path: str) -> None:
    try:
        text_of(source, path).encode()
    except TerminalError as error:
        assert "holds dict" in str(error)
