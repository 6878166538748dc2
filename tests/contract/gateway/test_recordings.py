"""Every recorded exchange with ML Commons, asked again of the gateway."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.contract.gateway.exceptions import not_asked
from tests.contract.gateway.recording import load
from tests.contract.gateway.replay import Replay
from tests.contract.gateway.scoreboard import SCORES, Score

if TYPE_CHECKING:
    from tests.contract.gateway.remote_model import ScriptedModel
    from tests.contract.gateway.servers import GatewayProcess

OURS = Path(__file__).parents[1] / "recordings"
# Another folder of recordings of the same kind may be replayed instead.
RECORDINGS = Path(os.environ.get("RECORDINGS") or OURS)
NEEDS_RESTART = "10_restart"
FILES = sorted(file.stem for file in RECORDINGS.glob("*.jsonl") if file.stem != NEEDS_RESTART)
# A file was recorded on a cluster that had been through these: their requests come first, unchecked.
BEFORE: dict[str, tuple[str, ...]] = {
    "02_connectors": ("01_fresh_defaults",),
    "03_model_groups": ("01_fresh_defaults",),
    "04_models_lifecycle": ("01_fresh_defaults", "02_connectors", "03_model_groups"),
    "05_remote_errors": ("01_fresh_defaults",),
    "06_neural_query": ("01_fresh_defaults",),
}


@pytest.mark.parametrize("file", FILES)
def test_recording_replayed_matches(
    file: str, gateway: GatewayProcess, remote: ScriptedModel, request: pytest.FixtureRequest
) -> None:
    replay = Replay(gateway.url, remote)
    for name in BEFORE.get(file, ()):
        replay.run(load(OURS / f"{name}.jsonl"))
    exchanges = load(RECORDINGS / f"{file}.jsonl")
    left_out = {each.name: why for each in exchanges if (why := not_asked(file, each.name))}
    results = replay.run([exchange for exchange in exchanges if exchange.name not in left_out])
    replay.close()
    notes = [f"{file} {name}: {why}" for name, why in left_out.items()]
    request.config.stash[SCORES].append(Score(file, len(exchanges), results, notes))
    assert [result.problem for result in results if result.problem] == []
