"""What is answered while a restarted server finds its indices again (10_restart)."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from tests.contract.gateway.exceptions import not_asked
from tests.contract.gateway.recording import Exchange, load
from tests.contract.gateway.replay import Replay, Result
from tests.contract.gateway.scoreboard import SCORES, Score
from tests.contract.gateway.servers import GatewayProcess
from tests.contract.gateway.test_recordings import ALSO_KNOWN_AS, BEFORE_RESTART, RECORDINGS, RESTARTS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.contract.gateway.remote_model import ScriptedModel
    from tests.contract.gateway.servers import Stack


@pytest.mark.parametrize("file", RESTARTS)
def test_recording_restart_matches(
    file: str,
    stack: Stack,
    gateway: GatewayProcess,
    remote: ScriptedModel,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    first, *cycles = exchanges = load(RECORDINGS / f"{file}.jsonl")
    asked = [exchange for exchange in cycles if not not_asked(exchange)]
    before = Replay(gateway.url, remote)
    for name in BEFORE_RESTART:
        before.run(load(RECORDINGS / f"{name}.jsonl"))
    before.know(ALSO_KNOWN_AS)
    results = [before.once(first)]
    gateway.stop()
    stack.down()
    with GatewayProcess(stack.url, tmp_path / "node") as after:
        after.wait(healthy=False)
        replay = before.continued(after.url)
        starting = threading.Thread(target=stack.up)
        starting.start()
        results += _ask_until_there(replay, asked[:3])
        starting.join()
        results += [replay.once(exchange) for exchange in asked[3:]]
        replay.close()
    request.config.stash[SCORES].append(Score(file, len(exchanges), results, _left_out(exchanges)))
    assert [result.problem for result in results if result.problem] == []


def _left_out(exchanges: list[Exchange]) -> list[str]:
    return [f"{each.title}: {why}" for each in exchanges if (why := not_asked(each))]


def _ask_until_there(replay: Replay, cycle: list[Exchange]) -> list[Result]:
    """Ask about a server that is starting: it is not there, then answers as recorded, then has its indices.

    The recorded answers are those between; they last for a moment, which may pass between two requests.
    """
    seen: dict[str, Result] = {}
    while True:
        results = [replay.once(exchange) for exchange in cycle]
        seen |= {result.exchange.name: result for result in results if result.problem is None}
        if all(result.problem is None or "got 200" in result.problem for result in results):
            break
    note = "the moment before the indices are allocated went by between two requests"
    return [seen.get(exchange.name, Result(exchange, None, note)) for exchange in cycle]
