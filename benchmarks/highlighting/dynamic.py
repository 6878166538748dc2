"""Part c: 16 clients that send single calls, to an endpoint with dynamic batching and to two without, in turns.

Without it there are two ways to serve: as many requests at the same time as there are cores, each on one core (`off`,
what the handler does when sharing is switched off), and one request after the other, each on all cores, as a plain
handler serves (`one_at_a_time`).
"""

from __future__ import annotations

import http.client
import json
import logging
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from benchmarks.highlighting.stack import REGION, endpoint_url, remove, serve
from include.benchmark.statistics import ratio_of_medians

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.highlighting.stack import Stack

log = logging.getLogger(__name__)

OFF = {"SERVING_BATCH_WAIT_MS": "0"}
SYSTEMS: dict[str, dict[str, str]] = {"dynamic": {}, "off": OFF, "one_at_a_time": {**OFF, "SERVING_WORKERS": "1"}}
CLIENTS, CALLS_ALONE, LEAST_ROUNDS = 16, 20, 5
TURN_SECONDS = 4.0
# The stand-in reads who asks from the signature and checks no more, so that signing costs the clients nothing.
SIGNATURE = (
    f"AWS4-HMAC-SHA256 Credential=local/20260101/{REGION}/sagemaker/aws4_request, SignedHeaders=host, "
    f"Signature={'0' * 64}"
)


class Endpoint:
    """Calls one endpoint; each thread with a connection of its own.

    Args:
        stack: that it runs in.
        name: of the endpoint.
        bodies: single requests that are sent in turn.
    """

    def __init__(self, stack: Stack, name: str, bodies: Sequence[str]) -> None:
        parts = urlsplit(endpoint_url(stack, name))
        self._host, self._port, self._path = str(parts.hostname), int(parts.port or 80), parts.path
        self._bodies = bodies

    def many(self, seconds: float) -> float:
        """Documents a second that 16 clients get."""
        deadline = time.monotonic() + seconds
        began = time.perf_counter()
        with ThreadPoolExecutor(CLIENTS) as pool:
            counts = list(pool.map(lambda first: self._until(deadline, first), range(CLIENTS)))
        return sum(counts) / (time.perf_counter() - began)

    def alone(self, calls: int) -> list[float]:
        """Milliseconds of calls of one client."""
        connection, times = self._connect(), []
        for number in range(calls):
            started = time.perf_counter()
            self._ask(connection, number)
            times.append((time.perf_counter() - started) * 1000)
        connection.close()
        return times

    def _until(self, deadline: float, first: int) -> int:
        connection, asked = self._connect(), 0
        while time.monotonic() < deadline:
            self._ask(connection, first + CLIENTS * asked)
            asked += 1
        connection.close()
        return asked

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self._host, self._port, timeout=120)

    def _ask(self, connection: http.client.HTTPConnection, number: int) -> None:
        headers = {"Content-Type": "application/json", "Authorization": SIGNATURE}
        body = self._bodies[number % len(self._bodies)].encode()
        connection.request("POST", self._path, body, headers)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise SystemExit(f"The endpoint answered {answer.status}: {text[:300]!r}")


def _name(system: str) -> str:
    return f"bench-{system.replace('_', '-')}"


def dynamic(stack: Stack, model: Path, work: dict[str, Any], seconds: float, quick: bool) -> dict[str, Any]:
    """Documents a second of 16 clients, and the P50 of one, with and without dynamic batching, for short documents."""
    texts, questions = work["texts"]["short"], work["questions"]
    bodies = [json.dumps({"question": questions[n % 20], "context": text}) for n, text in enumerate(texts)]
    for system, variables in SYSTEMS.items():
        serve(stack, model, _name(system), variables)
    endpoints = {system: Endpoint(stack, _name(system), bodies) for system in SYSTEMS}
    rates: dict[str, list[float]] = {system: [] for system in SYSTEMS}
    alone: dict[str, list[float]] = {system: [] for system in SYSTEMS}
    for endpoint in endpoints.values():
        endpoint.many(1.0)
    began, rounds = time.monotonic(), 0
    while rounds < (2 if quick else LEAST_ROUNDS) or time.monotonic() - began < seconds:
        for system in sorted(SYSTEMS, reverse=bool(rounds % 2)):
            rates[system].append(endpoints[system].many(1.0 if quick else TURN_SECONDS))
            alone[system] += endpoints[system].alone(CALLS_ALONE)
        rounds += 1
        log.info(
            "Round %d: documents a second %s", rounds, {name: round(found[-1], 1) for name, found in rates.items()}
        )
    for system in SYSTEMS:
        remove(stack, _name(system))
    return {
        "clients": CLIENTS,
        "rounds": rounds,
        "documents_per_second": {system: statistics.median(found) for system, found in rates.items()},
        "p50_alone_ms": {system: statistics.median(found) for system, found in alone.items()},
        "n_alone": len(alone["dynamic"]),
        "rate_ratio": ratio_of_medians(rates["dynamic"], rates["off"]),
        "rate_ratio_one_at_a_time": ratio_of_medians(rates["dynamic"], rates["one_at_a_time"]),
        "p50_alone_ratio": ratio_of_medians(alone["dynamic"], alone["off"]),
    }
