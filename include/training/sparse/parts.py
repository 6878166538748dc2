"""The states of documents as they are kept while the encoder reads: in parts that are written once.

A part is named by its first document and counts only if it is whole, so that one which the machine took with it ends
what is there, and the encoder reads on from there.
"""

from __future__ import annotations

import logging
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors.torch import load_file, save_file

from .. import checkpoints
from ..places import is_whole, keep_whole

if TYPE_CHECKING:
    from collections.abc import Sequence

logger = logging.getLogger(__name__)

STATES = "states.safetensors"
# Token ids and states of documents, a tensor each.
Kept = tuple[list[torch.Tensor], list[torch.Tensor]]


class StateParts:
    """Keeps what was read every few minutes.

    Args:
        folder: of this very training, see `checkpoints.folder_of`; None keeps nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder, self._saved = folder, time.monotonic()
        self._documents = 0

    def read(self) -> Kept:
        """The ids and states of the first documents, as far as they are kept whole."""
        ids: list[torch.Tensor] = []
        states: list[torch.Tensor] = []
        while self._folder and is_whole(self._place(len(ids))):
            part = load_file(self._place(len(ids)) / STATES)
            lengths = part["lengths"].tolist()
            ids += part["ids"].split(lengths)
            states += part["states"].split(lengths)
        self._documents = len(ids)
        if ids:
            logger.info("Interrupted before: the states of %d documents are kept.", len(ids))
        return ids, states

    def keep_if_due(self, ids: Sequence[torch.Tensor], states: Sequence[torch.Tensor]) -> None:
        """Keeps what was read since the last part, if that is a few minutes old.

        Args:
            ids: of all documents that were read, those kept included.
            states: theirs.
        """
        if time.monotonic() - self._saved >= checkpoints.SECONDS:
            self._keep(ids, states)

    def keep_rest(self, ids: Sequence[torch.Tensor], states: Sequence[torch.Tensor]) -> None:
        """Keeps the end as well, if the pass was long enough for a part: then none of it is done again."""
        if self._documents:
            self._keep(ids, states)

    def _keep(self, ids: Sequence[torch.Tensor], states: Sequence[torch.Tensor]) -> None:
        first, self._saved = self._documents, time.monotonic()
        if self._folder is None or first == len(ids):
            return
        with tempfile.TemporaryDirectory(prefix="states-") as scratch:
            place = self._place(first)
            saved = Path(scratch) / place.name
            saved.mkdir()
            lengths = torch.tensor([len(each) for each in ids[first:]])
            part = {"lengths": lengths, "ids": torch.cat(list(ids[first:])), "states": torch.cat(list(states[first:]))}
            save_file(part, saved / STATES)
            keep_whole(saved, place, len(ids))
        self._documents, self._saved = len(ids), time.monotonic()
        logger.info("Kept the states of documents %d to %d.", first + 1, len(ids))

    def _place(self, first: int) -> Path:
        return (self._folder or Path()) / f"states-{first}"
