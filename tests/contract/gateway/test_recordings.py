"""Every recorded exchange with ML Commons, asked again of the gateway."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.contract.gateway.before import candidates
from tests.contract.gateway.exceptions import not_asked
from tests.contract.gateway.recording import load
from tests.contract.gateway.replay import Replay, Result
from tests.contract.gateway.scoreboard import SCORES, Score
from tests.contract.gateway.servers import GatewayProcess

if TYPE_CHECKING:
    from tests.contract.gateway.remote_model import ScriptedModel
    from tests.contract.gateway.servers import Stack

OURS = Path(__file__).parents[1] / "recordings"
# Another folder of recordings of the same kind may be replayed instead; relative to where the tests are started.
RECORDINGS = Path(os.environ.get("RECORDINGS") or OURS).resolve()
# Replayed by test_restart, where the files are there that it goes on from; else like any other.
NEEDS_RESTART = "10_restart"
BEFORE_RESTART = ("01_fresh_defaults", "06_neural_query", "07_semantic_highlight")
RESTARTS = (
    [NEEDS_RESTART] if all((RECORDINGS / f"{it}.jsonl").is_file() for it in (*BEFORE_RESTART, NEEDS_RESTART)) else []
)
STRICT_ATTEMPTS = 4
# 06 and 07 ran twice, and were recorded the second time, on a cluster of their own. 08 to 10 followed the first time.
# These are the models' ids there, and those of the recording.
ALSO_KNOWN_AS = {
    "FMct_aEBZyrT5Clk6k7I": "GWs1_aEBuPbV_7lL0doq",  # n_emb
    "J8cu_aEBZyrT5Clk9k7T": "MWs1_aEBuPbV_7lL79oe",  # h_ok
    "K8cu_aEBZyrT5Clk906P": "NWs1_aEBuPbV_7lL8Nq4",  # h_f2
    "L8cu_aEBZyrT5Clk-E43": "OWs1_aEBuPbV_7lL8drb",  # h_odd
    "R8cu_aEBZyrT5Clk_E43": "UWs1_aEBuPbV_7lL-9oF",  # h_500
}


def _files() -> list[str]:
    found = sorted(path.stem for path in RECORDINGS.glob("*.jsonl"))
    if not found:
        what = "has no *.jsonl file in it" if RECORDINGS.is_dir() else "is no folder"
        raise pytest.Collector.CollectError(
            f"RECORDINGS is {str(RECORDINGS)!r}, which {what}. Pass the folder that the recordings lie in: "
            "make test-contract RECORDINGS=path/to/folder"
        )
    return [name for name in found if name not in RESTARTS]


@pytest.mark.parametrize("file", _files())
def test_recording_replayed_matches(
    file: str, stack: Stack, remote: ScriptedModel, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    best, recorded = None, len(load(RECORDINGS / f"{file}.jsonl"))
    left_out = [f"{each.title}: {why}" for each in load(RECORDINGS / f"{file}.jsonl") if (why := not_asked(each))]
    ways = candidates(RECORDINGS, file)
    # An undeploy that races with a deployment may end otherwise where the machine is busy, and the cluster of a later
    # file is another one then: first only one that came about as recorded counts, at the end any.
    attempts = [*[(ways[0], True)] * STRICT_ATTEMPTS, *((way, False) for way in ways)]
    for number, (before, strict) in enumerate(attempts, 1):
        results = _replayed(file, before, stack, remote, tmp_path / str(number), strict=strict)
        if not results:
            continue
        score = Score(file, recorded, results, left_out, before, number)
        best = score if best is None or score.matched > best.matched else best
        if best.matched == recorded - len(left_out):
            break
    assert best is not None
    request.config.stash[SCORES].append(best)
    assert [result.problem for result in best.results if result.problem] == []


def _replayed(
    file: str, before: tuple[str, ...], stack: Stack, remote: ScriptedModel, directory: Path, *, strict: bool
) -> list[Result]:
    """Ask on a cluster that has been through the files `before`; nothing if `strict` and one of them went otherwise."""
    directory.mkdir()
    stack.wipe()
    with GatewayProcess(stack.url, directory / "node") as gateway:
        gateway.wait()
        replay = Replay(gateway.url, remote)
        results = []
        if all(_as_recorded(replay, name) or not strict for name in before):
            remote.forget()
            results = replay.run([each for each in load(RECORDINGS / f"{file}.jsonl") if not not_asked(each)])
        replay.close()
    return results


def _as_recorded(replay: Replay, name: str) -> bool:
    """Ask a file that comes before; whether every answer was the recorded one."""
    results = replay.run([each for each in load(RECORDINGS / f"{name}.jsonl") if not not_asked(each)])
    replay.know(ALSO_KNOWN_AS)
    return not any(result.problem for result in results)
