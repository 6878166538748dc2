"""Records that survive a restart: one JSON file each, written whole."""

from __future__ import annotations

import json
import threading
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from pathlib import Path

Record = dict[str, Any]


class Table:
    """Records of one kind by region and name, in AWS's own member names, so that Describe answers them as they are.

    A record is never changed, only replaced: who has read one keeps a consistent one.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.RLock()
        self._records = {(file.parent.name, unquote(file.stem)): _read(file) for file in folder.glob("*/*.json")}

    def get(self, region: str, name: str) -> Record | None:
        """The record, or None."""
        return self._records.get((region, name))

    def add(self, region: str, name: str, record: Record) -> bool:
        """Keeps a new record; False, and nothing changed, if there is one of that name."""
        with self._lock:
            if (region, name) in self._records:
                return False
            self._keep(region, name, record)
            return True

    def update(self, region: str, name: str, **changes: Any) -> Record:
        """Replaces members of a record and gives the new one; a member set to None goes away.

        Raises:
            KeyError: there is no such record.
        """
        with self._lock:
            merged = {**self._records[region, name], **changes}
            record = {member: value for member, value in merged.items() if value is not None}
            self._keep(region, name, record)
            return record

    def remove(self, region: str, name: str) -> Record | None:
        """Forgets a record and gives it back; None if there was none."""
        with self._lock:
            self._path(region, name).unlink(missing_ok=True)
            return self._records.pop((region, name), None)

    def records(self, region: str) -> list[Record]:
        """All records of a region, in no order."""
        return [record for (place, _), record in list(self._records.items()) if place == region]

    def names(self) -> list[tuple[str, str]]:
        """Region and name of all records."""
        return list(self._records)

    def _keep(self, region: str, name: str, record: Record) -> None:
        path = self._path(region, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".unfinished")
        unfinished.write_text(json.dumps(record, default=_to_json))
        unfinished.replace(path)
        self._records[region, name] = record

    def _path(self, region: str, name: str) -> Path:
        return self._folder / region / f"{quote(name, safe='')}.json"


def _read(file: Path) -> Record:
    record: Record = json.loads(file.read_text(), object_hook=_from_json)
    return record


def _to_json(value: object) -> dict[str, str]:
    if isinstance(value, datetime):
        return {"$time": value.isoformat()}
    raise TypeError(f"a record holds {type(value).__name__}, which is not JSON")


def _from_json(value: dict[str, Any]) -> Any:
    return datetime.fromisoformat(value["$time"]) if value.keys() == {"$time"} else value
