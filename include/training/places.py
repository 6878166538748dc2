"""Where a training keeps its checkpoints: in two places by turns, and one counts only if it is whole.

SageMaker keeps the folder and S3 alike while the job runs, file by file, and copies it back before an interrupted job
is started again. What it copied may be half of a checkpoint, or of two: so each lists the SHA-256 of its files, and the
one before stays until the next is whole (docs/decisions/021).
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

logger = logging.getLogger(__name__)

PLACES = ("one", "other")
LIST = "checkpoint.json"


class Places:
    """The two places of one training.

    Args:
        folder: of this very training; made when there is something to keep.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._next = folder, PLACES[0]

    def last(self) -> Path | None:
        """The last checkpoint that is whole; None to start at the beginning."""
        found = sorted((self._folder / place for place in PLACES), key=step_of, reverse=True)
        return next(filter(is_whole, found), None)

    def go_on_from(self, checkpoint: Path) -> None:
        """Spares this one when the next is kept."""
        self._next = next(place for place in PLACES if place != checkpoint.name)
        logger.info("Interrupted before: the training goes on after step %d.", step_of(checkpoint))

    def keep(self, saved: Path, step: int) -> None:
        """Moves the folder `saved` to where the checkpoint before the last one was."""
        keep_whole(saved, self._folder / self._next, step)
        self._next = PLACES[1 - PLACES.index(self._next)]
        logger.info("Checkpoint after step %d.", step)


def keep_whole(saved: Path, place: Path, step: int) -> None:
    """Moves a folder to `place`, instead of what is there, with the list by which `is_whole` knows it."""
    (saved / LIST).write_text(json.dumps({"step": step, "files": _digests(saved)}), "utf-8")
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(place, ignore_errors=True)
    shutil.move(saved, place)


def step_of(checkpoint: Path) -> int:
    """The step after which it was saved; 0 if it does not tell."""
    return int(_listed(checkpoint).get("step", 0))


def is_whole(checkpoint: Path) -> bool:
    """Whether every file is the one that it was saved with."""
    listed = _listed(checkpoint)
    return bool(listed) and listed["files"] == _digests(checkpoint)


def _listed(checkpoint: Path) -> dict[str, Any]:
    """What the checkpoint tells of itself; nothing if it is not there, or cut off."""
    try:
        return dict(json.loads((checkpoint / LIST).read_text("utf-8")))
    except (FileNotFoundError, ValueError):
        return {}


def _digests(checkpoint: Path) -> dict[str, str]:
    found = {}
    for path in sorted(checkpoint.iterdir()):
        if path.is_file() and path.name != LIST:
            with path.open("rb") as file:
                found[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
    return found
