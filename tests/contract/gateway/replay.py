"""Replays recorded exchanges against a gateway and tells where its answers differ."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from tests.contract.gateway.exceptions import masked_parts, reason
from tests.contract.gateway.matching import Ids, calls_difference, difference, masked, without
from tests.contract.gateway.recording import REMOTE, Exchange, polls, remote_address

if TYPE_CHECKING:
    from tests.contract.gateway.remote_model import ScriptedModel

POLL_SECONDS = 10.0
# What may be seen on the way to the state that was recorded last, and in which order.
STATES = ("REGISTERED", "CREATED", "DEPLOYING", "RUNNING", "DEPLOYED", "COMPLETED")


@dataclass
class Result:
    """How one exchange went: `problem` is None if it matched; `note` says what was not compared, and why."""

    exchange: Exchange
    problem: str | None
    note: str | None = None


@dataclass
class Live:
    """An answer of the gateway and what reached the remote model meanwhile."""

    status: int
    content_type: str
    body: Any
    calls: list[dict[str, Any]] = field(default_factory=list)


class Replay:
    """One run: the mapping of ids goes from file to file.

    Args:
        url: of the gateway.
        remote: the scripted remote model.
    """

    def __init__(self, url: str, remote: ScriptedModel) -> None:
        self._client = httpx.Client(base_url=url, timeout=60, trust_env=False)
        self._remote = remote
        self._recorded_remote = REMOTE
        self._ids = Ids()

    def close(self) -> None:
        self._client.close()

    def continued(self, url: str) -> Replay:
        """This replay at another gateway, with the ids learned so far."""
        self.close()
        other = Replay(url, self._remote)
        other._ids = self._ids
        return other

    def know(self, aliases: dict[str, str]) -> None:
        """Take ids of one file for those of another, where they are known; both were recorded for the same thing."""
        for recorded, other in aliases.items():
            self._ids.alias(recorded, other)

    def once(self, exchange: Exchange) -> Result:
        """Ask once."""
        return self._result(exchange, self._ask(exchange))

    def run(self, exchanges: list[Exchange]) -> list[Result]:
        """Ask everything in order; what was asked repeatedly is asked until the last recorded answer comes."""
        self._recorded_remote = remote_address(exchanges)
        results: list[Result] = []
        for group in polls(exchanges):
            results += self._poll(group) if len(group) > 1 else [self.once(group[0])]
        return results

    def _poll(self, group: list[Exchange]) -> list[Result]:
        """Ask as often as it takes.

        Each recorded answer has to come, in order. One that is a passing state may go by unseen between two requests:
        that is noted. A state that comes too late, or is none of the known ones, is a problem.
        """
        waiting = list(group)
        results: list[Result] = []
        deadline = time.monotonic() + POLL_SECONDS
        while waiting:
            live = self._ask(waiting[0])
            at = next((at for at, exchange in enumerate(waiting) if self._problem(exchange, live) is None), None)
            if at is not None:
                missed = waiting[:at]
                results += [Result(exchange, None, "state went by between two polls") for exchange in missed]
                results.append(Result(waiting[at], None))
                waiting = [*_repeated(waiting[at], waiting[at + 1 :], results)]
            elif not _on_the_way(live, waiting) or time.monotonic() > deadline:
                results += [self._result(exchange, live) for exchange in waiting]
                return results
        return results

    def _ask(self, exchange: Exchange) -> Live:
        self._remote.drain()
        self._remote.expect([self._to_live_call(call) for call in exchange.remote_calls])
        response = self._client.request(
            exchange.method,
            self._ids.substituted(exchange.path),
            content=self._content(exchange.request),
            headers={"Content-Type": "application/json"},
        )
        content_type = response.headers.get("content-type", "")
        text = self._to_recorded(response.text)
        body = json.loads(text) if "json" in content_type else text
        calls = [{**call, "body": self._to_recorded(call["body"])} for call in self._remote.drain()]
        return Live(response.status_code, content_type, body, calls)

    def _to_live(self, text: str) -> str:
        """`text` with this run's ids, and the remote model where it is now."""
        host = self._recorded_remote.rpartition(":")[0]
        return self._ids.substituted(text).replace(self._recorded_remote, f"{host}:{self._remote.port}")

    def _to_recorded(self, text: str) -> str:
        host = self._recorded_remote.rpartition(":")[0]
        return text.replace(f"{host}:{self._remote.port}", self._recorded_remote)

    def _to_live_call(self, call: dict[str, Any]) -> dict[str, Any]:
        answer = call.get("response") or {}
        body = {"body": self._to_live(answer["body"])} if answer.get("body") else {}
        return {**call, "body": self._to_live(call["body"]), "response": {**answer, **body}}

    def _content(self, body: Any) -> bytes | None:
        if body is None:
            return None
        text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
        return self._to_live(text).encode()

    def _result(self, exchange: Exchange, live: Live) -> Result:
        note = reason(exchange) or masked_parts(exchange)[1]
        return Result(exchange, self._problem(exchange, live), note)

    def _problem(self, exchange: Exchange, live: Live) -> str | None:
        if live.status != exchange.status:
            return f"status: recorded {exchange.status}, got {live.status}: {json.dumps(live.body)[:600]}"
        if live.content_type.lower() != exchange.content_type.lower():
            return f"content type: recorded {exchange.content_type}, got {live.content_type}"
        if reason(exchange):
            return None
        self._ids.learn(exchange.response, live.body)
        parts, _ = masked_parts(exchange)
        recorded = masked(without(self._ids.translated(exchange.response), parts))
        return difference(recorded, masked(without(live.body, parts))) or calls_difference(exchange, live.calls)


def _repeated(matched: Exchange, waiting: list[Exchange], results: list[Result]) -> list[Exchange]:
    """What is still to come once `matched` was seen; the same answer recorded again was seen with it."""
    while waiting and matched.method == "GET" and masked(waiting[0].response) == masked(matched.response):
        results.append(Result(waiting[0], None))
        waiting = waiting[1:]
    return waiting


def _on_the_way(live: Live, waiting: list[Exchange]) -> bool:
    """Whether a later request may bring the recorded answer."""
    state, last = _state(live.body), _state(waiting[-1].response)
    return state is not None and last is not None and STATES.index(state) < STATES.index(last)


def _state(body: Any) -> str | None:
    if not isinstance(body, dict):
        return None
    state = body.get("model_state", body.get("state"))
    return state if state in STATES else None
