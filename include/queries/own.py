"""Pairs that the customer brings: JSONL of a query and the document that answers it, or its id."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from include.corpus.document import Document, normalise, seeded_key
from include.corpus.jsonl import check_storable, parse_id, parse_object
from include.errors import unquoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from include.corpus.jsonl import LineCounts

VALID = '{"query": …, "document": …} or {"query": …, "document_id": …}'
VALID_WITH_QUOTE = '{"query": …, "quote": …, "document": …} or {"query": …, "quote": …, "document_id": …}'
VALID_WITH_TEXT = '{"query": …, "document": …}, with "document_id" if the document has one'


class OwnPair(NamedTuple):
    """One line: a query, the document's id and text as far as they are given, and the sentence that answers it."""

    query: str
    document_id: str
    document: str
    quote: str = ""


def read_own_pairs(lines: Iterable[str | bytes], name: str, counts: LineCounts, quoting: bool) -> Iterator[OwnPair]:
    """The pairs of one file; blank lines are passed over, bad ones are noted in `counts`.

    Args:
        lines: of the file.
        name: of the file, for the list of bad lines.
        counts: is filled.
        quoting: each line must have a `quote`, the sentence that answers the query.
    """
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        counts.lines += 1
        try:
            yield parse_own_pair(line, quoting)
        except ValueError as error:
            counts.note_bad(f"{name}, line {number}", str(error))


def parse_own_pair(line: str | bytes, quoting: bool = False) -> OwnPair:
    """The pair of a line.

    Raises:
        ValueError: the line is not one; the message says in what way.
    """
    fields = parse_object(line)
    query = _text(fields, "query")
    quote = _text(fields, "quote") if quoting else ""
    if "document" not in fields and "document_id" not in fields:
        raise ValueError(f"no document and no document_id; it has {', '.join(sorted(fields)):.200}")
    document = _text(fields, "document") if "document" in fields else ""
    document_id = parse_id(fields["document_id"], "document_id") if "document_id" in fields else ""
    check_storable(Document(document_id, document))
    return OwnPair(query, document_id, document, quote)


def documents_of(pairs: Iterable[OwnPair], counts: LineCounts) -> Iterator[Document]:
    """The documents of the pairs as a corpus, an equal text each time that it comes.

    A document without an id gets one that is made of its text. A pair without a text is noted in `counts` as bad: there
    is nothing else that would hold it.
    """
    for pair in pairs:
        if pair.document:
            yield Document(pair.document_id or id_of(pair.document), pair.document)
        else:
            counts.note_bad(f"document_id {pair.document_id!r:.80}", "no document; input_type 'pairs' needs its text")


def id_of(text: str) -> str:
    """The id of a document that has none: equal texts, whatever their case and blanks, have the same.

    Example:
        >>> id_of("Creates a group.") == id_of("creates  a group.")
        True
    """
    return f"text-{hashlib.sha256(normalise(text).encode()).hexdigest()[:16]}"


def text_key(text: str) -> int:
    """By which the document of a pair is found in the corpus."""
    return seeded_key(0, normalise(text))


def _text(fields: dict[str, Any], name: str) -> str:
    if name not in fields:
        raise ValueError(f"no {name}; it has {', '.join(sorted(fields)) or 'nothing':.200}")
    if not isinstance(fields[name], str) or not fields[name].strip():
        raise ValueError(f"{name} is {unquoted(fields[name])}, not a text with words")
    return str(fields[name])
