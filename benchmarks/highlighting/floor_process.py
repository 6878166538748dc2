"""The floor as a process of its own, which runs the forward passes of a page when it is told its number.

It reads lines of JSON: first `{"pages": [[[question, text], …], …]}`, answered with the milliseconds that it took to
prepare them, then one number a line, answered with the milliseconds of that page's passes. Runs under the containers'
interpreter.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.highlighting.forward import Floor, Forward

if TYPE_CHECKING:
    from collections.abc import Iterator


def main() -> None:
    """Answer until the input ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    options = parser.parse_args()
    forward = Forward(options.model)
    floors: list[Floor] = []
    for line in sys.stdin:
        asked, started = json.loads(line), time.perf_counter()
        if isinstance(asked, dict):
            floors = list(_floors(forward, asked["pages"]))
        else:
            floors[asked].run()
        sys.stdout.write(f"{(time.perf_counter() - started) * 1000}\n")
        sys.stdout.flush()


def _floors(forward: Forward, pages: list[list[tuple[str, str]]]) -> Iterator[Floor]:
    plan = None
    for page in pages:
        windows = forward.windows(page)
        plan = plan or forward.best_plan(windows)
        yield forward.floor(windows, plan)


if __name__ == "__main__":
    main()
