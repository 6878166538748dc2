"""Every call of the pipeline broken in every way that its service can break it: `python -m tests.faults`."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from local import PROJECT
from local.console import say
from tests.faults.points import passing_points
from tests.faults.specials import special_points
from tests.faults.table import Board, summary
from tests.faults.world import open_world

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.harness import Harness
    from tests.faults.points import Point
    from tests.faults.verdict import Row

PARTS = ("special", "passing", "scheduler")
"""Faults with a run of their own, those that share runs, and those that need the real scheduler."""


def main() -> int:
    """Run the points and write `.local/faults.json`; 1 if one did not end as it must."""
    options = _options()
    local = Path(os.environ.get("LOCAL_DIR") or PROJECT / ".local").absolute()
    began = time.monotonic()
    say("Starting OpenSearch, its gateway, the AWS stand-in and the proxies before them …")
    world = open_world(local / "faults", Path(os.environ.get("LOCAL_CACHE") or local / "cache").absolute())
    rows: list[Row] = []
    try:
        # Airflow reads its configuration when it is imported.
        os.environ.update(world.environment)
        sys.path[:0] = [str(PROJECT / "plugins"), str(PROJECT / "dags")]
        from tests.faults.harness import Harness
        from tests.faults.runs import Pipeline

        say("Undisturbed runs, to compare with (the first one trains a model) …")
        harness = Harness(world, Pipeline(world, local / "faults" / "airflow.log"), options.whole)
        board = Board()
        for row in _rows(harness, options):
            rows.append(row)
            board.show(row)
            _keep(local / "faults.json", rows, time.monotonic() - began)
    finally:
        world.close()
    say(board.table(summary(rows), local / "faults.json"))
    return int(not rows or not all(row.is_good for row in rows))


def _rows(harness: Harness, options: argparse.Namespace) -> Iterator[Row]:
    alone = [point for point in special_points(harness.world) if _wanted(point, options)]
    passing = [point for point in passing_points(harness.seen, options.all) if _wanted(point, options)]
    say(f"{len(passing)} faults that pass, as many in a run as tasks can bear; {len(alone)} with a run of their own.")
    if "special" in options.parts:
        for point in alone:
            yield harness.alone(point)
    if "passing" in options.parts:
        yield from harness.settle(passing)
    if "scheduler" in options.parts:
        from tests.faults.scheduler import scheduler_rows

        yield from scheduler_rows(harness, lambda point: _wanted(point, options))


def _keep(path: Path, rows: list[Row], seconds: float) -> None:
    """Write the table as it is so far."""
    told = {**summary(rows), "seconds": round(seconds), "rows": [row.as_dict() for row in rows]}
    path.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", "utf-8")


def _wanted(point: Point, options: argparse.Namespace) -> bool:
    return not options.only or any(word in point.name for word in options.only)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--only", nargs="*", default=[], metavar="WORD", help="points whose names hold one of them")
    parser.add_argument("--all", action="store_true", help="every kind of fault at every call")
    parser.add_argument("--whole", action="store_true", help="all phases for each point, not only the disturbed one")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="only these (default: all)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
