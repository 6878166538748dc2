"""The channels of a highlighter's job, line by line: examples to train on, and sets to evaluate on."""

from __future__ import annotations

import dataclasses
import random
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import TrainingError
from ..records import read_objects
from .labels import Span

if TYPE_CHECKING:
    from pathlib import Path


class Quote(NamedTuple):
    """A question, and the span of the document that it was written from."""

    question: str
    document: str
    span: Span


class Question(NamedTuple):
    """A question with the text in which its answers are marked; no spans: nothing there answers it."""

    id: str
    question: str
    context: str
    spans: tuple[Span, ...]


@dataclasses.dataclass(frozen=True)
class HighlightSet:
    """Questions that models are compared on."""

    name: str
    questions: list[Question]


def read_quotes(folder: Path, max_pairs: int | None, seed: int) -> list[Quote]:
    """The distinct quotes of channel train, at most `max_pairs` of them, in the order of the files.

    Args:
        folder: `*.jsonl` of {"query", "document", "start", "end"}, code points of the document.
        max_pairs: how many are drawn; None takes all.
        seed: the same seed draws the same quotes from the same files.

    Raises:
        TrainingError: a bad line, or fewer than two quotes.
    """
    records = read_objects(folder, ("query", "document"), ("start", "end"))
    quotes = list(dict.fromkeys(_quote(record, place) for place, record in records))
    if len(quotes) < 2:
        raise TrainingError(f"{folder} holds {len(quotes)} distinct question(s). Needed: at least 2. Add documents.")
    if max_pairs is None or max_pairs >= len(quotes):
        return quotes
    drawn = random.Random(seed).sample(range(len(quotes)), max_pairs)  # noqa: S311 - a sample, not a secret
    return [quotes[index] for index in sorted(drawn)]


def read_highlight_sets(folder: Path) -> list[HighlightSet]:
    """One set a folder of channel evaluation: `<set>/highlights.jsonl`, in the order of the names.

    Each line is {"id", "question", "context", "spans": [[start, end], …]} in code points of the context.

    Raises:
        TrainingError: no set there, or a bad line.
    """
    folders = sorted(path for path in folder.iterdir() if path.is_dir())
    if not folders:
        raise TrainingError(f"{folder} has no evaluation set. Valid: <set>/highlights.jsonl.")
    return [HighlightSet(path.name, _read_questions(path)) for path in folders]


def _read_questions(folder: Path) -> list[Question]:
    records = read_objects(folder, ("id", "question", "context"), ("spans",), pattern="highlights.jsonl")
    return [_question(record, place) for place, record in records]


def _quote(record: dict[str, Any], place: str) -> Quote:
    span = _span((record["start"], record["end"]), record["document"], place)
    return Quote(record["query"], record["document"], span)


def _question(record: dict[str, Any], place: str) -> Question:
    spans = record["spans"]
    if not isinstance(spans, list):
        raise TrainingError(
            f"{place} has spans={type(spans).__name__}. Needed: a list of [start, end], empty for nothing."
        )
    checked = tuple(_span(span, record["context"], place) for span in spans)
    return Question(record["id"], record["question"], record["context"], checked)


def _span(given: Any, text: str, place: str) -> Span:
    match given:
        case [int(start), int(end)] if 0 <= start < end <= len(text):
            return Span(start, end)
    numbers = isinstance(given, list | tuple) and all(isinstance(each, int) for each in given)
    raise TrainingError(
        f"{place} has a span {given if numbers else 'of other things'!s:.60} in a text of {len(text)} code points. "
        "Needed: whole numbers start < end, inside the text, counted in code points."
    )
