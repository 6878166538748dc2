"""Streams JSONL channels, line by line, and says exactly which line is wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def read_records(folder: Path, fields: tuple[str, ...], pattern: str = "*.jsonl") -> Iterator[dict[str, str]]:
    """The records of a folder's JSONL files, in the order of the files' names, holding only `fields`.

    Raises:
        TrainingError: there is no such file, or a line is not an object with these fields as texts that are not blank.
    """
    return (record for _, record in read_objects(folder, fields, (), pattern))


def read_objects(
    folder: Path, texts: tuple[str, ...], others: tuple[str, ...], pattern: str = "*.jsonl", optional: str = ""
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The records as `read_records` gives them, each after its place (`file:line`).

    Args:
        folder: of the files.
        texts: fields that must be texts that are not blank.
        others: fields that must be there; what they hold is the caller's to check.
        pattern: of the files' names.
        optional: a field that is a text where it is there, and empty where it is not.

    Raises:
        TrainingError: there is no such file, or a line is not such an object.
    """
    files = sorted(folder.glob(pattern))
    if not files:
        raise TrainingError(f"No {pattern} in {folder}. Put the records there, one JSON object a line.")
    for file in files:
        with file.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    place = f"{file.name}:{number}"
                    yield place, _record(line, texts, others, place, optional)


def _record(line: bytes, texts: tuple[str, ...], others: tuple[str, ...], place: str, optional: str) -> dict[str, Any]:
    wanted = " and ".join(f'"{field}"' for field in (*texts, *others))
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        what = error.msg if isinstance(error, json.JSONDecodeError) else type(error).__name__
        raise TrainingError(f"{place} is not JSON ({what}). Write one object a line with {wanted}.") from error
    if not isinstance(record, dict):
        raise TrainingError(f"{place} is a {type(record).__name__}. Write one object a line with {wanted}.")
    for field in texts:
        if not isinstance(record.get(field), str) or not record[field].strip():
            raise TrainingError(
                f"{place} has a {type(record.get(field)).__name__} as {field}, or a blank one. Needed: {wanted}, "
                "texts that are not blank."
            )
    for field in others:
        if field not in record:
            raise TrainingError(f"{place} has no {field}. Needed: {wanted}.")
    given = {optional: str(record.get(optional) or "")} if optional else {}
    return {field: record[field] for field in (*texts, *others)} | given
