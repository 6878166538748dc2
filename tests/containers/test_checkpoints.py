"""A training that is killed in the middle goes on from its last whole checkpoint, and ends as if nothing had been."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import torch
from safetensors.torch import load_file

from include.training import checkpoints, places
from include.training.collate import MaskingCollator
from include.training.parameters import Parameters
from include.training.sparse import lexical_fit, parts, states

from .conftest import HOLD_SECONDS, TOPICS, _variables, run_here, write_lines
from .tiny_model import write_tiny_masked_model, write_tiny_model

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .conftest import Job

# 24 pairs, 6 steps an epoch, 18 in all: killed in the middle of the second epoch.
ARGUMENTS = ("--epochs", "3", "--batch_size", "4", "--max_sequence_length", "32", "--write_vectors", "false")
STEPS, LAST_WHOLE, KILLED_WHILE_SAVING = 18, 8, 9
# An encoder reads two documents a batch; each is ranked among two others, which are drawn.
BATCH_TOKENS, RANKED_AMONG = {"cpu": 64}, 2
# As the machine is taken away: when all but one of a folder's files are there.
KILLED = f"""
import os, signal, sys
from search_model.training import checkpoints, places
from search_model.training.main import main
from search_model.training.sparse import lexical_fit, states

move, last = places.shutil.move, sys.argv.pop()

def moved(saved, place):
    if saved.name == last:
        place.mkdir()
        for path in list(saved.iterdir())[:-1]:
            move(path, place / path.name)
        os.kill(os.getpid(), signal.SIGKILL)
    move(saved, place)

places.shutil.move = moved
checkpoints.SECONDS = 0.0
states.BATCH_TOKENS, lexical_fit.RANKED_AMONG = {BATCH_TOKENS}, {RANKED_AMONG}
main(sys.argv[1:])
"""
KINDS = {
    "dense": (),
    "lora": ("--lora_rank", "4"),
    "splade": ("--model_type", "sparse", "--sparse_mode", "bi-encoder"),
    "lexical": ("--model_type", "sparse"),
    "highlighter": (
        *("--model_type", "highlighter", "--query_mask_probability", "0.5", "--max_sequence_length", "64"),
        *("--negative_share", "0", "--calibration_share", "0"),
    ),
}


TEXTS = [f"{name} what is a tell me about explained {text}" for name, text in TOPICS.items()]


@pytest.fixture
def base_model(tmp_path: Path) -> Path:
    return write_tiny_model(tmp_path / "base", TEXTS)


@pytest.fixture
def container(tmp_path: Path) -> Path:
    """/opt/ml, with the folder that SageMaker makes for a job that is given a CheckpointConfig."""
    (tmp_path / "ml" / "checkpoints").mkdir(parents=True)
    return tmp_path / "ml"


@pytest.fixture(scope="module")
def quotes(channels: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Channels of a highlighter: the pairs, each with the sentence that its query was written from."""
    folder = tmp_path_factory.mktemp("quotes")
    pairs = [json.loads(line) for line in (channels / "train" / "pairs.jsonl").read_text("utf-8").splitlines()]
    spans = ((pair["document"].index("\n") + 1, len(pair["document"])) for pair in pairs)
    records = [pair | {"start": start, "end": end} for pair, (start, end) in zip(pairs, spans, strict=True)]
    write_lines(folder / "train" / "pairs.jsonl", records)
    question = {"id": "one", "question": pairs[0]["query"], "context": pairs[0]["document"], "spans": []}
    write_lines(folder / "evaluation" / "heldout" / "highlights.jsonl", [question])
    (folder / "corpus").symlink_to(channels / "corpus")
    return folder


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(states, "BATCH_TOKENS", BATCH_TOKENS)
    monkeypatch.setattr(lexical_fit, "RANKED_AMONG", RANKED_AMONG)


def killed(source: Path, channels: Path, container: Path, base_model: Path, at: str, *arguments: str) -> str:
    """What a job printed that was killed while it kept the folder `at`."""
    variables = _variables(channels, container.parent / "killed") | {
        **{"SM_CHANNEL_BASE_MODEL": str(base_model), "SAGEMAKER_BASE_DIR": str(container)},
        **{"PATH": os.environ["PATH"], "HOME": str(container)},
    }
    done = subprocess.run(
        [sys.executable, "-c", KILLED, *arguments, at],
        cwd=source,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=HOLD_SECONDS,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]
    return done.stdout


def run(channels: Path, folder: Path, base_model: Path, container: Path, *arguments: str) -> Job:
    variables = {"SM_CHANNEL_BASE_MODEL": str(base_model), "SAGEMAKER_BASE_DIR": str(container)}
    job = run_here(channels, folder, *arguments, **variables)
    assert job.status == 0, job.errors
    return job


def facts(job: Job) -> dict[str, Any]:
    told = job.report()
    return {name: told.get(name) for name in ("steps", "loss_history", "masked_documents", "hidden_questions")}


def weights(job: Job) -> dict[str, torch.Tensor]:
    files = sorted(job.model.rglob("model.safetensors"))
    found = [{f"{path.relative_to(job.model)} {name}": it for name, it in load_file(path).items()} for path in files]
    return {name: tensor for each in found for name, tensor in each.items()}


def ends_the_same(resumed: Job, whole: Job) -> bool:
    expected, found = weights(whole), weights(resumed)
    assert facts(resumed) == facts(whole)
    return expected.keys() == found.keys() and all(tensor.equal(found[name]) for name, tensor in expected.items())


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("kind", KINDS)
def test_training_killed_while_it_saves_goes_on_from_the_checkpoint_before_and_ends_the_same(
    source: Path,
    channels: Path,
    quotes: Path,
    tmp_path: Path,
    base_model: Path,
    container: Path,
    kind: str,
) -> None:
    arguments = (*ARGUMENTS, *KINDS[kind])
    if kind == "splade":
        base_model = write_tiny_masked_model(tmp_path / "masked", TEXTS)
    if kind == "highlighter":
        channels = quotes
    log = killed(source, channels, container, base_model, f"checkpoint-{KILLED_WHILE_SAVING}", *arguments)
    assert f"Checkpoint after step {LAST_WHOLE}." in log

    resumed = run(channels, tmp_path / "resumed", base_model, container, *arguments)
    whole = run(channels, tmp_path / "whole", base_model, tmp_path / "nowhere", *arguments)

    assert f"goes on after step {LAST_WHOLE}." in resumed.log
    assert (resumed.report()["resumed_after"], whole.report()["resumed_after"]) == (LAST_WHOLE, 0)
    assert resumed.report()["steps"] == STEPS
    assert ends_the_same(resumed, whole)


@pytest.mark.usefixtures("small")
def test_states_that_were_copied_in_part_are_read_again_and_no_others(
    channels: Path, tmp_path: Path, base_model: Path, container: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = (*ARGUMENTS, *KINDS["lexical"])
    monkeypatch.setattr(checkpoints, "SECONDS", 0.0)
    whole = run(channels, tmp_path / "whole", base_model, container, *arguments)
    [kept] = (container / "checkpoints").iterdir()
    for place in places.PLACES:
        shutil.rmtree(kept / place)
    with (kept / "states-4" / parts.STATES).open("r+b") as file:
        file.truncate(100)

    resumed = run(channels, tmp_path / "resumed", base_model, container, *arguments)

    assert "the states of 4 documents are kept." in resumed.log
    assert "Kept the states of documents 5 to 6." in resumed.log
    assert (resumed.report()["resumed_documents"], whole.report()["resumed_documents"]) == (4, 0)
    assert resumed.report()["resumed_after"] == 0
    assert ends_the_same(resumed, whole)


def test_training_of_other_pairs_parameters_or_weights_has_a_folder_of_its_own(tmp_path: Path) -> None:
    pairs, parameters, model = {"query": ["a", "b"]}, Parameters(), torch.nn.Linear(2, 2)
    of = checkpoints.folder_of(tmp_path, model, pairs, parameters, "fp32")

    same = dataclasses.replace(parameters, run="other", model_name="other")
    assert checkpoints.folder_of(tmp_path, model, pairs, same, "fp32") == of
    others = [
        checkpoints.folder_of(tmp_path, torch.nn.Linear(2, 2), pairs, parameters, "fp32"),
        checkpoints.folder_of(tmp_path, model, {"query": ["ab", ""]}, parameters, "fp32"),
        checkpoints.folder_of(tmp_path, model, pairs, dataclasses.replace(parameters, learning_rate=1e-4), "fp32"),
        checkpoints.folder_of(tmp_path, model, pairs, parameters, "bf16"),
    ]
    assert len({of, *others}) == 5


def test_training_of_a_few_minutes_keeps_no_checkpoint(
    channels: Path, tmp_path: Path, base_model: Path, container: Path
) -> None:
    run(channels, tmp_path / "short", base_model, container, *ARGUMENTS)

    assert list((container / "checkpoints").rglob("*")) == []


def saved(folder: Path, step: int) -> Path:
    folder.mkdir()
    (folder / checkpoints.WEIGHTS).write_bytes(b"weights after %02d" % step)
    return folder


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda last: (last / checkpoints.WEIGHTS).write_bytes(b"wei"), id="file-cut-off"),
        pytest.param(lambda last: (last / checkpoints.WEIGHTS).write_bytes(b"weights after 08"), id="file-before"),
        pytest.param(lambda last: (last / checkpoints.WEIGHTS).unlink(), id="file-missing"),
        pytest.param(lambda last: (last / places.LIST).unlink(), id="list-missing"),
        pytest.param(lambda last: (last / places.LIST).write_text("{", "utf-8"), id="list-cut-off"),
    ],
)
def test_checkpoint_that_was_copied_in_part_does_not_count(tmp_path: Path, damage: Callable[[Path], Any]) -> None:
    kept = tmp_path / "kept"
    collator = MaskingCollator(lambda batch: {}, 0.5, 1)
    keeper = checkpoints.Checkpoints(kept, collator)
    for step in range(1, 4):
        collator([])
        keeper.keep(saved(tmp_path / f"checkpoint-{step}", step), step)
    last = keeper.last()
    assert last
    assert places.step_of(last) == 3
    assert len(list(kept.iterdir())) == 2

    damage(last)

    before = keeper.last()
    assert before
    assert places.step_of(before) == 2
