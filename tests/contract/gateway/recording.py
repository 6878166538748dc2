"""Recorded exchanges, as the files hold them."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REMOTE = "127.0.0.1:9399"


@dataclass(frozen=True)
class Exchange:
    """One request and its recorded answer; `number` is its line, from 1."""

    file: str
    number: int
    name: str
    method: str
    path: str
    request: Any
    status: int
    content_type: str
    response: Any
    remote_calls: list[dict[str, Any]] = field(default_factory=list)

    @property
    def title(self) -> str:
        """How a report names it."""
        return f"{self.file}:{self.number} {self.name}"

    @property
    def only_asks(self) -> bool:
        """Whether it leaves everything as it is, apart from what predictions deploy."""
        return self.method == "GET" or self.path.partition("?")[0].endswith(("/_search", "/_predict"))

    def same_question(self, other: Exchange) -> bool:
        """Whether both are the same request under one name."""
        return (self.name, self.method, self.path, self.request) == (
            other.name,
            other.method,
            other.path,
            other.request,
        )


def load(file: Path) -> list[Exchange]:
    """The exchanges of one file, in order."""
    return [_exchange(file.stem, number, json.loads(line)) for number, line in enumerate(_lines(file), 1)]


def remote_address(exchanges: list[Exchange]) -> str:
    """Where the remote model listened: the `Host` that it was called by, else the usual one."""
    hosts = Counter(
        host
        for exchange in exchanges
        for call in exchange.remote_calls
        for name, host in call["headers"].items()
        if name.lower() == "host" and ":" in host
    )
    return hosts.most_common(1)[0][0] if hosts else REMOTE


def polls(exchanges: list[Exchange]) -> Iterator[list[Exchange]]:
    """The exchanges, those that ask the same question again and again taken together; also two that take turns.

    Only what changes nothing counts as a question: creating the same thing twice is two things.
    """
    at = 0
    while at < len(exchanges):
        length = max(_repeated(exchanges, at, period=1), _repeated(exchanges, at, period=2))
        period = 1 if length == _repeated(exchanges, at, period=1) else 2
        for first in range(period):
            yield exchanges[at + first : at + length : period]
        at += length


def _repeated(exchanges: list[Exchange], at: int, *, period: int) -> int:
    """How many exchanges from `at` on ask what was asked `period` before; two questions count if both come again."""
    end = at + period
    while end < len(exchanges) and exchanges[end].only_asks and exchanges[end].same_question(exchanges[end - period]):
        end += 1
    return end - at if period == 1 or end >= at + 2 * period else 1


def _lines(file: Path) -> list[str]:
    return [line for line in file.read_text("utf-8").splitlines() if line.strip()]


def _exchange(file: str, number: int, record: dict[str, Any]) -> Exchange:
    request, response = record["request"], record["response"]
    return Exchange(
        file=file,
        number=number,
        name=record["name"],
        method=request["method"],
        path=request["path"],
        request=request["body"],
        status=response["status"],
        content_type=response["content_type"],
        response=response["body"],
        remote_calls=record.get("remote_calls", []),
    )
