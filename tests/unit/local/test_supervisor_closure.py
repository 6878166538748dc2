from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from local import LocalError
from local.supervisor import Service, closure

if TYPE_CHECKING:
    from collections.abc import Callable


def service(name: str, needs: tuple[str, ...] = (), uses: tuple[str, ...] = ()) -> Service:
    return Service(name=name, command=("true",), directory=Path("/"), needs=needs, uses=uses)


def makers(*services: Service) -> dict[str, Callable[[], Service]]:
    return {it.name: lambda it=it: it for it in services}


STACK = makers(
    service("web", needs=("gateway",), uses=("queue",)),
    service("gateway", needs=("store",)),
    service("store"),
    service("queue"),
    service("unrelated"),
)


def test_closure_of_one_name_brings_all_it_needs_before_it_and_what_it_uses() -> None:
    names = [it.name for it in closure(STACK, ["web"])]
    assert names == ["store", "gateway", "web", "queue"]


def test_closure_name_given_twice_and_needed_too_comes_once() -> None:
    names = [it.name for it in closure(STACK, ["store", "gateway", "store"])]
    assert names == ["store", "gateway"]


def test_closure_of_services_that_use_each_other_ends() -> None:
    pair = makers(service("a", uses=("b",)), service("b", uses=("a",)))
    assert {it.name for it in closure(pair, ["a"])} == {"a", "b"}


def test_closure_unknown_name_says_which_there_are() -> None:
    with pytest.raises(LocalError, match=r"no service 'wbe' here\. Services: web, gateway, store"):
        closure(STACK, ["wbe"])


def test_closure_makes_only_what_is_wanted() -> None:
    def costly() -> Service:
        raise AssertionError("made although nobody wants it")

    assert closure({**STACK, "costly": costly}, ["store"])


@pytest.mark.parametrize(
    "change",
    [{"command": ("false",)}, {"environment": {"A": "1"}}, {"directory": Path("/usr")}],
    ids=["command", "environment", "directory"],
)
def test_digest_of_changed_settings_differs(change: dict[str, object]) -> None:
    before = service("web")
    assert replace(before, **change).digest() != before.digest()


def test_digest_of_the_same_settings_in_another_order_is_the_same() -> None:
    one = replace(service("web"), environment={"A": "1", "B": "2"})
    two = replace(service("web"), environment={"B": "2", "A": "1"})
    assert one.digest() == two.digest()
