"""Several processes train one model: it becomes what one process makes of the same batches, once; or all end."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import psutil
import pytest
import torch
from datasets import Dataset
from sentence_transformers.base.sampler import NoDuplicatesBatchSampler

from include.training.collate import MaskingCollator
from include.training.divide import DividedBatches, divided

from .conftest import HOLD_SECONDS, TOPICS, _variables, run_here
from .tiny_model import write_tiny_model

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# 24 pairs of 8 documents: 3 whole batches an epoch.
ARGUMENTS = (
    *("--epochs", "3", "--batch_size", "8", "--max_sequence_length", "32", "--learning_rate", "1e-3"),
    *("--precision", "fp32"),
)
STEPS = 9
FOR_EVER = ("--epochs", "100", "--batch_size", "4", "--max_sequence_length", "32")
TEXTS = [f"{name} what is a tell me about explained {text}" for name, text in TOPICS.items()]


class Instance(NamedTuple):
    """One host of a job while it runs: the process that SageMaker starts, and its folder."""

    process: subprocess.Popen[str]
    folder: Path

    def failure(self) -> str:
        return (self.folder / "output" / "failure").read_text(encoding="utf-8")

    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8")

    def ranks(self) -> list[psutil.Process]:
        return [child for child in psutil.Process(self.process.pid).children() if "-m" in child.cmdline()]


@pytest.fixture
def base_model(tmp_path: Path) -> Path:
    """Without dropout, which each process draws for itself."""
    return write_tiny_model(tmp_path / "base", TEXTS, dropout=0.0)


@pytest.fixture
def instances(source: Path, channels: Path, base_model: Path, tmp_path: Path) -> Iterator[Any]:
    """Starts a job on two hosts of this machine; ends what it left."""
    started: list[Instance] = []

    def start(*arguments: str) -> list[Instance]:
        names, port = ["127.0.0.1", "127.0.0.2"], free_port()
        for name in names:
            folder = tmp_path / name
            folder.mkdir()
            variables = _variables(channels, folder) | {
                **{"SM_CHANNEL_BASE_MODEL": str(base_model), "SM_HOSTS": json.dumps(names), "SM_CURRENT_HOST": name},
                **{"SM_NUM_GPUS": "0", "SM_NETWORK_INTERFACE_NAME": "lo", "MASTER_PORT": str(port)},
                **{"PATH": os.environ["PATH"], "HOME": str(folder)},
            }
            with (folder / "log").open("w", encoding="utf-8") as log:
                command = [sys.executable, "train.py", *arguments]
                process = subprocess.Popen(
                    command, cwd=source, env=variables, stdout=log, stderr=subprocess.STDOUT, text=True
                )
            started.append(Instance(process, folder))
        return started

    yield start
    for instance in started:
        instance.process.kill()
        instance.process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_two_hosts_make_the_model_of_one_process_once(
    instances: Any, channels: Path, base_model: Path, tmp_path: Path
) -> None:
    first, second = instances(*ARGUMENTS)
    for instance in (first, second):
        assert instance.process.wait(timeout=HOLD_SECONDS) == 0, instance.log()[-3000:]

    alone = run_here(channels, tmp_path / "alone", *ARGUMENTS, SM_CHANNEL_BASE_MODEL=str(base_model))

    told = json.loads((first.folder / "output" / "data" / "training.json").read_text(encoding="utf-8"))
    expected = alone.report()
    assert (told["processes"], expected["processes"]) == (2, 1)
    assert told["steps"] == expected["steps"] == STEPS
    assert told["masked_documents"] == expected["masked_documents"] > 0
    losses = [[entry["loss"] for entry in of["loss_history"]] for of in (told, expected)]
    assert losses[0] == pytest.approx(losses[1], abs=1e-4)
    for run in sorted((alone.output / "data" / "runs").iterdir()):
        of_two, of_one = found(first.folder / "output" / "data" / "runs" / run.name), found(run)
        assert of_two == pytest.approx(of_one, abs=1e-3)
        assert [key for key in of_two if key[2] == "1"] == [key for key in of_one if key[2] == "1"]
    assert {path.name for path in second.folder.rglob("*") if path.is_file()} == {"log"}


def found(run: Path) -> dict[tuple[str, str, str], float]:
    """Score by query, document and rank."""
    lines = [line.split() for line in run.read_text(encoding="utf-8").splitlines()]
    return {(query, document, rank): float(score) for query, _, document, rank, score, _ in lines}


def test_process_that_is_killed_while_it_trains_ends_the_job_on_both_hosts(instances: Any) -> None:
    first, second = instances(*FOR_EVER)
    wait_for_line(first, "step=20 ")
    ranks = [*first.ranks(), *second.ranks()]
    assert len(ranks) == 2

    second.ranks()[0].send_signal(signal.SIGKILL)

    assert [instance.process.wait(timeout=HOLD_SECONDS) for instance in (first, second)] == [1, 1]
    assert second.failure().startswith("Process 1 of the training, on 127.0.0.2, ended with signal SIGKILL")
    assert first.failure().startswith("Process 0 of 2 lost another one, which ended first")
    assert not [rank for rank in ranks if rank.is_running() and rank.status() != psutil.STATUS_ZOMBIE]


def wait_for_line(instance: Instance, text: str) -> None:
    with (instance.folder / "log").open(encoding="utf-8") as log:
        while instance.process.poll() is None:
            if text in log.readline():
                return
    pytest.fail(instance.log()[-3000:])


def rows(count: int, texts: int) -> Dataset:
    return Dataset.from_dict(
        {"query": [f"q{n}" for n in range(count)], "document": [f"d{n % texts}" for n in range(count)]}
    )


def test_divided_batches_are_the_batches_of_one_process_in_equal_parts() -> None:
    options = {"batch_size": 4, "drop_last": False, "generator": torch.Generator(), "seed": 3}
    pairs = rows(23, 12)
    for epoch in (0, 1):
        alone = NoDuplicatesBatchSampler(pairs, **options)
        together = divided(4, 2, in_batch=True)(pairs, **options)
        alone.set_epoch(epoch)
        together.set_epoch(epoch)
        parts = list(together)

        whole = [batch[: len(batch) // 2 * 2] for batch in alone]
        assert [[*one, *other] for one, other in zip(parts[::2], parts[1::2], strict=True)] == [b for b in whole if b]
        assert all(len(one) == len(other) for one, other in zip(parts[::2], parts[1::2], strict=True))
        assert len(together) == 2 * len(alone)


def test_divided_batches_of_rows_are_drawn_by_the_epoch_however_often_they_are() -> None:
    build = divided(4, 2, in_batch=False)
    batches: list[DividedBatches] = [
        build(rows(16, 16), batch_size=2, drop_last=False, generator=torch.Generator(), seed=3) for _ in range(2)
    ]
    list(batches[0])
    for each in batches:
        each.set_epoch(1)

    resumed, whole = (list(each) for each in batches)

    assert resumed == whole
    assert sorted(row for part in whole for row in part) == list(range(16))


def test_collators_of_a_team_mask_what_one_would() -> None:
    texts = [
        {"query": f"{word} of the tree", "document": f"{word} of the tree, and much else beside it"}
        for word in ("leaf", "root", "bark", "seed")
    ]
    documents = [text["document"] for text in masked(texts, (0, 1))]
    halves = [masked(texts[place * 2 : place * 2 + 2], (place, 2)) for place in (0, 1)]

    assert [text["document"] for half in halves for text in half] == documents
    assert 0 < sum(document not in [text["document"] for text in texts] for document in documents) < 4


def masked(texts: list[dict[str, str]], part: tuple[int, int]) -> list[dict[str, str]]:
    collator = MaskingCollator(lambda batch: {"batch": batch}, 0.5, 1, part)
    return list(collator(texts)["batch"])
