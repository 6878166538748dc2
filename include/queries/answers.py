"""What the model answered: parsed strictly; what is not a query is dropped with its reason."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from include.corpus.document import normalise, seeded_key, words_of
from include.queries.dropped import DroppedError
from include.queries.harmless import check_harmless
from include.queries.prompt import STYLES, build_prompt, system_prompt

if TYPE_CHECKING:
    from collections.abc import Mapping, Set

MAX_QUERY_CHARACTERS = 300

_FENCE = re.compile(r"\A```(?:json)?\s*\n(?P<body>.*)\n```\Z", re.DOTALL)
_TAG = re.compile(r"<\s*/?\s*(?:document|examples-)")
_REFUSALS = ("content_filtered", "guardrail_intervened", "refusal")


def _whole_task(quoting: bool) -> str:
    return build_prompt("", len(STYLES), 0, quoting, tuple(STYLES), ("",))


_INSTRUCTIONS = " ".join(
    f" {words_of(system_prompt(quoting))} {words_of(_whole_task(quoting))} " for quoting in (False, True)
)
_ECHOED_WORDS = 6


@dataclass
class Answer:
    """Usable queries of one record, and a reason for each that was asked for and is missing."""

    record_id: str
    queries: list[str]
    dropped: list[str] = field(default_factory=list)
    quotes: dict[str, str] = field(default_factory=dict)


def parse_record(
    line: str | bytes,
    digest_of: Mapping[str, int],
    asked: int,
    quoting: bool = False,
    max_characters: int = MAX_QUERY_CHARACTERS,
) -> Answer:
    """The queries in one line of a `*.jsonl.out` file.

    Args:
        line: `{"recordId", "modelInput", "modelOutput" | "error"}`.
        digest_of: digest of each record's document; answers are joined by `recordId`, since Bedrock promises no order.
        asked: queries that the prompt asked for; more are ignored.
        quoting: each must come with the sentence that it was written from: `{"query", "quote"}`.
        max_characters: of a query.

    Raises:
        DroppedError: the line cannot be read, or names no record that was sent.
    """
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DroppedError("unreadable line") from error
    name = record.get("recordId") if isinstance(record, dict) else None
    if not isinstance(name, str) or name not in digest_of:
        raise DroppedError("unknown record")
    try:
        candidates = parse_answer(_answer_text(record))[:asked]
    except DroppedError as reason:
        return Answer(name, [], [str(reason)] * asked)
    answer = Answer(name, [], ["missing"] * (asked - len(candidates)))
    before: set[str] = set()
    for candidate in candidates:
        try:
            text, quote = _quoted(candidate) if quoting else (candidate, "")
            query = check_query(text, digest_of[name], before, max_characters)
            check_harmless(query)
            before.add(normalise(query))
            answer.queries.append(query)
            answer.quotes[query] = quote
        except DroppedError as reason:
            answer.dropped.append(str(reason))
    return answer


def parse_answer(text: str) -> list[Any]:
    """The list under `queries` of an answer that is one JSON object, bare or in one code fence.

    Raises:
        DroppedError: `refused` (prose instead of JSON) or `malformed`.
    """
    body = text.strip()
    fenced = _FENCE.match(body)
    if fenced:
        body = fenced["body"].strip()
    if not body.startswith("{"):
        raise DroppedError("refused")
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise DroppedError("malformed") from error
    if not isinstance(fields.get("queries"), list):
        raise DroppedError("malformed")
    return list(fields["queries"])


def digest(text: str) -> int:
    """What is kept of a document to notice that an answer is nothing but the document."""
    return seeded_key(0, words_of(text))


def check_query(
    candidate: Any, document_digest: int, before: Set[str], max_characters: int = MAX_QUERY_CHARACTERS
) -> str:
    """The query with single spaces, if it can be one.

    Args:
        candidate: what was answered.
        document_digest: of the document, from `digest`.
        before: the document's other queries, normalised.
        max_characters: of a query.

    Raises:
        DroppedError: `malformed` (no text, or none that can be written), `too long`, `echoed` (the document or the
            instructions come back) or `repeated`.
    """
    if not isinstance(candidate, str) or not words_of(candidate) or not _can_be_written(candidate):
        raise DroppedError("malformed")
    query = " ".join(candidate.split())
    if len(query) > max_characters:
        raise DroppedError("too long")
    if digest(query) == document_digest or _echoes_instructions(query):
        raise DroppedError("echoed")
    if normalise(query) in before:
        raise DroppedError("repeated")
    return query


def _quoted(candidate: Any) -> tuple[Any, str]:
    quote = candidate.get("quote") if isinstance(candidate, dict) else None
    if not isinstance(quote, str) or not quote.strip():
        raise DroppedError("no quote")
    return candidate.get("query"), quote


def _can_be_written(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON lets through
        return False
    return True


def _echoes_instructions(query: str) -> bool:
    if _TAG.search(normalise(query)):
        return True
    words = words_of(query).split()
    runs = (words[start : start + _ECHOED_WORDS] for start in range(len(words) - _ECHOED_WORDS + 1))
    return any(f" {' '.join(run)} " in _INSTRUCTIONS for run in runs)


def _answer_text(record: dict[str, Any]) -> str:
    output = record.get("modelOutput")
    if "error" in record or not isinstance(output, dict):
        raise DroppedError("record error")
    stop_reason = output.get("stopReason") or output.get("stop_reason")
    if stop_reason in _REFUSALS:
        raise DroppedError("refused")
    if stop_reason == "max_tokens":
        raise DroppedError("cut off")
    try:
        message = output["output"]["message"] if "output" in output else output
        text = "".join(part["text"] for part in message["content"] if "text" in part)
    except (KeyError, TypeError) as error:
        raise DroppedError("malformed") from error
    if not text:
        raise DroppedError("malformed")
    return text
