"""Forward passes that requests share."""

from __future__ import annotations

import contextlib
import math
import threading
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np

    from .backends import Backend
    from .windows import Window

# Under this a pass is so short that its overhead shows: two such share a core rather than take two.
LEAST_TOKENS = 64


class Ticket:
    """Windows on their way: what of them waits, and the logits of what was computed."""

    def __init__(self, windows: Sequence[Window], alone: bool) -> None:
        longest_first = sorted(range(len(windows)), key=lambda index: -len(windows[index].input_ids))
        self.windows, self.alone = windows, alone
        self.waiting = deque(longest_first)
        self._logits: list[np.ndarray | None] = [None] * len(windows)
        self._left = len(windows)
        self._done = threading.Event()
        self._error: Exception | None = None
        if not windows:
            self._done.set()

    def result(self) -> list[np.ndarray]:
        """The logits of each window, once all are there.

        Raises:
            Exception: what the backend raised.
        """
        self._done.wait()
        if self._error:
            raise self._error
        return [logits for logits in self._logits if logits is not None]

    def put(self, index: int, logits: np.ndarray) -> None:
        """Takes the logits of one window; called under the queue's lock."""
        self._logits[index] = logits
        self._left -= 1
        if not self._left:
            self._done.set()

    def fail(self, error: Exception) -> None:
        """Ends the wait with an error; called under the queue's lock."""
        self._error = error
        self.waiting.clear()
        self._done.set()


class PassQueue:
    """Workers that make forward passes of whatever windows wait, of one request or of many.

    A worker that is free takes what is there at once, as large a part as leaves the other workers theirs. While all
    are busy, requests gather by themselves. A worker waits for others only while one is known to be coming: it has
    entered, and its texts are being cut. So a client that is alone never waits.

    Args:
        backend: computes.
        workers: passes at the same time.
        threads: of all workers together.
        batch_tokens: most tokens of a pass, padding included; a longer window has one of its own.
        wait_seconds: longest wait for requests that are coming; 0: none, and no pass is shared.
    """

    def __init__(self, backend: Backend, workers: int, threads: int, batch_tokens: int, wait_seconds: float) -> None:
        self._backend, self._workers, self._cores = backend, workers, threads
        self._batch_tokens, self._wait_seconds = batch_tokens, wait_seconds
        self._tickets: deque[Ticket] = deque()
        self._changed = threading.Condition()
        self._arriving = self._busy = 0
        self._open = True
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(workers)]
        for thread in self._threads:
            thread.start()

    @contextlib.contextmanager
    def arriving(self) -> Iterator[None]:
        """While a request's texts are being cut."""
        with self._changed:
            self._arriving += 1
        try:
            yield
        finally:
            with self._changed:
                self._arriving -= 1
                self._changed.notify_all()

    def submit(self, windows: Sequence[Window], alone: bool = False) -> Ticket:
        """Windows to compute; their order does not matter to the result.

        Args:
            windows: of one request.
            alone: each in a pass of its own, on one thread: then their logits do not depend on anything else.
        """
        ticket = Ticket(windows, alone or self._backend.alone)
        with self._changed:
            if not self._open:
                raise RuntimeError("The highlighter is closed.")
            if windows:
                self._tickets.append(ticket)
            self._changed.notify_all()
        return ticket

    def close(self) -> None:
        """Ends the workers, after the passes that they are in; who still waits gets an error."""
        with self._changed:
            self._open = False
            while self._tickets:
                self._tickets.popleft().fail(RuntimeError("The highlighter was closed."))
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while taken := self._take():
            part, threads = taken
            try:
                logits = self._backend.run([ticket.windows[index] for ticket, index in part], threads)
            except Exception as error:  # whatever it is, it belongs to the requests of this pass
                self._finish(part, error)
            else:
                self._finish(part, logits)

    def _finish(self, part: list[tuple[Ticket, int]], outcome: list[np.ndarray] | Exception) -> None:
        with self._changed:
            self._busy -= 1
            if isinstance(outcome, Exception):
                for ticket in {id(ticket): ticket for ticket, _ in part}.values():
                    ticket.fail(outcome)
                return
            for (ticket, index), logits in zip(part, outcome, strict=True):
                ticket.put(index, logits)

    def _take(self) -> tuple[list[tuple[Ticket, int]], int] | None:
        """The windows of the next pass and its threads; None when the queue is closed."""
        with self._changed:
            while True:
                self._changed.wait_for(lambda: self._tickets or not self._open)
                if not self._open:
                    return None
                if self._wait_seconds and self._arriving and self._waiting_tokens() < self._batch_tokens:
                    self._changed.wait_for(lambda: not self._arriving or not self._open, self._wait_seconds)
                self._drop_empty()
                if self._tickets:
                    return self._next_pass()

    def _next_pass(self) -> tuple[list[tuple[Ticket, int]], int]:
        alone = self._tickets[0].alone
        part = self._fill(1 if alone else self._even_share())
        self._drop_empty()
        is_all_there_is = not self._busy and not self._tickets and not alone
        self._busy += 1
        return part, self._cores if is_all_there_is else max(1, self._cores // self._workers)

    def _fill(self, most_tokens: int) -> list[tuple[Ticket, int]]:
        """Windows of the first ticket, and of the others in turn while there is room."""
        part: list[tuple[Ticket, int]] = []
        tokens = longest = 0
        for _ in range(len(self._tickets) if self._wait_seconds else 1):
            ticket = self._tickets[0]
            if part and ticket.alone:
                break
            while ticket.waiting:
                length = len(ticket.windows[ticket.waiting[0]].input_ids)
                longest = max(longest, length)
                tokens = longest * (len(part) + 1) if self._backend.padded else tokens + length
                if part and tokens > most_tokens:
                    self._tickets.rotate(-1)
                    return part
                part.append((ticket, ticket.waiting.popleft()))
            self._tickets.rotate(-1)
        return part

    def _even_share(self) -> int:
        """Tokens of the next pass such that the workers that are free end what waits at about the same time.

        The last of them takes all that is left, if it fits: windows are whole, so shares are never quite even.
        """
        tokens, free = self._waiting_tokens(), self._workers - self._busy
        passes = math.ceil(tokens / self._batch_tokens)
        passes = math.ceil(passes / free) * free
        return min(self._batch_tokens, max(LEAST_TOKENS, math.ceil(tokens / passes)))

    def _waiting_tokens(self) -> int:
        return sum(len(ticket.windows[index].input_ids) for ticket in self._tickets for index in ticket.waiting)

    def _drop_empty(self) -> None:
        for _ in range(len(self._tickets)):
            if self._tickets[0].waiting:
                self._tickets.rotate(-1)
            else:
                self._tickets.popleft()
