"""What the proxies are to break, and what they have seen."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.operations import Operation

FOR_EVER = 1_000_000


class Call(NamedTuple):
    """A request: its path and query, and the port that it came from."""

    target: str
    port: int


@dataclass
class Fault:
    """One thing that goes wrong at one call.

    Attributes:
        operation: that is broken.
        kind: how; the keys of `refusals.WAYS`, or one of `proxy.BREAKS`.
        task: only while this task runs; any if empty.
        skip: calls that go well before.
        times: calls that go wrong.
        rewrite: for kind `rewritten`: what becomes of the body of the answer.
        act: for kind `meanwhile`: what happens before the call is passed on; for `lost answer`: before the answer is.
        reached: how often it was carried out.
    """

    operation: Operation
    kind: str
    task: str = ""
    skip: int = 0
    times: int = 1
    rewrite: Callable[[bytes], bytes] | None = None
    act: Callable[[Call], None] | None = None
    reached: int = 0


@dataclass(frozen=True)
class Seen:
    """A call that came through."""

    task: str
    operation: Operation
    status: int
    body: bytes = field(repr=False, default=b"")
    pid: int = 0


class Board:
    """Shared by the proxies and the runner."""

    def __init__(self) -> None:
        self.task = ""
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._seen: list[Seen] = []

    def begin(self, faults: list[Fault]) -> None:
        """A new run, with these faults."""
        with self._lock:
            self._faults, self._seen, self.task = faults, [], ""

    def take(self, operation: Operation) -> Fault | None:
        """The fault that this call is to have, counted."""
        with self._lock:
            for fault in self._faults:
                if fault.operation != operation or fault.task not in ("", self.task):
                    continue
                if fault.skip:
                    fault.skip -= 1
                elif fault.reached < fault.times:
                    fault.reached += 1
                    return fault
        return None

    def note(self, operation: Operation, status: int, body: bytes) -> None:
        """Write down what the real service answered."""
        with self._lock:
            self._seen.append(Seen(self.task, operation, status, body))

    @property
    def seen(self) -> list[Seen]:
        """All calls that reached the real services since `begin`."""
        with self._lock:
            return list(self._seen)
