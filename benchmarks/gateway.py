"""`python -m benchmarks.gateway`: what the gateway costs a plain search, alone and with many clients at once.

One stack of its own (`.local/bench`, or `$LOCAL_DIR`): the same search goes to OpenSearch itself and through the
gateway, in turns, so that whatever else the machine does meets both.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from benchmarks.services import PROJECT, running

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENTS = 2_000
WORDS = ["dog", "cat", "bird", "fish", "horse", "runs", "sleeps", "eats", "jumps", "swims", "fast", "slow", "often"]
INDEX = "/bench"
QUERY = json.dumps({"query": {"match": {"text": "dog runs fast"}}})
ROUNDS, PER_ROUND = 10, 100
CLIENTS, SECONDS, TURNS = 50, 20.0, 4
GOAL_MS = 3.0


class Load(NamedTuple):
    """What many clients met: milliseconds of every answer, and how many were no 200."""

    times_ms: list[float]
    errors: int


def main() -> None:
    """Print both comparisons; the exit status is 1 if a request failed or the goal was missed."""
    with _stack() as (direct, gateway):
        _index(direct)
        alone = {port: _alone(port, 200) for port in (direct, gateway)}  # warm
        alone = {port: [] for port in alone}
        for _ in range(ROUNDS):
            for port, times in alone.items():
                times += _alone(port, PER_ROUND)
        loads = {port: Load([], 0) for port in (direct, gateway)}
        for _ in range(TURNS):
            for port, load in loads.items():
                found = _many(port, SECONDS / TURNS)
                loads[port] = Load(load.times_ms + found.times_ms, load.errors + found.errors)
    added = statistics.median(alone[gateway]) - statistics.median(alone[direct])
    sys.stdout.write(_report(alone[direct], alone[gateway], added, loads[direct], loads[gateway]))
    raise SystemExit(added > GOAL_MS or loads[gateway].errors > 0)


def _report(direct: list[float], gateway: list[float], added: float, load: Load, through: Load) -> str:
    lines = [
        f"one client, plain search, median of n={len(direct)} each: direct {statistics.median(direct):.2f} ms, through "
        f"the gateway {statistics.median(gateway):.2f} ms: {added:.2f} ms more (goal: at most {GOAL_MS:g})",
        f"{CLIENTS} clients for {SECONDS:g} s each:",
        f"  direct           {_described(load)}",
        f"  through gateway  {_described(through)}",
    ]
    return "\n".join(lines) + "\n"


def _described(load: Load) -> str:
    cuts = statistics.quantiles(load.times_ms, n=20)
    return (
        f"{len(load.times_ms)} requests ({len(load.times_ms) / SECONDS:.0f} a second), {load.errors} errors, "
        f"p50 {statistics.median(load.times_ms):.1f} ms, p95 {cuts[-1]:.1f} ms"
    )


@contextlib.contextmanager
def _stack() -> Iterator[tuple[int, int]]:
    """The ports of an OpenSearch and of the gateway before it."""
    directory = Path(os.environ.get("LOCAL_DIR") or PROJECT / ".local" / "bench")
    with running(directory, "gateway") as urls:
        direct, gateway = (urlsplit(urls[name]).port or 0 for name in ("opensearch", "gateway"))
        yield direct, gateway


def _index(port: int) -> None:
    lines = []
    for number in range(DOCUMENTS):
        words = [WORDS[number * step % len(WORDS)] for step in (1, 3, 5, 7, 11, 13)]
        lines += [json.dumps({"index": {"_id": str(number)}}), json.dumps({"text": " ".join(words)})]
    connection = http.client.HTTPConnection("127.0.0.1", port)
    for method, path, body in (
        ("PUT", INDEX, json.dumps({"settings": {"number_of_shards": 1, "number_of_replicas": 0}})),
        ("POST", f"{INDEX}/_bulk?refresh=true", "\n".join([*lines, ""])),
        ("POST", f"{INDEX}/_forcemerge?max_num_segments=1", ""),
    ):
        connection.request(method, path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        if answer.status >= 300:
            raise SystemExit(f"{method} {path} was answered with {answer.status}")
    connection.close()


def _alone(port: int, count: int) -> list[float]:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    times = [_ask(connection)[0] for _ in range(count)]
    connection.close()
    return times


def _many(port: int, seconds: float) -> Load:
    deadline = time.monotonic() + seconds

    def client(_: int) -> list[tuple[float, int]]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        asked = []
        while time.monotonic() < deadline:
            asked.append(_ask(connection))
        connection.close()
        return asked

    with ThreadPoolExecutor(CLIENTS) as pool:
        asked = [one for many in pool.map(client, range(CLIENTS)) for one in many]
    return Load([ms for ms, _ in asked], sum(status != 200 for _, status in asked))


def _ask(connection: http.client.HTTPConnection) -> tuple[float, int]:
    """Milliseconds and status of one search; 0 is no answer at all."""
    started = time.perf_counter()
    try:
        connection.request("POST", f"{INDEX}/_search", QUERY, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        status = answer.status
    except (OSError, http.client.HTTPException):
        connection.close()
        status = 0
    return (time.perf_counter() - started) * 1000, status


if __name__ == "__main__":
    main()
