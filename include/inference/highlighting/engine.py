"""From the items of a request to the highlights of each."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

from .answers import spans
from .margins import is_certain
from .scores import choose, sentence_probabilities

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np

    from .answers import Highlight
    from .classifier import Options
    from .queue import PassQueue, Ticket
    from .requests import Item
    from .windows import Document, Windower

# Characters that are cut at once. A token takes some 200 bytes while it is cut and 16 afterwards, so this bounds
# memory; and the first windows are computed while the next are cut.
CUT_CHARACTERS = 65_536


class Engine:
    """Highlights; safe to call from several threads, which then share forward passes.

    The same item gives the same highlights whatever else is in its request, and whatever other requests there are. A
    forward pass over other windows may differ in its last bits, so a document for which a difference of `tolerance`
    in a logit could change what is chosen is computed once more, each window alone on one thread. That answer is the
    document's own, and every other document is too far from a threshold for the difference to matter.

    Args:
        windower: cuts texts.
        queue: computes windows.
        options: thresholds.
        tolerance: of a logit.
        cutters: requests whose texts are cut at the same time.
    """

    def __init__(
        self, windower: Windower, queue: PassQueue, options: Options, tolerance: float = 0.0, cutters: int = 1
    ) -> None:
        self.tolerance = tolerance
        self._windower, self._queue, self._options = windower, queue, options
        self._cutting = threading.Semaphore(cutters)

    def highlight(self, items: Sequence[Item | None]) -> list[list[Highlight]]:
        """The highlights of each item, in their order; none for None."""
        highlights: list[list[Highlight]] = [[] for _ in items]
        pending: deque[tuple[list[int], list[Document], Ticket]] = deque()
        for part in _parts(items):
            documents, ticket = self._start([items[index] for index in part])
            pending.append((part, documents, ticket))
            if len(pending) > 1:
                self._end(*pending.popleft(), items, highlights)
        while pending:
            self._end(*pending.popleft(), items, highlights)
        return highlights

    def logits(self, documents: Sequence[Document], alone: bool = False) -> list[list[np.ndarray]]:
        """The logits of each document's windows; the forward passes and nothing else, so the floor of a benchmark."""
        return _regroup(documents, self._submit(documents, alone).result())

    def _start(self, items: Sequence[Item | None]) -> tuple[list[Document], Ticket]:
        with self._queue.arriving():
            with self._cutting:
                documents = self._windower.cut([(item.question, item.context) for item in items if item])
            return documents, self._submit(documents)

    def _submit(self, documents: Sequence[Document], alone: bool = False) -> Ticket:
        return self._queue.submit([window for document in documents for window in document.windows], alone)

    def _end(
        self,
        part: list[int],
        documents: Sequence[Document],
        ticket: Ticket,
        items: Sequence[Item | None],
        highlights: list[list[Highlight]],
    ) -> None:
        found = self._probabilities(documents, ticket)
        for index, document, probabilities in zip(part, documents, found, strict=True):
            chosen = choose(probabilities, self._options.threshold, self._options.fallback_threshold)
            item = items[index]
            highlights[index] = spans(item.context, document.sentences, chosen) if item else []

    def _probabilities(self, documents: Sequence[Document], ticket: Ticket) -> list[np.ndarray]:
        logits = _regroup(documents, ticket.result())
        found = [sentence_probabilities(document, rows) for document, rows in zip(documents, logits, strict=True)]
        close = [
            index
            for index, probabilities in enumerate(found)
            if not ticket.alone and not is_certain(probabilities, self._options, self.tolerance)
        ]
        again = self.logits([documents[index] for index in close], alone=True)
        for index, rows in zip(close, again, strict=True):
            found[index] = sentence_probabilities(documents[index], rows)
        return found


def _parts(items: Sequence[Item | None]) -> Iterator[list[int]]:
    part: list[int] = []
    characters = 0
    for index, item in enumerate(items):
        if item is None:
            continue
        length = len(item.context) + len(item.question)
        if part and characters + length > CUT_CHARACTERS:
            yield part
            part, characters = [], 0
        part.append(index)
        characters += length
    if part:
        yield part


def _regroup(documents: Sequence[Document], logits: list[np.ndarray]) -> list[list[np.ndarray]]:
    rows = iter(logits)
    return [[next(rows) for _ in document.windows] for document in documents]
