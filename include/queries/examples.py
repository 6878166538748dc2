"""Queries that the customer's users typed, as examples for the model that writes more."""

from __future__ import annotations

import heapq
import json
from typing import TYPE_CHECKING, Any

from include.corpus.document import seeded_key, words_of
from include.errors import TerminalError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MAX_EXAMPLES = 1_000
MAX_CHARACTERS = 300
SHOWN = 4
VALID = '{"query": "…"}'


def read_examples(lines: Iterable[str], seed: int) -> list[str]:
    """The example queries of a file, each once; of more than 1,000 those that the seed draws.

    Raises:
        TerminalError: a line that is not `{"query": …}` (which), a query that is too long, or no line at all.
    """
    queries = {words_of(query): query for query in (_parse(line, n) for n, line in enumerate(lines, 1) if line.strip())}
    if not queries:
        raise TerminalError(f"example_queries_s3_path holds no lines. Give lines of {VALID}, or leave it empty.")
    return heapq.nsmallest(MAX_EXAMPLES, queries.values(), key=lambda query: (seeded_key(seed, query), query))


def draw_examples(examples: Sequence[str], seed: int, document_id: str) -> list[str]:
    """At most four of the examples: others for each document, the same at each try."""
    drawn: dict[int, str] = {}
    for attempt in range(4 * SHOWN):
        place = seeded_key(seed, document_id, str(attempt)) % len(examples) if examples else 0
        if len(drawn) < min(SHOWN, len(examples)):
            drawn.setdefault(place, examples[place])
    return list(drawn.values())


def _parse(line: str, number: int) -> str:
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _invalid(number, f"is not JSON ({error!s:.80})") from error
    if not isinstance(fields, dict):
        raise _invalid(number, f"is a JSON {type(fields).__name__}")
    return _checked(fields.get("query"), fields, number)


def _checked(query: Any, fields: dict[str, Any], number: int) -> str:
    if not isinstance(query, str) or not words_of(query):
        raise _invalid(number, f"has no query that is a text with words; it has {', '.join(fields) or 'nothing':.200}")
    if len(query) > MAX_CHARACTERS:
        raise _invalid(number, f"has a query of {len(query)} characters, at most {MAX_CHARACTERS} are taken")
    try:
        query.encode()
    except UnicodeEncodeError as error:
        raise _invalid(number, "holds half of a surrogate pair") from error
    return " ".join(query.split())


def _invalid(number: int, what: str) -> TerminalError:
    return TerminalError(f"Line {number} of example_queries_s3_path {what}. Valid: {VALID}. Correct the file.")
