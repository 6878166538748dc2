"""Runs in TREC's format, which every evaluation tool reads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from .search import Hit

_NOT_IN_A_FIELD = re.compile(r"[\s%]+")


def write_run(path: Path, run: Mapping[str, Sequence[Hit]], tag: str) -> None:
    """Writes `query Q0 document rank score tag` lines, a query's documents best first.

    The fields are parted by blanks, so blanks in ids (and `%`) are percent-encoded; `urllib.parse.unquote` gives them
    back.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        for query_id, hits in run.items():
            for rank, hit in enumerate(hits, start=1):
                file.write(f"{_field(query_id)} Q0 {_field(hit.document_id)} {rank} {hit.score:.8f} {tag}\n")


def _field(identifier: str) -> str:
    return _NOT_IN_A_FIELD.sub(lambda match: quote(match[0]), identifier)
