"""`python -m benchmarks.highlighting`: all parts, or some with --only; what was measured before is kept beside them.

Writes bench/results/highlighting.json and highlighting.html. A part that was measured with another model is dropped:
all figures of the page are those of one model.
"""

from __future__ import annotations

import argparse
import json
import logging
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.highlighting.dynamic import dynamic
from benchmarks.highlighting.end_to_end import end_to_end
from benchmarks.highlighting.floor import PROJECT, PYTHON, container_environment
from benchmarks.highlighting.goals import goals_of
from benchmarks.highlighting.machine import described, machine, model_folder
from benchmarks.highlighting.page import render_page
from benchmarks.highlighting.stack import running_stack
from benchmarks.highlighting.summary import summarize_parts
from benchmarks.highlighting.texts import workload

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger("benchmark")

RESULTS = PROJECT / "bench" / "results"
QUALITY = RESULTS / "highlighter_quality.json"
PARTS = ("handler", "spans", "end_to_end", "dynamic")
# Of the minutes asked for; the spans take what they take.
SHARES = {"handler": 0.5, "end_to_end": 0.4, "dynamic": 0.1}


def main() -> None:
    """Measure, merge, write."""
    options = _options()
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    for name in ("opensearch", "opensearchpy", "opensearchpy.trace", "botocore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    model = model_folder(options.model)
    result = _before(options.out, described(model), quick=options.quick)
    for name, part in _measured(options, model):
        result["parts"][name] = part
        _write(result, options.out)  # so that a later part that fails takes nothing with it
    log.info("%s", _told(result, options.out))


def _measured(options: argparse.Namespace, model: Path) -> Any:
    """Name and result of each part that is wanted, as they come."""
    work, wanted = workload(), options.only or PARTS
    minutes = {name: 60 * options.minutes * share for name, share in SHARES.items()}
    with tempfile.TemporaryDirectory() as folder, ExitStack() as open_:
        file = Path(folder) / "workload.json"
        file.write_text(json.dumps(work), encoding="utf-8")
        quick = ["--quick"] if options.quick else []
        stack = open_.enter_context(running_stack()) if {"end_to_end", "dynamic"} & set(wanted) else None
        parts: dict[str, Callable[[], dict[str, Any]]] = {
            "handler": lambda: _contained("handler", model, file, "--seconds", str(minutes["handler"]), *quick),
            "spans": lambda: _contained("span_check", model, file, *quick),
        }
        if stack:
            parts["end_to_end"] = lambda: end_to_end(
                stack, model, work["questions"], minutes["end_to_end"], options.quick
            )
            parts["dynamic"] = lambda: dynamic(stack, model, work, minutes["dynamic"], options.quick)
        for name in (part for part in PARTS if part in wanted):
            log.info("Part %s", name)
            began = time.monotonic()
            found = parts[name]()
            sources = {"sources": work["sources"]}
            yield name, {**_stamp(began), **sources, **found}


def _contained(module: str, model: Path, file: Path, *more: str) -> dict[str, Any]:
    """What a part says that runs under the containers' interpreter."""
    out = file.with_name(f"{module}.json")
    command = [str(PYTHON), "-m", f"benchmarks.highlighting.{module}", "--model", str(model), "--workload", str(file)]
    subprocess.run([*command, "--out", str(out), *more], cwd=PROJECT, env=container_environment(), check=True)
    return dict(json.loads(out.read_text("utf-8")))


def _stamp(began: float) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {"measured": f"{now:%Y-%m-%d %H:%M} UTC", "seconds": round(time.monotonic() - began, 1)}


def _before(out: Path, model: dict[str, Any], *, quick: bool) -> dict[str, Any]:
    """What was measured before with the same model, or nothing."""
    path = out / "highlighting.json"
    known = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    same = known.get("model", {}).get("digest") == model["digest"] and known.get("quick") == quick
    return {
        "command": "make bench-highlighting",
        "model": model,
        "quick": quick,
        "machine": machine(),
        "parts": known["parts"] if same else {},
    }


def _write(result: dict[str, Any], out: Path) -> None:
    quality = json.loads(QUALITY.read_text("utf-8")) if QUALITY.is_file() else None
    summary = summarize_parts(result["parts"], quality)
    result["summary"] = summary
    result["goals"] = [goal._asdict() for goal in goals_of(summary)]
    result["sources"] = next((part["sources"] for part in result["parts"].values()), [])
    ordered = {"summary": summary, "goals": result["goals"], **result}
    out.mkdir(parents=True, exist_ok=True)
    (out / "highlighting.json").write_text(json.dumps(ordered, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (out / "highlighting.html").write_text(render_page(result), encoding="utf-8")


def _told(result: dict[str, Any], out: Path) -> str:
    lines = [f"{goal['what']}: {goal['measured']} ({goal['goal']})" for goal in result["goals"]]
    return "\n".join([*lines, f"Page: {out / 'highlighting.html'}"])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.highlighting", description=__doc__)
    parser.add_argument("--only", action="append", choices=PARTS, help="a part; may be given more than once")
    parser.add_argument("--quick", action="store_true", help="few and small cells, to try it out")
    parser.add_argument("--minutes", type=float, default=12.0, help="for all parts together, spans apart")
    parser.add_argument("--model", type=Path, help="folder of a highlighter; default: .local/highlighter-squad")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of the results")
    options = parser.parse_args()
    if options.quick:
        options.minutes = min(options.minutes, 1.0)
        options.out = options.out if options.out != RESULTS else Path(tempfile.gettempdir())
    return options


if __name__ == "__main__":
    main()
