"""The records of a batch inference job, read from JSON lines."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class BadInput(Exception):
    """The job fails; the message is its own."""


class Record(NamedTuple):
    """One request to the model."""

    id: str
    body: dict[str, Any]


def read_records(file: Path, name: str) -> Iterator[Record]:
    """The records of one file, one at a time.

    Args:
        file: JSON lines.
        name: the file's name in messages.

    Raises:
        BadInput: a line is not a record. What is in its modelInput is not looked at: that is the model's to refuse.
    """
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield _read_record(line, f"line {number} of {name}")


def check_records(arn: str, files: dict[str, Path], minimum: int, maximum: int) -> int:
    """Validates the input of a job as Bedrock does before it starts.

    Args:
        arn: the job's, for messages.
        files: the job's input files by their names in messages.
        minimum: number of records.
        maximum: number of records.

    Returns:
        the number of records.

    Raises:
        BadInput: too few or too many records, a malformed line, a recordId that comes twice.
    """
    seen: set[str] = set()
    for name, file in files.items():
        for record in read_records(file, name):
            if record.id in seen:
                raise BadInput(f"Batch job {arn} contains a duplicate recordId: '{record.id}' in {name}.")
            seen.add(record.id)
    if len(seen) < minimum:
        raise BadInput(f"Batch job {arn} contains less records ({len(seen)}) than the required minimum of: {minimum}")
    if len(seen) > maximum:
        raise BadInput(f"Batch job {arn} contains more records ({len(seen)}) than the allowed maximum of: {maximum}")
    return len(seen)


def _read_record(line: bytes, place: str) -> Record:
    try:
        fields = json.loads(line)
    except ValueError as error:
        raise BadInput(f"Malformed record: {place} is not JSON: {error}.") from None
    if not isinstance(fields, dict) or not isinstance(fields.get("modelInput"), dict):
        raise BadInput(f"Malformed record: {place} has no JSON object modelInput.")
    if not isinstance(fields.get("recordId", ""), str):
        raise BadInput(f"Malformed record: the recordId of {place} is not a string.")
    return Record(fields.get("recordId") or uuid.uuid4().hex[:11].upper(), fields["modelInput"])
