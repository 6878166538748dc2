"""`python -m benchmarks.soak`: runs one after another, then several at once; figures in `bench/results/soak.json`."""

from __future__ import annotations

import argparse
import json
import logging
import sys
import tempfile
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.highlighting.machine import machine
from benchmarks.services import PROJECT
from benchmarks.soak.page import render_page
from benchmarks.soak.runs import at_once, one_after_another
from benchmarks.soak.stack import INDEX, running
from benchmarks.soak.summary import summarise
from benchmarks.soak.usage import look

if TYPE_CHECKING:
    from benchmarks.soak.runs import Ended
    from benchmarks.soak.usage import Usage

log = logging.getLogger(__name__)
RESULTS = PROJECT / "bench" / "results"


def main() -> None:
    """Run, look after each run, write what was seen; the exit status is 1 if anything failed, grew or stayed."""
    options = _options()
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    for noisy in ("httpx", "opensearch", "botocore"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    found: dict[str, Any] = {"measured": f"{datetime.now(UTC):%Y-%m-%d}", "machine": machine(), "runs": []}
    with tempfile.TemporaryDirectory(prefix="soak-") as folder, running(Path(folder)) as stack:
        look_now = partial(look, stack.directory, stack.temporary, stack.session, stack.search, [INDEX])
        found["before"] = look_now().as_dict()
        for number in range(options.runs):
            _note(found, [one_after_another(stack, number)], look_now())
            _write(found, options.out)
        if options.together:
            _note(found, at_once(stack, options.together), look_now())
    found["summary"] = summarise(found)
    _write(found, options.out)
    for line in found["summary"]["lines"]:
        log.info("%s", line)
    raise SystemExit(not found["summary"]["good"])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make soak", description=main.__doc__)
    parser.add_argument("--runs", type=int, default=50, help="one after another")
    parser.add_argument("--together", type=int, default=8, help="at once, after those")
    parser.add_argument("--out", type=Path, default=RESULTS / "soak.json", help="file of the result")
    return parser.parse_args()


def _note(found: dict[str, Any], ended: list[Ended], usage: Usage) -> None:
    for run in ended:
        last = run is ended[-1]
        found["runs"].append({**run.as_dict(), "usage": usage.as_dict() if last else None})
        scheduler, workers = (usage.memory_mib.get(f"airflow-{name}", 0) for name in ("scheduler", "workers"))
        log.info(
            "%s (%s): %s after %.0f s; scheduler %.0f MiB, workers %.0f MiB, %d temporary files",
            run.run_id,
            run.kind,
            run.state,
            run.seconds,
            scheduler,
            workers,
            len(usage.temporary_files),
        )


def _write(found: dict[str, Any], out: Path) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    if "summary" in found:
        out.with_suffix(".html").write_text(render_page(found), "utf-8")


if __name__ == "__main__":
    main()
