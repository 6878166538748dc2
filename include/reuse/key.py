"""What the result of a stage is made of, and the key that this has."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LONGEST_SHOWN = 40


@dataclass(frozen=True)
class Work:
    """One stage of a run, or one batch job of it.

    Attributes:
        stage: its name.
        made_of: settings and hashes of contents that decide its result; names of runs and places are none of them.
        code: digest of the code that does it; empty where what the code made is hashed itself.
        part: which of several pieces of work of the stage.
    """

    stage: str
    made_of: dict[str, Any]
    code: str = ""
    part: str = ""

    @property
    def name(self) -> str:
        """Of the stage, and of its part if it has several."""
        return f"{self.stage}-{self.part}" if self.part else self.stage

    def key(self, whatever_code: bool = False) -> str:
        """64 digits that are the same for the same result.

        Args:
            whatever_code: leaves the code out, so that a newer version of the package has the same key.
        """
        return digest({"made_of": self.made_of} if whatever_code else {"made_of": self.made_of, "code": self.code})


def digest(value: Any) -> str:
    """SHA-256 of a value's canonical JSON: the order of names does not matter.

    Example:
        >>> digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
        True
    """
    canonical = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What changed, by its name; with the values where they are short enough to be read.

    Example:
        >>> differences({"epochs": 3, "seed": 42}, {"epochs": 5, "seed": 42})
        ['epochs 3 → 5']
    """
    old, new = dict(_flat(before)), dict(_flat(now))
    changed = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
    return [_told(name, old.get(name), new.get(name)) for name in changed]


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _told(name: str, before: Any, now: Any) -> str:
    shown = [str(value) for value in (before, now)]
    return f"{name} {shown[0]} → {shown[1]}" if max(map(len, shown)) <= LONGEST_SHOWN else f"{name} changed"
