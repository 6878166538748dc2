"""Checkpoints of a training loop of our own; those of the libraries' trainers are made in `checkpoints`."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import torch
from safetensors.torch import load_file, save_file

from . import checkpoints
from .places import Places, step_of
from .state_files import read_state, write_state

if TYPE_CHECKING:
    from collections.abc import Mapping


class Loop(Protocol):
    """What goes on after an interruption as if nothing had been."""

    def tensors(self) -> Mapping[str, torch.Tensor]:
        """What is learnt, by name; they are set in place."""
        ...

    def state(self) -> dict[str, Any]:
        """All else that changes, but torch's own random state: tensors, numbers, strings, lists and dictionaries."""
        ...

    def set_state(self, state: dict[str, Any]) -> None:
        """Sets what `state` gave."""
        ...


class LoopCheckpoints:
    """Keeps a loop's state every few minutes.

    Args:
        folder: of this very training, see `checkpoints.folder_of`; None keeps nothing.
        loop: whose state.
    """

    def __init__(self, folder: Path | None, loop: Loop) -> None:
        self._places, self._loop = Places(folder) if folder else None, loop
        self._saved = time.monotonic()

    def resume(self) -> int:
        """Sets the loop to its last whole checkpoint; returns the step after which it goes on, 0 for the beginning."""
        last = self._places.last() if self._places else None
        if self._places is None or last is None:
            return 0
        tensors = self._loop.tensors()
        with torch.no_grad():
            for name, kept in load_file(last / checkpoints.WEIGHTS).items():
                tensors[name].copy_(kept)
        state = read_state(last)
        _set_random_state(state.pop("random"))
        self._loop.set_state(state)
        self._places.go_on_from(last)
        return step_of(last)

    def keep_if_due(self, step: int) -> None:
        """Keeps the state after this step, if the last that was kept is a few minutes old."""
        if self._places is None or time.monotonic() - self._saved < checkpoints.SECONDS:
            return
        with tempfile.TemporaryDirectory(prefix="loop-") as scratch:
            saved = Path(scratch) / f"checkpoint-{step}"
            saved.mkdir()
            tensors = {name: tensor.detach().contiguous() for name, tensor in self._loop.tensors().items()}
            save_file(tensors, saved / checkpoints.WEIGHTS)
            write_state(saved, self._loop.state() | {"random": _random_state()})
            self._places.keep(saved, step)
        self._saved = time.monotonic()


def _random_state() -> dict[str, Any]:
    return {"cpu": torch.get_rng_state(), "cuda": torch.cuda.get_rng_state() if torch.cuda.is_available() else None}


def _set_random_state(state: dict[str, Any]) -> None:
    torch.set_rng_state(state["cpu"])
    if state["cuda"] is not None and torch.cuda.is_available():
        torch.cuda.set_rng_state(state["cuda"])
