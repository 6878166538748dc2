"""`python -m benchmarks.parse`: what parsing the DAG files adds to importing Airflow's SDK and the Amazon operators."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from include.retraining.config import VARIABLE

PROJECT = Path(__file__).parents[1]
ROUNDS = 7
ENTRIES = (0, 1, 20)
BASELINE = (
    "import airflow.sdk, airflow.providers.amazon.aws.operators.sagemaker, "
    "airflow.providers.amazon.aws.operators.bedrock, airflow.providers.amazon.aws.sensors.bedrock"
)
SCRIPT = """
import runpy, socket, sys, time
def refuse(*arguments, **named): raise OSError("parsing a DAG file opened a connection")
socket.socket.connect = refuse
began = time.process_time()
{baseline}
imported = time.process_time()
for path in sys.argv[1:]: runpy.run_path(path)
parsed = time.process_time()
heavy = {{"torch", "sentence_transformers", "transformers"}} & set(sys.modules)
if heavy: sys.exit(f"parsing imported {{heavy}}")
print(imported - began, parsed - imported)
"""


class Seconds(NamedTuple):
    """Processor time, which is the same beside other work."""

    imported: float
    added: float


def main() -> None:
    """Print the medians of several rounds, each in a process of its own, with as many scheduled retrainings."""
    files = sorted(map(str, (PROJECT / "dags").glob("*.py")))
    with tempfile.TemporaryDirectory() as folder:
        configs = {entries: _config(Path(folder), entries) for entries in ENTRIES}
        rounds = {entries: [_measure(files, config) for _ in range(ROUNDS)] for entries, config in configs.items()}
    imported = statistics.median(seconds.imported for found in rounds.values() for seconds in found)
    sys.stdout.write(f"importing airflow.sdk and the Amazon operators: {imported:.2f} s of processor time\n")
    for entries, found in rounds.items():
        added = sorted(seconds.added for seconds in found)
        sys.stdout.write(
            f"parsing {len(files)} DAG files, {entries} scheduled retrainings, adds: {statistics.median(added):.2f} s "
            f"({added[0]:.2f} to {added[-1]:.2f} s, n={ROUNDS})\n"
        )
    sys.stdout.write("no connection opened, no torch imported\n")


def _config(folder: Path, entries: int) -> Path:
    """A file of so many schedules; JSON is YAML."""
    parameters = {"index_name": "articles", "text_field": "body"}
    listed = [
        {"name": f"model-{number}", "schedule": f"{number} 3 * * 0", "parameters": {**parameters, "epochs": number + 1}}
        for number in range(entries)
    ]
    path = folder / f"{entries}.yaml"
    path.write_text(json.dumps({"retraining": listed}), "utf-8")
    return path


def _measure(files: list[str], config: Path) -> Seconds:
    path = os.pathsep.join(map(str, (PROJECT, PROJECT / "plugins")))
    environment = {**os.environ, "PYTHONPATH": path, VARIABLE: str(config)}
    command = [sys.executable, "-c", SCRIPT.format(baseline=BASELINE), *files]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    imported, added = map(float, done.stdout.split()[-2:])
    return Seconds(imported, added)


if __name__ == "__main__":
    main()
