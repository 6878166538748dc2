from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from include.inference.highlighting.queue import PassQueue
from include.inference.highlighting.windows import Window

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Doubling:
    """A backend that doubles token ids, remembers its passes and can be held."""

    name, device, padded = "doubling", "cpu", False

    def __init__(self) -> None:
        self.alone = False
        self.passes: list[list[int]] = []
        self.threads: list[int] = []
        self.free = threading.Event()
        self.free.set()

    def run(self, windows: Sequence[Window], threads: int) -> list[np.ndarray]:
        self.passes.append([len(window.input_ids) for window in windows])
        self.threads.append(threads)
        assert self.free.wait(10)
        if any(window.input_ids[0] < 0 for window in windows):
            raise ArithmeticError("a negative id")
        return [window.input_ids * 2.0 for window in windows]


def windows(*lengths: int, first: int = 1) -> list[Window]:
    return [Window(0, np.arange(first, first + length), 1, np.zeros(length, dtype=np.int64)) for length in lengths]


@pytest.fixture
def backend() -> Doubling:
    return Doubling()


@pytest.fixture
def queue(backend: Doubling) -> Iterator[PassQueue]:
    queue = PassQueue(backend, workers=1, threads=1, batch_tokens=1_000, wait_seconds=0.005)
    yield queue
    backend.free.set()
    queue.close()


def wait_until(condition: object) -> None:
    deadline = time.monotonic() + 10
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        threading.Event().wait(0.001)


def test_queue_result_is_in_the_order_of_the_windows(queue: PassQueue) -> None:
    found = queue.submit(windows(3, 9, 1, 5)).result()
    assert [logits.tolist() for logits in found] == [[2.0 * i for i in range(1, n + 1)] for n in (3, 9, 1, 5)]


def test_queue_nothing_gives_nothing(queue: PassQueue) -> None:
    assert queue.submit([]).result() == []


def test_queue_pass_stays_within_its_tokens_and_takes_the_longest_first(queue: PassQueue, backend: Doubling) -> None:
    queue.submit(windows(*[300] * 5, 1_500, 10)).result()
    assert backend.passes[0] == [1_500]
    assert all(sum(lengths) <= 1_000 for lengths in backend.passes[1:])


def test_queue_padded_backend_counts_the_padding(backend: Doubling) -> None:
    backend.padded = True
    queue = PassQueue(backend, 1, 1, 1_000, 0.005)
    queue.submit(windows(500, *[10] * 20)).result()
    queue.close()
    assert all(max(lengths) * len(lengths) <= 1_000 for lengths in backend.passes)


def test_queue_busy_worker_requests_gather_and_share_a_pass(queue: PassQueue, backend: Doubling) -> None:
    backend.free.clear()
    first = queue.submit(windows(100))
    wait_until(lambda: backend.passes)
    others = [queue.submit(windows(50, first=n)) for n in range(2, 6)]
    backend.free.set()
    first.result()
    assert [int(other.result()[0][0]) for other in others] == [4, 6, 8, 10]
    assert backend.passes == [[100], [50, 50, 50, 50]]


def test_queue_without_wait_never_shares_a_pass(backend: Doubling) -> None:
    queue = PassQueue(backend, 1, 1, 1_000, 0)
    backend.free.clear()
    tickets = [queue.submit(windows(50, 50)) for _ in range(4)]
    backend.free.set()
    for ticket in tickets:
        ticket.result()
    queue.close()
    assert backend.passes == [[50, 50]] * 4


def test_queue_worker_waits_for_a_request_that_is_coming(backend: Doubling) -> None:
    queue = PassQueue(backend, 1, 1, 1_000, wait_seconds=10)
    with queue.arriving():
        first = queue.submit(windows(50))
        assert backend.passes == []
        second = queue.submit(windows(60))
    first.result(), second.result()
    queue.close()
    assert backend.passes == [[50, 60]]


def test_queue_request_that_never_comes_holds_nobody_up_for_long(queue: PassQueue) -> None:
    with queue.arriving():
        assert len(queue.submit(windows(50)).result()) == 1


def test_queue_client_that_is_alone_does_not_wait(backend: Doubling) -> None:
    queue = PassQueue(backend, 1, 1, 1_000, wait_seconds=10)
    started = time.monotonic()
    queue.submit(windows(50)).result()
    assert time.monotonic() - started < 5
    queue.close()


def test_queue_small_request_does_not_wait_for_all_of_a_large_one(queue: PassQueue, backend: Doubling) -> None:
    backend.free.clear()
    large = queue.submit(windows(*[500] * 20))
    wait_until(lambda: backend.passes)
    small = queue.submit(windows(30))
    backend.free.set()
    large.result(), small.result()
    assert 30 in backend.passes[1] + backend.passes[2]


def test_queue_alone_gives_every_window_its_own_pass(queue: PassQueue, backend: Doubling) -> None:
    queue.submit(windows(10, 20, 30), alone=True).result()
    assert backend.passes == [[30], [20], [10]]


def test_queue_two_workers_share_what_one_request_brings(backend: Doubling) -> None:
    queue = PassQueue(backend, workers=2, threads=2, batch_tokens=1_000, wait_seconds=0.005)
    backend.free.clear()
    ticket = queue.submit(windows(*[100] * 10))
    wait_until(lambda: len(backend.passes) == 2)
    assert backend.passes == [[100] * 5, [100] * 5]
    assert backend.threads[0] == 1
    backend.free.set()
    ticket.result()
    queue.submit(windows(100)).result()
    queue.close()
    assert backend.threads[-1] == 2


def test_queue_error_reaches_who_shared_the_pass_and_nobody_else(queue: PassQueue) -> None:
    with pytest.raises(ArithmeticError, match="negative"):
        queue.submit(windows(5, first=-1)).result()
    assert len(queue.submit(windows(5)).result()) == 1


def test_queue_closed_says_so_to_who_waits(backend: Doubling) -> None:
    queue = PassQueue(backend, 1, 1, 1_000, 0.005)
    backend.free.clear()
    running = queue.submit(windows(5))
    wait_until(lambda: backend.passes)
    waiting = queue.submit(windows(5))
    closing = threading.Thread(target=queue.close)
    closing.start()
    with pytest.raises(RuntimeError, match="closed"):
        waiting.result()
    backend.free.set()
    closing.join()
    assert len(running.result()) == 1
    with pytest.raises(RuntimeError, match="closed"):
        queue.submit(windows(5))
