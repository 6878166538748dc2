"""`python -m benchmarks.parse`: what parsing the DAG files adds to importing Airflow's SDK and the Amazon operators."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[1]
ROUNDS = 7
BASELINE = (
    "import airflow.sdk, airflow.providers.amazon.aws.operators.sagemaker, "
    "airflow.providers.amazon.aws.operators.bedrock, airflow.providers.amazon.aws.sensors.bedrock"
)
SCRIPT = """
import runpy, socket, sys, time
def refuse(*arguments, **named): raise OSError("parsing a DAG file opened a connection")
socket.socket.connect = refuse
began = time.perf_counter()
{baseline}
imported = time.perf_counter()
for path in sys.argv[1:]: runpy.run_path(path)
parsed = time.perf_counter()
heavy = {{"torch", "sentence_transformers", "transformers"}} & set(sys.modules)
if heavy: sys.exit(f"parsing imported {{heavy}}")
print(imported - began, parsed - imported)
"""


def main() -> None:
    """Print the medians of several rounds, each in a process of its own."""
    files = sorted(map(str, (PROJECT / "dags").glob("*.py")))
    rounds = [_measure(files) for _ in range(ROUNDS)]
    imported, added = (statistics.median(column) for column in zip(*rounds, strict=True))
    spread = f"{min(r[1] for r in rounds):.2f} to {max(r[1] for r in rounds):.2f} s"
    sys.stdout.write(
        f"importing airflow.sdk and the Amazon operators: {imported:.2f} s\n"
        f"parsing {len(files)} DAG file(s) adds: {added:.2f} s ({spread}, n={ROUNDS}), {added / imported:.0%} of it; "
        "no connection opened, no torch imported\n"
    )


def _measure(files: list[str]) -> tuple[float, float]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (PROJECT, PROJECT / "plugins")))}
    command = [sys.executable, "-c", SCRIPT.format(baseline=BASELINE), *files]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    imported, added = map(float, done.stdout.split()[-2:])
    return imported, added


if __name__ == "__main__":
    main()
