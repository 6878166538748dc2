"""What the user sees while the points run, and in the end."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from local.console import say, table
from tests.faults.verdict import CLEAR, NOT_REACHED, OTHER, RECOVERED

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.verdict import Row


class Board:
    """A line a point, as it comes; the table in the end."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._rows: list[Row] = []

    def show(self, row: Row) -> None:
        """One more point is done."""
        self._rows.append(row)
        mark = "ok " if row.is_good else "BAD"
        say(f"{len(self._rows):4}  {time.monotonic() - self._began:6.0f} s  {mark} {row.outcome:<11}  {row.point}")
        if not row.is_good:
            say(f"        {row.why} paid_twice={row.paid_twice} lost={row.lost} left={row.left} told={row.told:.200}")

    def table(self, counts: dict[str, Any], path: Path) -> str:
        """All that counts: outcomes by kind of fault, the sums, and where the rows are."""
        kinds = Counter((_kind(row), row.outcome) for row in self._rows)
        outcomes = (RECOVERED, CLEAR, OTHER, NOT_REACHED)
        lines = [
            [kind, *(str(kinds[kind, outcome] or "") for outcome in outcomes)]
            for kind in sorted({kind for kind, _ in kinds})
        ]
        sums = [[name, str(value)] for name, value in counts.items()]
        return f"\n{table(['fault', *outcomes], lines)}\n\n{table(['', ''], sums)}\n\nEach point: {path}"


def summary(rows: list[Row]) -> dict[str, int]:
    """The sums over all rows."""
    outcomes = Counter(row.outcome for row in rows)
    return {
        "injected": len(rows) - outcomes[NOT_REACHED],
        "recovered": outcomes[RECOVERED],
        "clear_errors": outcomes[CLEAR],
        "other": outcomes[OTHER],
        "not_reached": outcomes[NOT_REACHED],
        "paid_twice": sum(row.paid_twice for row in rows if row.together == 1) + _shared(rows, "paid_twice"),
        "documents_lost": sum(row.lost for row in rows if row.together == 1) + _shared(rows, "lost"),
        "left_behind": sum(len(row.left) for row in rows if row.together == 1),
    }


def _shared(rows: list[Row], name: str) -> int:
    """Of points that shared a run, each of which has the run's number."""
    return max((getattr(row, name) for row in rows if row.together > 1), default=0)


def _kind(row: Row) -> str:
    return row.point.rpartition(" · ")[2]
