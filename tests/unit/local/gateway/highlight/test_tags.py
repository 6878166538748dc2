"""Tags around spans: how single and batch differ, and what UTF-16 offsets do."""

from __future__ import annotations

from typing import Any

import pytest

from local.gateway.errors import OpenSearchError
from local.gateway.highlight.tags import Tags, html_between, tagged_from_the_end, tagged_in_order, tagged_strictly

EM = Tags("<em>", "</em>")
MODES = [tagged_in_order, tagged_from_the_end, tagged_strictly]


def _spans(*pairs: tuple[Any, Any]) -> list[dict[str, Any]]:
    return [{"start": start, "end": end} for start, end in pairs]


@pytest.mark.parametrize("mode", MODES)
def test_tagged_spans_in_order_are_marked(mode: Any) -> None:
    assert mode("A dog. A cat.", _spans((0.0, 6.0), (7, 13)), Tags("[", "]")) == "[A dog.] [A cat.]"


@pytest.mark.parametrize("mode", MODES)
def test_tagged_offsets_count_utf16_units(mode: Any) -> None:
    assert mode("🚀 dog é", _spans((3, 6)), EM) == "🚀 <em>dog</em> é"


@pytest.mark.parametrize("mode", MODES)
def test_tagged_span_ending_within_a_character_leaves_its_halves(mode: Any) -> None:
    assert mode("dog 😀.", _spans((0, 5)), EM) == "<em>dog \ud83d</em>\ude00."


@pytest.mark.parametrize("mode", [tagged_in_order, tagged_strictly])
@pytest.mark.parametrize(
    ("start", "end", "length"), [(0, 100, 6), (-1, 3, 6), (3, 3, 6), (4, 2, 6)], ids=["late", "early", "empty", "back"]
)
def test_tagged_span_out_of_bounds_fails(mode: Any, start: int, end: int, length: int) -> None:
    with pytest.raises(OpenSearchError) as refused:
        mode("A dog.", _spans((start, end)), EM)
    assert str(refused.value).startswith(
        f"Invalid highlight positions: start={start}, end={end}, textLength={length}. Positions"
    )
    assert (refused.value.status, refused.value.error["type"]) == (500, "exception")


def test_tagged_from_the_end_span_out_of_bounds_is_left_out() -> None:
    assert tagged_from_the_end("A dog.", _spans((0, 100), (2, 5), (5, 5), (-2, 3)), EM) == "A <em>dog</em>."


def test_tagged_in_order_unsorted_spans_fail() -> None:
    with pytest.raises(OpenSearchError, match="received unsorted highlights"):
        tagged_in_order("A dog. A cat.", _spans((7, 13), (0, 6)), EM)


def test_tagged_from_the_end_unsorted_spans_are_sorted() -> None:
    assert tagged_from_the_end("A dog. A cat.", _spans((7, 13), (0, 6)), Tags("[", "]")) == "[A dog.] [A cat.]"


def test_tagged_in_order_overlapping_spans_repeat_text() -> None:
    assert tagged_in_order("The dog 0 runs", _spans((0, 6), (4, 9)), EM) == "<em>The do</em><em>dog 0</em> runs"


def test_tagged_from_the_end_overlapping_spans_break_tags() -> None:
    assert tagged_from_the_end("The dog 0 runs", _spans((0, 6), (4, 9)), EM) == "<em>The <e</em>m>dog 0</em> runs"


@pytest.mark.parametrize(
    ("pairs", "reason"),
    [
        ([(7, 13), (0, 6)], "highlights are not sorted by start position"),
        ([(0, 6), (0, 3)], "duplicate start position 0"),
        ([(0, 6), (4, 9)], "overlapping spans [0,6) and [4,9)"),
        ([("x", 6)], "start and end must be numeric, but got start=x, end=6"),
        ([(None, 6.0)], "start and end must be numeric, but got start=null, end=6.0"),
    ],
    ids=["unsorted", "same-start", "overlap", "text", "null"],
)
def test_tagged_strictly_bad_spans_fail(pairs: Any, reason: str) -> None:
    with pytest.raises(OpenSearchError) as refused:
        tagged_strictly("A dog. A cat.", _spans(*pairs), EM)
    assert str(refused.value) == f"Invalid highlight positions: {reason}"


@pytest.mark.parametrize(
    ("item", "kind", "reason"),
    [
        ("word", "exception", "Expect item to be map of string to number, but was: word"),
        ([1.0, "a", None], "exception", "Expect item to be map of string to number, but was: [1.0, a, null]"),
        ({"start": 1.0}, "exception", "Missing start or end position in highlight data"),
        ({"start": "1", "end": 2.0}, "class_cast_exception", "class java.lang.String cannot be cast to class "
         "java.lang.Number (java.lang.String and java.lang.Number are in module java.base of loader 'bootstrap')"),
    ],
    ids=["text", "list", "half", "number-in-text"],
)  # fmt: skip
def test_tagged_in_order_items_that_are_no_spans_fail(item: Any, kind: str, reason: str) -> None:
    with pytest.raises(OpenSearchError) as refused:
        tagged_in_order("A dog.", [item], EM)
    assert (refused.value.error["type"], str(refused.value)) == (kind, reason)


def test_tagged_from_the_end_spans_without_numbers_are_left_out() -> None:
    assert tagged_from_the_end("A dog.", _spans(("x", 3), (None, 2), (2, 5)), EM) == "A <em>dog</em>."


def test_tagged_from_the_end_numbers_in_texts_fail() -> None:
    with pytest.raises(OpenSearchError, match=r"class java\.lang\.String cannot be cast to class java\.lang\.Number"):
        tagged_from_the_end("A dog.", _spans(("2", 5)), EM)


def test_html_between_escapes_all_but_the_tags() -> None:
    assert html_between("a < b <em>\"c\" & 'd'</em> > e", EM) == (
        "a &lt; b <em>&quot;c&quot; &amp; &#39;d&#39;</em> &gt; e"
    )
