"""Putting tags around the spans of a text. Offsets are those of Java: UTF-16 units."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from local.gateway.errors import OpenSearchError, refuse
from local.gateway.java.values import Utf16, failed_cast, int_value, is_number, to_string

if TYPE_CHECKING:
    from collections.abc import Iterable

NUMBER = "java.lang.Number"
_JAVA_NUMBER = re.compile(r"\s*[+-]?(?:NaN|Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[dDfF]?)\s*")
_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}


class Tags(NamedTuple):
    """What stands before and after a span."""

    pre: str
    post: str


class Span(NamedTuple):
    """UTF-16 offsets of the first unit and of the one after the last."""

    start: int
    end: int

    def shown(self) -> str:
        """As messages have it."""
        return f"[{self.start},{self.end})"


def tagged_in_order(text: str, items: list[Any], tags: Tags) -> str:
    """`text` with tags around spans that a model gave in order; overlapping ones repeat what they share.

    Args:
        text: of the field.
        items: what the model gave for it, one object a span.
        tags: to put around them.

    Raises:
        OpenSearchError: a span has no two numbers, is out of bounds, or stands before the one before it.
    """
    length = len(Utf16(text))
    spans = [_in_bounds(_numbers(item), length) for item in items]
    if any(later.start < earlier.start for earlier, later in pairwise(spans)):
        raise refuse("highlight_unsorted")
    return _joined(text, spans, tags)


def tagged_from_the_end(text: str, items: list[Any], tags: Tags) -> str:
    """`text` with tags put in from the last span to the first; spans out of bounds are left out.

    Overlapping spans break each other's tags, as later ones are put in at the offsets of the bare text.

    Raises:
        OpenSearchError: an offset is a number in a text.
    """
    numeric = [item for item in items if _is_numeric(item["start"]) and _is_numeric(item["end"])]
    spans = [Span(_cast(item["start"]), _cast(item["end"])) for item in numeric]
    marked, length = Utf16(text), len(Utf16(text))
    for span in sorted(spans, key=lambda span: -span.start):
        if 0 <= span.start < span.end <= length:
            marked.insert(span.end, tags.post)
            marked.insert(span.start, tags.pre)
    return str(marked)


def tagged_strictly(text: str, items: list[Any], tags: Tags) -> str:
    """`text` with tags around spans that are in order and apart, as 3.7 wants them.

    Raises:
        OpenSearchError: they are not, or are no numbers, or out of bounds.
    """
    length = len(Utf16(text))
    spans = [_in_bounds(_strict_numbers(item), length) for item in items]
    for earlier, later in pairwise(spans):
        if later.start < earlier.start:
            raise refuse("highlight_unsorted_strict")
        if later.start == earlier.start:
            raise refuse("highlight_same_start", start=later.start)
        if later.start < earlier.end:
            raise refuse("highlight_overlap", first=earlier.shown(), second=later.shown())
    return _joined(text, spans, tags)


def html(text: str) -> str:
    """`text` with the characters escaped that mean something in HTML."""
    return "".join(_HTML.get(char, char) for char in text)


def html_between(marked: str, tags: Tags) -> str:
    """`marked` escaped, but for the tags in it."""
    pieces = []
    while marked:
        before, pre, rest = marked.partition(tags.pre)
        inside, post, marked = rest.partition(tags.post)
        pieces += [html(before), pre, html(inside), post]
    return "".join(pieces)


def _joined(text: str, spans: Iterable[Span], tags: Tags) -> str:
    bare, marked, at = Utf16(text), Utf16(""), 0
    for span in spans:
        marked.append(bare.slice(at, max(at, span.start)))
        marked.append(tags.pre)
        marked.append(bare.slice(*span))
        marked.append(tags.post)
        at = span.end
    marked.append(bare.slice(at, len(bare)))
    return str(marked)


def _in_bounds(span: Span, length: int) -> Span:
    if not 0 <= span.start < span.end <= length:
        raise refuse("highlight_out_of_bounds", start=span.start, end=span.end, length=length)
    return span


def _numbers(item: Any) -> Span:
    if item is None:
        raise _null_map()
    if not isinstance(item, dict):
        raise refuse("highlight_no_map", item=to_string(item))
    for name in Span._fields:
        if item.get(name) is not None and not is_number(item[name]):
            failed_cast(item[name], NUMBER)
    if item.get("start") is None or item.get("end") is None:
        raise refuse("highlight_incomplete")
    return Span(int_value(item["start"]), int_value(item["end"]))


def _null_map() -> OpenSearchError:
    reason = 'Cannot invoke "java.util.Map.get(Object)" because "map" is null'
    return OpenSearchError(500, "null_pointer_exception", reason)


def _strict_numbers(item: dict[str, Any]) -> Span:
    start, end = item.get("start"), item.get("end")
    if not (_is_numeric(start) and _is_numeric(end)):
        raise refuse("highlight_not_numeric", start=to_string(start), end=to_string(end))
    return Span(_cast(start), _cast(end))


def _is_numeric(value: Any) -> bool:
    return is_number(value) or (isinstance(value, str) and _JAVA_NUMBER.fullmatch(value) is not None)


def _cast(value: Any) -> int:
    return int_value(value) if is_number(value) else failed_cast(value, NUMBER)
