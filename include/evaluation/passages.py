"""Judged passages of a highlighter: a question, a text, and what of the text is to be marked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.errors import TerminalError, unquoted
from include.queries.quotes import Place, locate_quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from include.queries.pairs import Pair

VALID = '{"question": "…", "context": "…", "quotes": ["…"]}'
# Of so many held-out questions one is asked a second time, of a text that does not answer it.
NOTHING_EVERY = 4


@dataclass(frozen=True)
class Passage:
    """A question, a text, and the places to be marked, in code points; none if the text does not answer it."""

    id: str
    question: str
    context: str
    spans: tuple[Place, ...]

    def to_line(self) -> str:
        """`{"id", "question", "context", "spans": [[start, end], …]}` and a line end, as training reads it."""
        return (
            json.dumps(
                {
                    "id": self.id,
                    "question": self.question,
                    "context": self.context,
                    "spans": [list(s) for s in self.spans],
                },
                ensure_ascii=False,
            )
            + "\n"
        )


def read_passages(lines: Iterable[str]) -> list[Passage]:
    """The judged passages that a user gives: JSONL of `{"question", "context", "quotes"}`, `id` if they have one.

    Raises:
        TerminalError: a line that is not one (which), a quote that is not in its context, or no line at all.
    """
    passages = [_parse(line, number) for number, line in enumerate(lines, 1) if line.strip()]
    if not passages:
        raise TerminalError(f"eval_highlights_s3_path has no lines. Give lines of {VALID}.")
    return passages


def held_out_passages(pairs: Sequence[Pair]) -> Iterator[Passage]:
    """A passage for each held-out pair, and for every fourth one without an answer: its question, another's text."""
    for number, pair in enumerate(pairs):
        yield Passage(f"q{number}", pair.query, pair.document.text, (pair.place,) if pair.place else ())
        other = pairs[(number + len(pairs) // 2) % len(pairs)].document
        if number % NOTHING_EVERY == 0 and other.id != pair.document.id:
            yield Passage(f"q{number}-nothing", pair.query, other.text, ())


def _parse(line: str, number: int) -> Passage:
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _invalid(number, f"is not JSON ({error})") from error
    if not isinstance(fields, dict):
        raise _invalid(number, f"is a JSON {type(fields).__name__}")
    for name in ("question", "context"):
        if not isinstance(fields.get(name), str) or not fields[name].strip():
            raise _invalid(number, f"has {name} {unquoted(fields.get(name))}")
    quotes = fields.get("quotes")
    if not isinstance(quotes, list) or not all(isinstance(quote, str) for quote in quotes):
        raise _invalid(number, f"has quotes {unquoted(quotes)}")
    _check_writable(fields["question"] + fields["context"] + str(fields.get("id", "")), number)
    spans = [_located(quote, fields, number) for quote in quotes]
    return Passage(str(fields.get("id", f"j{number}")), fields["question"], fields["context"], tuple(sorted(spans)))


def _located(quote: str, fields: dict[str, Any], number: int) -> Place:
    place = locate_quote(quote, fields["context"])
    if place is None:
        raise _invalid(number, f"quotes {unquoted(quote)}, which is not in its context or is a single word")
    return place


def _check_writable(text: str, number: int) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise _invalid(number, "holds half of a surrogate pair") from error


def _invalid(number: int, what: str) -> TerminalError:
    return TerminalError(f"Line {number} of eval_highlights_s3_path {what}. Valid: {VALID}. Correct the file.")
