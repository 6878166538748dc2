"""Sending the texts of one request to one model, so that every answer that can be had is had.

What is done with a failed batch:

| fault | done |
|---|---|
| the model cannot be called at all | nothing more is sent |
| too many calls (429, 503) | repeated after 0.2, 0.6 and 1.8 s, then its texts failed |
| too large (413) | halved; no batch of this model will be larger than half of it again |
| the model takes no batches | single calls, now and from now on |
| else | halved until the text to blame is alone; that is tried as a single call before it counts as failed |

Where all texts of a failed batch succeed in smaller ones, the next batches are smaller too, and grow again if they are
quick. As long as nobody knows whether the model takes batches at all, one text of a failed batch is sent as a batch of
one and then as a single call: if only the latter succeeds, and does so twice, the model takes none.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from include.highlighting.errors import Fault, ModelCallError, OutOfTimeError, SpanError
from include.highlighting.items import ItemResult
from include.highlighting.sizes import WorkQueue
from include.highlighting.spans import checked_spans

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from include.highlighting.answers import ItemAnswer
    from include.highlighting.deadline import Deadline
    from include.highlighting.items import HighlightingItem
    from include.highlighting.metrics import Counting
    from include.highlighting.model import Model
    from include.highlighting.sizes import BatchState

T = TypeVar("T")

# Seconds before a throttled call is repeated.
PAUSES = (0.2, 0.6, 1.8)
PROBES = 3
# Texts in a row that fail before a model is given up, where none, or where some of its answers were good.
PATIENCE_NEVER_GOOD = 8
PATIENCE = 25
# A call that was throttled to the end has waited long enough to count for several.
THROTTLED_WEIGHT = 4


@dataclass(frozen=True)
class CallOptions:
    """How a model is called.

    Attributes:
        use_batch: several texts a call, where the model takes that.
        max_concurrency: calls at the same time.
        call_timeout: of one call, in seconds.
    """

    use_batch: bool = False
    max_concurrency: int = 2
    call_timeout: float = 10.0


class Dispatch:
    """One request to one model.

    Args:
        model: that answers.
        state: what is known of how it takes batches.
        options: how it is called.
        deadline: when what is there has to do.
        counting: of calls.
    """

    def __init__(
        self, model: Model, state: BatchState, options: CallOptions, deadline: Deadline, counting: Counting
    ) -> None:
        self._model, self._state, self._options = model, state, options
        self._deadline, self._counting = deadline, counting
        self._results: dict[str, ItemResult] = {}
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._verdict = f"The request's time limit of {deadline.seconds:g} s came before the model's answer."
        self._in_a_row, self._was_good, self._failures, self._probes = 0, False, 0, 0

    def run(self, items: list[HighlightingItem]) -> dict[str, ItemResult]:
        """What came of each item until the deadline, by its id.

        Args:
            items: with an id of their own each.
        """
        queue, workers = WorkQueue(items), min(self._options.max_concurrency, len(items))
        pool = ThreadPoolExecutor(max(1, workers), thread_name_prefix="highlight")
        futures = [pool.submit(self._work, queue) for _ in range(workers)]
        done = wait(futures, timeout=self._deadline.remaining).done
        self._ended.set()
        # A call that is still under way ends by its own timeout, which is not after the deadline.
        pool.shutdown(wait=False, cancel_futures=True)
        for future in done:
            future.result()
        with self._lock:
            found = dict(self._results)
        return {item.document_id: found.get(item.document_id) or self._unasked(item) for item in items}

    def _unasked(self, item: HighlightingItem) -> ItemResult:
        return ItemResult(item.document_id, failure=self._verdict)

    @property
    def _batches(self) -> bool:
        return self._options.use_batch and self._model.info.takes_batches and self._state.takes_batches is not False

    def _work(self, queue: WorkQueue) -> None:
        while not self._ended.is_set():
            size = self._state.size if self._batches else 1
            items = queue.take(size, self._state.limits.max_characters)
            if not items:
                return
            try:
                self._ask(items)
            except OutOfTimeError:
                return

    def _ask(self, items: Sequence[HighlightingItem]) -> None:
        if not self._batches:
            for item in items:
                self._ask_singly(item)
            return
        try:
            self._ask_batch(items)
        except ModelCallError as error:
            self._recover(items, error)

    def _ask_batch(self, items: Sequence[HighlightingItem]) -> None:
        pairs = [(item.question, item.context) for item in items]
        started = time.monotonic()
        answers = self._called(lambda timeout: self._model.batch(pairs, timeout), "batch_calls")
        self._state.took(len(items), time.monotonic() - started)
        for item, answer in zip(items, answers, strict=True):
            self._answered(item, answer)

    def _ask_singly(self, item: HighlightingItem) -> bool:
        """Whether there was an answer."""
        try:
            answer = self._called(
                lambda timeout: self._model.single(item.question, item.context, timeout), "single_calls"
            )
        except ModelCallError as error:
            self._failed([item], error)
            return False
        self._answered(item, answer)
        return True

    def _recover(self, items: Sequence[HighlightingItem], error: ModelCallError) -> None:
        if error.fault in (Fault.FATAL, Fault.THROTTLED):
            self._failed(items, error)
        elif error.fault is Fault.NO_BATCH:
            self._learn_against_batches(certain=True)
            for item in items:
                self._ask_singly(item)
        elif len(items) == 1:
            self._last_resort(items[0], error)
        else:
            self._ask_in_halves(items, error)

    def _ask_in_halves(self, items: Sequence[HighlightingItem], error: ModelCallError) -> None:
        if error.fault is Fault.TOO_LARGE:
            self._state.was_too_large(len(items))
        elif self._state.takes_batches is None and self._probes < PROBES:
            self._probes += 1
            self._ask(items[:1])
            items = items[1:]
        self._counting.add(halvings=1)
        middle, failures = (len(items) + 1) // 2, self._failures
        for half in (items[:middle], items[middle:]):
            if half:
                self._ask(half)
        if failures == self._failures:
            self._state.did_better_in_halves(len(items))

    def _last_resort(self, item: HighlightingItem, error: ModelCallError) -> None:
        if error.fault in (Fault.TOO_LARGE, Fault.TIMEOUT):
            self._failed([item], error)
        elif self._ask_singly(item) and self._state.takes_batches is None:
            self._learn_against_batches(certain=False)

    def _learn_against_batches(self, certain: bool) -> None:
        self._state.spoke_against_batches(certain)
        self._counting.add(fallbacks=1)

    def _called(self, call: Callable[[float], T], kind: str) -> T:
        for pause in PAUSES:
            try:
                return self._timed(call, kind)
            except ModelCallError as error:
                if error.fault is not Fault.THROTTLED:
                    raise
            self._counting.add(retries=1)
            if self._ended.wait(pause):
                break
        return self._timed(call, kind)

    def _timed(self, call: Callable[[float], T], kind: str) -> T:
        timeout = min(self._options.call_timeout, self._deadline.remaining)
        if self._ended.is_set() or timeout <= 0:
            raise OutOfTimeError(self._verdict)
        started = time.monotonic()
        try:
            return call(timeout)
        finally:
            self._counting.add(**{kind: 1, "call_seconds": time.monotonic() - started})

    def _answered(self, item: HighlightingItem, answer: ItemAnswer) -> None:
        with self._lock:
            self._in_a_row, self._was_good = 0, True
            self._results[item.document_id] = _result(item, answer)

    def _failed(self, items: Sequence[HighlightingItem], error: ModelCallError) -> None:
        with self._lock:
            for item in items:
                self._results[item.document_id] = ItemResult(item.document_id, failure=str(error))
            self._failures += len(items)
            self._in_a_row += THROTTLED_WEIGHT if error.fault is Fault.THROTTLED else 1
            patience = PATIENCE if self._was_good else PATIENCE_NEVER_GOOD
            if error.fault is Fault.FATAL:
                self._verdict = str(error)
            elif self._in_a_row >= patience:
                self._verdict = f"The model was given up after failures in a row, the last: {error}"
            else:
                return
        self._ended.set()


def _result(item: HighlightingItem, answer: ItemAnswer) -> ItemResult:
    if answer.error is not None:
        return ItemResult(item.document_id, failure=f"The model refused this text: {answer.error}")
    try:
        checked = checked_spans(answer.spans, item.context)
    except SpanError as error:
        return ItemResult(item.document_id, failure=str(error))
    return ItemResult(item.document_id, checked.spans, warning=checked.warning)
