"""Spans and tags: whatever the text, nothing of it is lost, and only what was marked is marked."""

from __future__ import annotations

import html
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.highlighting.errors import SpanError
from include.highlighting.spans import Span, checked_spans
from include.highlighting.tags import Look, Tags, fragments, tagged
from include.highlighting.utf16 import Utf16Text

# Emoji with and without joiners, flags, combining marks, CRLF, HTML, lone surrogates as JSON can bring them.
PIECES = [
    "a",
    "B c",
    "😀",
    "👩‍👩‍👧",
    "🇩🇪",
    "e\u0301",
    "\r\n",
    "<b>",
    "&amp;",
    '"',
    "'",
    "/",
    "\u2028",
    "\ud83d",
    "ß",
    "漢字",
    " ",
]
TEXTS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=12).map("".join)
PRE, POST = "\ue000", "\ue001"  # of the private use area: in none of the texts
MARKS = Look(Tags(PRE, POST))


@st.composite
def texts_with_spans(draw: st.DrawFn) -> tuple[str, list[tuple[int, int]]]:
    """A text and Python ranges in it: sorted, disjoint, not empty."""
    text = draw(TEXTS)
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=6)))
    return text, [(a, b) for a, b in list(pairwise(cuts))[::2]]


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _raw(text: str, ranges: list[tuple[int, int]]) -> list[dict[str, Any]]:
    """As a model answers through ML Commons, where numbers become doubles."""
    return [
        {"start": float(_units(text[:a])), "end": float(_units(text[:b])), "text": text[a:b], "position": 0.0}
        for a, b in ranges
    ]


def _by_hand(text: str, ranges: list[tuple[int, int]]) -> str:
    for a, b in reversed(ranges):
        text = f"{text[:a]}{PRE}{text[a:b]}{POST}{text[b:]}"
    return text


@given(texts_with_spans())
def test_tagged_any_text_marks_exactly_the_spans(example: tuple[str, list[tuple[int, int]]]) -> None:
    text, ranges = example
    checked = checked_spans(_raw(text, ranges), text)
    assert checked.warning is None
    assert tagged(text, checked.spans, MARKS) == _by_hand(text, ranges)


@given(texts_with_spans())
def test_tagged_html_escapes_the_text_and_not_the_tags(example: tuple[str, list[tuple[int, int]]]) -> None:
    text, ranges = example
    shown = tagged(text, checked_spans(_raw(text, ranges), text).spans, MARKS._replace(html=True))
    assert not set(shown) & set("<>\"'/")
    assert html.unescape(shown.replace(PRE, "").replace(POST, "")) == text
    assert (shown.count(PRE), shown.count(POST)) == (len(ranges), len(ranges))


@given(TEXTS, st.lists(st.tuples(st.integers(-2, 30), st.integers(-2, 30)), max_size=4))
def test_checked_spans_any_offsets_are_refused_or_fit_the_text(text: str, offsets: list[tuple[int, int]]) -> None:
    try:
        checked = checked_spans([{"start": start, "end": end} for start, end in offsets], text)
    except SpanError:
        return
    assert tagged(text, checked.spans, MARKS).replace(PRE, "").replace(POST, "") == text
    assert list(checked.spans) == sorted(checked.spans)
    assert all(first.end <= second.start for first, second in pairwise(checked.spans))
    assert all(0 <= span.start < span.end <= _units(text) for span in checked.spans)


@given(TEXTS, st.integers(0, 40))
def test_beginning_is_whole_characters_and_not_too_long(text: str, length: int) -> None:
    beginning = Utf16Text(text).beginning(length)
    assert text.startswith(beginning)
    assert _units(beginning) <= length
    assert beginning == text or _units(text[: len(beginning) + 1]) > length


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (None, "answered None"),
        ("text", "answered 'text'"),
        ({"start": 0, "end": 1}, "answered"),
        (["text"], "as a span"),
        ([{"start": 0}], "end = None"),
        ([{"start": "0", "end": 1}], "start = '0'"),
        ([{"start": True, "end": 2}], "start = True"),
        ([{"start": 0.5, "end": 2}], "start = 0.5"),
        ([{"start": float("nan"), "end": 2}], "start = nan"),
        ([{"start": float("inf"), "end": 2}], "start = inf"),
        ([{"start": 2, "end": 2}], "is empty or outside"),
        ([{"start": -1, "end": 2}], "is empty or outside"),
        ([{"start": 0, "end": 11}], "is empty or outside"),
        ([{"start": 0, "end": 1}], "cuts a character"),
        ([{"start": 2, "end": 5, "text": "dog"}], "that are not the 3 it quotes"),
    ],
)
def test_checked_spans_what_is_none_is_refused(raw: Any, message: str) -> None:
    with pytest.raises(SpanError, match=message.replace("(", r"\(")):
        checked_spans(raw, "😀 dog and")


@pytest.mark.parametrize(
    ("offsets", "spans"),
    [
        ([(5, 8), (0, 3)], [(0, 3), (5, 8)]),
        ([(0, 6), (4, 9)], [(0, 9)]),
        ([(0, 9), (2, 4), (2, 4)], [(0, 9)]),
        ([(1, 2), (1, 2)], [(1, 2)]),
    ],
    ids=["unsorted", "overlapping", "inside", "twice"],
)
def test_checked_spans_order_and_overlap_are_put_right_and_told(
    offsets: list[tuple[int, int]], spans: list[tuple[int, int]]
) -> None:
    checked = checked_spans([{"start": start, "end": end} for start, end in offsets], "abcdefghij")
    assert checked.spans == tuple(Span(*span) for span in spans)
    assert "merged" in str(checked.warning)


def test_checked_spans_touching_are_fine() -> None:
    assert checked_spans([{"start": 0, "end": 2}, {"start": 2, "end": 4}], "abcd").warning is None


TEXT = ("One dog. Two. A dog.", [Span(0, 8), Span(14, 20)])


@pytest.mark.parametrize(
    ("look", "texts", "shown"),
    [
        (Look(), [TEXT], ["<em>One dog.</em> Two. <em>A dog.</em>"]),
        (Look(fragments=1), [TEXT], ["<em>One dog.</em>"]),
        (Look(fragments=9), [TEXT, TEXT], ["<em>One dog.</em>", "<em>A dog.</em>"] * 2),
        (Look(), [("No.", []), TEXT], ["<em>One dog.</em> Two. <em>A dog.</em>"]),
        (Look(), [("No.", [])], []),
        (Look(), [], []),
        (Look(no_match_size=4), [("a<😀 no", [])], ["a<😀"]),
        (Look(no_match_size=3, html=True), [("a<😀 no", [])], ["a&lt;"]),
        (Look(no_match_size=4), [("no", []), TEXT], ["<em>One dog.</em> Two. <em>A dog.</em>"]),
    ],
    ids=["whole", "one_fragment", "many", "array", "nothing", "no_text", "no_match", "no_match_html", "no_match_other"],
)
def test_fragments_show_what_was_asked_for(look: Look, texts: Any, shown: list[str]) -> None:
    assert fragments(texts, look) == shown
