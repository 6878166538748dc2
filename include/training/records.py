"""Streams JSONL channels, line by line, and says exactly which line is wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from .errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def read_records(folder: Path, fields: tuple[str, ...], pattern: str = "*.jsonl") -> Iterator[dict[str, str]]:
    """The records of a folder's JSONL files, in the order of the files' names, holding only `fields`.

    Raises:
        TrainingError: there is no such file, or a line is not an object with these fields as texts that are not blank.
    """
    files = sorted(folder.glob(pattern))
    if not files:
        raise TrainingError(f"No {pattern} in {folder}. Put the records there, one JSON object a line.")
    for file in files:
        with file.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield _record(line, fields, f"{file.name}:{number}")


def _record(line: str, fields: tuple[str, ...], place: str) -> dict[str, str]:
    wanted = " and ".join(f'"{field}"' for field in fields)
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        raise TrainingError(f"{place} is not JSON ({error.msg}). Write one object a line with {wanted}.") from error
    if not isinstance(record, dict):
        raise TrainingError(f"{place} is a {type(record).__name__}. Write one object a line with {wanted}.")
    for field in fields:
        if not isinstance(record.get(field), str) or not record[field].strip():
            raise TrainingError(
                f"{place} has {field}={record.get(field)!r}. Needed: {wanted}, texts that are not blank."
            )
    return {field: record[field] for field in fields}
