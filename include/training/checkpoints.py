"""Checkpoints of a training that may be interrupted, as on spot instances, and the way back to the last whole one.

Of the libraries' trainers; those of our own loops are made in `loop`. Where both are kept: `places`.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import safetensors.torch
import torch
import transformers
from sentence_transformers import SentenceTransformerTrainer, SparseEncoderTrainer
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from . import team
from .places import Places, step_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .collate import MaskingCollator
    from .parameters import Parameters

SECONDS = 300.0
"""Between two checkpoints: what an interruption costs at most. One of a base-size model is 1.1 GB."""
WEIGHTS, COLLATOR = "weights.safetensors", "collator.json"
OF_THE_RUN = ("run", "model_name")


class _OwnWeights:
    """Saves and loads the weights as they are in training: with LoRA, two routes, dimensions that are cut later."""

    model: torch.nn.Module
    args: Any

    def _save(self, output_dir: str | None = None, state_dict: Any = None) -> None:
        folder = Path(output_dir or self.args.output_dir)
        folder.mkdir(parents=True, exist_ok=True)
        safetensors.torch.save_model(self.model, str(folder / WEIGHTS))

    def _load_from_checkpoint(self, checkpoint_path: str) -> None:
        safetensors.torch.load_model(self.model, str(Path(checkpoint_path) / WEIGHTS))


class DenseTrainer(_OwnWeights, SentenceTransformerTrainer):
    """The trainer of dense models."""


class SparseTrainer(_OwnWeights, SparseEncoderTrainer):
    """The trainer of sparse models."""


class Checkpoints(TrainerCallback):
    """Saves one every few minutes, right after a logged step, and finds the one to go on from.

    Args:
        folder: of this very training; see `folder_of`.
        collator: whose draws go on where they were.
    """

    def __init__(self, folder: Path, collator: MaskingCollator) -> None:
        self._places, self._collator = Places(folder), collator
        self._saved = time.monotonic()

    def last(self) -> Path | None:
        """The last one that is whole; None to start at the beginning."""
        last = self._places.last()
        return last if len({each and step_of(each) for each in team.of_all(last)}) == 1 else None

    def restore(self, checkpoint: Path) -> None:
        """Sets the collator to where it was; the trainer restores the rest."""
        state = json.loads((checkpoint / COLLATOR).read_text("utf-8"))
        # Counted by all, and from now on by the first.
        self._collator.set_state(state if team.is_first() else state | {"masked_documents": 0})
        self._places.go_on_from(checkpoint)

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        self._saved = time.monotonic()

    def on_log(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        control.should_save = team.from_first(lambda: time.monotonic() - self._saved >= SECONDS)

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        saved, step = Path(str(args.output_dir)) / f"checkpoint-{state.global_step}", state.global_step
        masked = sum(team.of_all(self._collator.state_at(step)["masked_documents"]))
        if team.size() > 1:
            team.gather_file(saved / f"rng_state_{team.rank()}.pth")
        if team.is_first():
            self.keep(saved, step, masked)
        self._saved = time.monotonic()

    def keep(self, saved: Path, step: int, masked: int | None = None) -> None:
        """Puts what the trainer saved where the checkpoint before the last one was.

        Args:
            saved: folder that the trainer wrote.
            step: after which.
            masked: documents that all processes together have masked; the collator's own count when not given.
        """
        collated = self._collator.state_at(step)
        counted = {} if masked is None else {"masked_documents": masked}
        (saved / COLLATOR).write_text(json.dumps(collated | counted), "utf-8")
        self._places.keep(saved, step)


def train(trainer: DenseTrainer | SparseTrainer, collator: MaskingCollator, folder: Path | None) -> int:
    """Trains, on from the last checkpoint in the folder if there is one; returns the step that it went on from, or 0.

    Args:
        trainer: with `collator` as its own.
        collator: makes the batches.
        folder: gets checkpoints; None keeps none.
    """
    if folder is None:
        trainer.train()
        return 0
    checkpoints = Checkpoints(folder, collator)
    trainer.add_callback(checkpoints)
    last = checkpoints.last()
    if last is None:
        trainer.train()
        return 0
    checkpoints.restore(last)
    # Before it is overwritten by one of a later step.
    step = step_of(last)
    trainer.train(resume_from_checkpoint=str(last))
    return step


def folder_of(
    checkpoints: Path, model: torch.nn.Module, columns: dict[str, list[Any]], parameters: Parameters, precision: str
) -> Path:
    """Where the checkpoints of exactly this training are; those of other pairs or parameters are not gone on from."""
    digest = hashlib.sha256()
    given = dataclasses.asdict(parameters)
    made_of = {name: value for name, value in given.items() if name not in OF_THE_RUN}
    versions = [torch.__version__, transformers.__version__, precision]
    # Each process draws for itself; a team of another size would go on with something else.
    versions += [str(team.size())] if team.size() > 1 else []
    digest.update(json.dumps([made_of, versions], sort_keys=True).encode())
    for text in _texts(columns):
        digest.update(text.encode())
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode() + tensor.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy().tobytes())
    return checkpoints / digest.hexdigest()[:16]


def _texts(columns: dict[str, list[Any]]) -> Iterable[str]:
    for name, values in columns.items():
        yield name
        yield from (json.dumps(value) for value in values)
