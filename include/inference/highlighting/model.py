"""A highlighter, loaded and ready."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

import transformers

from ..hardware import cores
from .backends import BATCH_TOKENS, load_backend
from .calibration import measured_tolerance
from .classifier import CONFIG, load_tokenizer, read_options
from .engine import Engine
from .queue import PassQueue
from .sentences import SentencexSplitter
from .windows import Windower

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from .answers import Highlight
    from .classifier import Options
    from .requests import Item
    from .sentences import SentenceSplitter
    from .serving import Serving


class Highlighter:
    """The model of a folder with what serves it.

    Args:
        folder: root of model.tar.gz, unpacked.
        serving: how it is served.
        splitter: finds sentences; the rules of the model's language unless told.

    Raises:
        ValueError: the folder's files do not fit what is asked for.

    Attributes:
        windower: cuts texts.
        engine: computes; `engine.logits` is the floor that a benchmark compares with.
        description: what runs, for the log and for reports.
    """

    def __init__(self, folder: Path, serving: Serving, splitter: SentenceSplitter | None = None) -> None:
        transformers.utils.logging.disable_progress_bar()
        options = _options(folder)
        backend = load_backend(folder, serving)
        workers = serving.workers or (cores() if backend.device == "cpu" else 1)
        batch_tokens = serving.batch_tokens or BATCH_TOKENS[backend.device]
        self.windower = Windower(
            load_tokenizer(folder),
            splitter or SentencexSplitter(options.language),
            options.max_tokens,
            options.overlap_tokens,
        )
        self._queue = PassQueue(backend, workers, max(workers, cores()), batch_tokens, serving.batch_wait_ms / 1_000)
        self.engine = Engine(self.windower, self._queue, options, cutters=cores())
        self.engine.tolerance, difference = measured_tolerance(self.engine, self.windower)
        self.description = (
            f"backend={backend.name!r} device={backend.device} workers={workers} batch_tokens={batch_tokens} "
            f"tolerance={self.engine.tolerance:.3g} difference={difference:.3g}"
        )

    def highlight(self, items: Sequence[Item | None]) -> list[list[Highlight]]:
        """The highlights of each item, in their order; none for None."""
        return self.engine.highlight(items)

    def close(self) -> None:
        """Ends the threads that compute."""
        self._queue.close()


def _options(folder: Path) -> Options:
    """The folder's options, its windows not longer than the encoder has positions."""
    options = read_options(folder)
    config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    positions = config.get("max_position_embeddings") or options.max_tokens
    return dataclasses.replace(options, max_tokens=min(options.max_tokens, positions))
