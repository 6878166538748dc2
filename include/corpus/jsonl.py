"""Documents from JSONL, line by line; bad lines are counted and listed, not hidden."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from include.corpus.document import Document
from include.errors import TerminalError, unquoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_LISTED = 20
MAX_ID_BYTES = 512
VALID = '{"id": …, "text": …}'


@dataclass
class LineCounts:
    """Lines read so far, and the bad ones: file, line number from 1, and what is wrong."""

    lines: int = 0
    bad: int = 0
    listed: list[str] = field(default_factory=list)

    def note_bad(self, place: str, reason: str) -> None:
        """Count a bad line; the first ones are listed."""
        self.bad += 1
        if self.bad <= MAX_LISTED:
            self.listed.append(f"{place}: {reason}")


def read_documents(lines: Iterable[str | bytes], name: str, counts: LineCounts) -> Iterator[Document]:
    """The documents of one file; blank lines are passed over, bad ones are noted in `counts`."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        counts.lines += 1
        try:
            yield parse_document(line)
        except ValueError as error:
            counts.note_bad(f"{name}, line {number}", str(error))


def parse_document(line: str | bytes) -> Document:
    """The document of a line.

    Raises:
        ValueError: the line is not `{"id": …, "text": …}`; the message says in what way.
    """
    fields = parse_object(line)
    missing = [name for name in ("id", "text") if name not in fields]
    if missing:
        names = ", ".join(sorted(fields)) or "nothing"
        raise ValueError(f"no {' and no '.join(missing)}; it has {names:.200}")
    if not isinstance(fields["text"], str):
        raise ValueError(f"text is {type(fields['text']).__name__}, not a string")
    document = Document(parse_id(fields["id"], "id"), fields["text"])
    check_storable(document)
    return document


def parse_id(value: Any, name: str) -> str:
    """The id as text; numbers are taken too.

    Raises:
        ValueError: it is neither, or empty.
    """
    if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
        raise ValueError(f"{name} is {unquoted(value)}, not a text or a whole number")
    return str(value)


def parse_object(line: str | bytes) -> dict[str, Any]:
    """The JSON object of a line.

    Raises:
        ValueError: the line is not one; the message says in what way.
    """
    try:
        fields = json.loads(line)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON ({error.msg} at character {error.pos})") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 (byte {error.start})") from error
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(fields, dict):
        raise ValueError(f"{type(fields).__name__} instead of an object")
    return fields


def check_storable(document: Document) -> None:
    """Nothing, if the document can be indexed and written.

    Raises:
        ValueError: it is what OpenSearch would refuse when the evaluation indexes the corpus, or no file can hold.
    """
    try:
        length = len(document.id.encode())
        document.text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"half of a surrogate pair at character {error.start} of id or text") from error
    if length > MAX_ID_BYTES:
        raise ValueError(f"id is {length} bytes long, at most {MAX_ID_BYTES} can be indexed")


def check_bad_lines(
    counts: LineCounts, max_share: float, parameter: str = "s3_corpus_path", valid: str = VALID
) -> None:
    """Nothing, if few enough lines are bad.

    Args:
        counts: of the lines that were read.
        max_share: of bad ones.
        parameter: that named the files.
        valid: what each line must be.

    Raises:
        TerminalError: more than `max_share` of the lines are bad, or there are no good ones; lists the first.
    """
    if counts.lines == 0:
        raise TerminalError("s3_corpus_path holds no lines. Give a JSONL file with one document a line.")
    if counts.bad == counts.lines or counts.bad > max_share * counts.lines:
        raise TerminalError(
            f"{counts.bad} of {counts.lines} lines of {parameter} are malformed; max_bad_line_share allows "
            f"{max_share:.1%}. Each line must be {valid}. Correct them, or raise the share. The first:\n"
            + "\n".join(counts.listed)
        )
