"""The answers of a highlighter: spans as OpenSearch counts them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from ..requests import JSON, check_accept

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .requests import Request
    from .sentences import Sentence

LAST_OF_ONE_UNIT = 0xFFFF


class Highlight(NamedTuple):
    """A highlighted sentence.

    Attributes:
        start: UTF-16 units before it.
        end: UTF-16 units before what follows it.
        text: the sentence.
        position: its index among the sentences of its text.
    """

    start: int
    end: int
    text: str
    position: int


class Answer(NamedTuple):
    """The highlights of a request's items, in their order; none for a bad item."""

    request: Request
    highlights: list[list[Highlight]]


def spans(text: str, sentences: Sequence[Sentence], chosen: Sequence[int]) -> list[Highlight]:
    """Chosen sentences with UTF-16 offsets, in the order of the text.

    Args:
        text: of the sentences.
        sentences: in code points, sorted, disjoint.
        chosen: their indices, ascending.
    """
    highlights = []
    place = units = 0
    for position in chosen:
        start, end = sentences[position]
        units += utf16_units(text[place:start])
        length = utf16_units(text[start:end])
        highlights.append(Highlight(units, units + length, text[start:end], position))
        place, units = end, units + length
    return highlights


def utf16_units(text: str) -> int:
    """How long Java says that a text is."""
    if text.isascii() or ord(max(text)) <= LAST_OF_ONE_UNIT:
        return len(text)
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def write_answer(answer: Answer, accept: str) -> tuple[str, str]:
    """The body of an answer and its media type.

    Raises:
        RequestError: 406 if the client accepts no JSON.
    """
    check_accept(accept)
    return json.dumps(_body(answer), separators=(",", ":")), JSON


def _body(answer: Answer) -> dict[str, Any]:
    if not answer.request.batch:
        return {"highlights": [highlight._asdict() for highlight in answer.highlights[0]]}
    body: dict[str, Any] = {
        "highlights": [[{"start": one.start, "end": one.end} for one in item] for item in answer.highlights]
    }
    if answer.request.errors:
        body["errors"] = [{"item": index, "error": error} for index, error in answer.request.errors.items()]
    return body
