"""One training job, as the container runs it, on folders of this machine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.quality.recipes import COMMON
from benchmarks.services import PROJECT
from include.evaluation.metrics import read_run
from local.base_model import MODEL_ID, base_model_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from benchmarks.quality.collection import Collection
    from benchmarks.quality.recipes import Recipe
    from include.evaluation.metrics import Run

PYTHON = PROJECT / ".venv-containers" / "bin" / "python"
LAUNCH = "from include.training.main import main; main()"
SYSTEMS = ("base", "tuned")


@dataclass(frozen=True)
class Trained:
    """What a job left.

    Attributes:
        runs: by query set and system.
        facts: training.json.
    """

    runs: dict[str, dict[str, Run]]
    facts: dict[str, Any]


def write_channels(
    folder: Path, collection: Collection, pairs: Iterable[Mapping[str, str]], candidates: Iterable[Mapping[str, Any]]
) -> None:
    """The channels of the jobs on one collection's pairs: train, corpus, evaluation and candidates."""
    shutil.rmtree(folder, ignore_errors=True)
    _write_lines(folder / "train" / "training_data.jsonl", pairs)
    _write_lines(folder / "corpus" / "documents.jsonl", (document._asdict() for document in collection.documents))
    _write_lines(folder / "candidates" / "bm25_candidates.jsonl", candidates)
    for kind, queries in collection.judged.items():
        (folder / "evaluation" / kind / "qrels").mkdir(parents=True)
        (folder / "evaluation" / kind / "queries.jsonl").write_text("".join(queries.query_lines()), "utf-8")
        (folder / "evaluation" / kind / "qrels" / "test.tsv").write_text("".join(queries.qrel_lines()), "utf-8")


def train(channels: Path, output: Path, collection: Collection, recipe: Recipe) -> Trained:
    """Run the job; its log lies beside what it leaves.

    Raises:
        SystemExit: the job failed; the reason is what the container says.
    """
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    log = output / "log"
    with log.open("w", encoding="utf-8") as target:
        done = subprocess.run(
            [str(PYTHON), "-c", LAUNCH, *_arguments(collection, recipe)],
            cwd=PROJECT,
            env=_environment(channels, output),
            stdout=target,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        failure = output / "failure"
        said = failure.read_text("utf-8") if failure.is_file() else f"see {log}"
        raise SystemExit(f"{collection.name}, {recipe.name}: the training job failed: {said}")
    shutil.rmtree(output / "model", ignore_errors=True)
    return read_trained(output, collection)


def read_trained(output: Path, collection: Collection) -> Trained:
    """What the job left in its output folder."""
    runs: dict[str, dict[str, Run]] = {}
    for kind in collection.judged:
        for system in SYSTEMS:
            with (output / "data" / "runs" / f"{kind}.{system}.trec").open(encoding="utf-8") as lines:
                runs.setdefault(kind, {})[system] = read_run(lines)
    facts = json.loads((output / "data" / "training.json").read_text("utf-8"))
    return Trained(runs, facts)


def _arguments(collection: Collection, recipe: Recipe) -> list[str]:
    given = COMMON | {"max_sequence_length": str(collection.max_sequence_length), "base_model_id": MODEL_ID}
    return [word for name, value in (given | recipe.parameters).items() for word in (f"--{name}", value)]


def _environment(channels: Path, output: Path) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("SM_")},
        "SM_CHANNEL_TRAIN": str(channels / "train"),
        "SM_CHANNEL_CORPUS": str(channels / "corpus"),
        "SM_CHANNEL_EVALUATION": str(channels / "evaluation"),
        "SM_CHANNEL_CANDIDATES": str(channels / "candidates"),
        "SM_CHANNEL_BASE_MODEL": str(base_model_folder()),
        "SM_MODEL_DIR": str(output / "model"),
        "SM_OUTPUT_DATA_DIR": str(output / "data"),
        "SM_OUTPUT_DIR": str(output),
    }


def _write_lines(path: Path, records: Iterable[Mapping[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        for record in records:
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
