from __future__ import annotations

import os
import signal
from dataclasses import replace
from typing import TYPE_CHECKING

import psutil
import pytest

from local.processes import Identity, find, uninterrupted

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def myself() -> Identity:
    return Identity(os.getpid(), psutil.Process().create_time())


def test_find_process_that_runs_returns_it(myself: Identity) -> None:
    process = find(myself)
    assert process
    assert process.pid == os.getpid()


def test_find_number_that_belongs_to_another_process_by_now_returns_none(myself: Identity) -> None:
    assert find(replace(myself, created=myself.created - 60)) is None


def test_find_number_that_nobody_has_returns_none() -> None:
    assert find(Identity(2**22 + 1, 0.0)) is None


@pytest.fixture
def _ctrl_c_interrupts() -> Iterator[None]:
    """A shell's background job inherits that it is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_ctrl_c_interrupts")
def test_uninterrupted_ctrl_c_within_the_block_comes_after_its_end() -> None:
    reached = False
    with pytest.raises(KeyboardInterrupt), uninterrupted():
        os.kill(os.getpid(), signal.SIGINT)
        reached = True
    assert reached


def test_uninterrupted_without_signal_leaves_the_handlers_as_they_were() -> None:
    before = signal.getsignal(signal.SIGINT)
    with uninterrupted():
        pass
    assert signal.getsignal(signal.SIGINT) is before
