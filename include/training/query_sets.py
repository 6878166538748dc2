"""The query sets that base and tuned model are compared on, in BEIR's layout."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from .errors import TrainingError
from .records import read_records

if TYPE_CHECKING:
    from pathlib import Path


@dataclasses.dataclass(frozen=True)
class QuerySet:
    """Queries by id; the judgements stay in the file, since whoever compares the runs reads them there."""

    name: str
    queries: dict[str, str]


def read_query_sets(folder: Path) -> list[QuerySet]:
    """One set a folder of the channel: `<set>/queries.jsonl` and `<set>/qrels/test.tsv`, in the order of the names.

    Raises:
        TrainingError: no set there, or one without queries or judgements.
    """
    folders = sorted(path for path in folder.iterdir() if path.is_dir())
    if not folders:
        raise TrainingError(f"{folder} has no query set. Valid: <set>/queries.jsonl with <set>/qrels/test.tsv.")
    return [_read_set(path) for path in folders]


def _read_set(folder: Path) -> QuerySet:
    if not (folder / "qrels" / "test.tsv").is_file():
        raise TrainingError(
            f"Query set {folder.name!r} has no qrels/test.tsv. Add it: query-id, corpus-id, score, by tabs."
        )
    records = read_records(folder, ("_id", "text"), pattern="queries.jsonl")
    return QuerySet(folder.name, {record["_id"]: record["text"] for record in records})
