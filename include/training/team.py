"""The processes that train one model together, as one of them sees them; a job of one process is a team of one.

Rank 0, the first, does alone what is done once: it evaluates, prepares the pairs, keeps checkpoints and saves. The
others wait for it, and take part in the training.
"""

from __future__ import annotations

import contextlib
import datetime
import os
from typing import TYPE_CHECKING, Any, TypeVar

import torch
from torch import distributed

from .errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

T = TypeVar("T")

# Between two steps; a checkpoint is written in this time.
STEP = datetime.timedelta(minutes=30)
# While the first works alone: as long as a job may run. Its end is noticed at once.
ALONE = datetime.timedelta(days=5)
LOST = ("connection closed by peer", "connection reset by peer", "gloo", "nccl", "broken pipe")

_waiting: list[Any] = []


def rank() -> int:
    """Of this process; the first is 0."""
    return int(os.environ.get("RANK", 0))


def size() -> int:
    """How many train together."""
    return distributed.get_world_size() if distributed.is_initialized() else 1


def is_first() -> bool:
    """Whether this process does what is done once."""
    return rank() == 0


def processes_here() -> int:
    """How many of the team share this host's cores."""
    return int(os.environ.get("LOCAL_WORLD_SIZE", 1))


def hosts() -> int:
    """How many hosts the team is on."""
    return int(os.environ.get("WORLD_SIZE", 1)) // processes_here()


@contextlib.contextmanager
def joined() -> Iterator[None]:
    """Meets the others; nothing for a process that was started alone.

    Raises:
        TrainingError: another one ended before the work was done.
    """
    if "WORLD_SIZE" not in os.environ:
        yield
        return
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    distributed.init_process_group("cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo", timeout=STEP)
    _waiting.append(distributed.new_group(backend="gloo", timeout=ALONE))
    try:
        yield
        if distributed.is_initialized():
            # So that no host ends before the model is saved.
            distributed.barrier(group=_waiting[-1])
    except RuntimeError as error:
        if not distributed.is_initialized() or not any(said in str(error).lower() for said in LOST):
            raise
        raise TrainingError(
            f"Process {rank()} of {size()} lost another one, which ended first: the reason is in the log of that one's "
            "host, whose stream in CloudWatch is named after it."
        ) from error
    # After an error the process ends; to leave in order could wait for those who are gone.
    leave()


def leave() -> None:
    """Each goes on alone."""
    _waiting.clear()
    if distributed.is_initialized():
        distributed.destroy_process_group()


def from_first(compute: Callable[[], T]) -> T:
    """What the first process computes; the others wait for it."""
    if size() == 1:
        return compute()
    box: list[Any] = [compute() if is_first() else None]
    distributed.broadcast_object_list(box, src=0, group=_waiting[-1])
    computed: T = box[0]
    return computed


def of_all(value: T) -> list[T]:
    """The value of each process, by rank."""
    if size() == 1:
        return [value]
    found: list[Any] = [None] * size()
    distributed.all_gather_object(found, value, group=_waiting[-1])
    return found


def gather_file(path: Path) -> None:
    """Puts the others' files beside the first's own, which is of the same folder; each has a name of its own."""
    for name, content in of_all((path.name, path.read_bytes())):
        if is_first() and name != path.name:
            (path.parent / name).write_bytes(content)
