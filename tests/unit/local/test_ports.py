from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from local.ports import HOST, assign, free_port, is_free

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_is_free_port_with_listener_false(taken: int) -> None:
    assert not is_free(taken)


def test_free_port_next_to_taken_ones_is_another_and_can_be_bound() -> None:
    first = free_port()
    second = free_port({first})
    assert first != second
    assert is_free(second)


def test_assign_nothing_known_gives_every_name_its_own_port() -> None:
    ports = assign(["a", "b", "c"], {})
    assert len(set(ports.values())) == 3


def test_assign_known_port_still_free_is_kept() -> None:
    known = {"a": free_port()}
    assert assign(["a"], known) == known


def test_assign_known_port_taken_by_another_program_is_replaced(taken: int) -> None:
    assert assign(["a"], {"a": taken})["a"] != taken


def test_assign_known_port_on_which_our_own_service_listens_is_kept(taken: int) -> None:
    assert assign(["a"], {"a": taken}, in_use=["a"]) == {"a": taken}


def test_assign_two_names_with_the_same_known_port_parts_them() -> None:
    port = free_port()
    ports = assign(["a", "b"], {"a": port, "b": port})
    assert ports["a"] == port != ports["b"]
