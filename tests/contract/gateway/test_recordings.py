"""Every recorded exchange with ML Commons, asked again of the gateway."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

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
    "07_semantic_highlight": ("01_fresh_defaults", "06_neural_query"),
    "08_highlight_edges": ("01_fresh_defaults", "06_neural_query", "07_semantic_highlight"),
    "09_edges2": (
        "01_fresh_defaults",
        "02_connectors",
        "03_model_groups",
        "04_models_lifecycle",
        "05_remote_errors",
        "06_neural_query",
        "07_semantic_highlight",
        "08_highlight_edges",
    ),
}
# 06 and 07 ran twice, and were recorded the second time, on a cluster of their own. 08 to 10 followed the first time.
# These are the models' ids there, and those of the recording.
ALSO_KNOWN_AS = {
    "FMct_aEBZyrT5Clk6k7I": "GWs1_aEBuPbV_7lL0doq",  # n_emb
    "J8cu_aEBZyrT5Clk9k7T": "MWs1_aEBuPbV_7lL79oe",  # h_ok
    "K8cu_aEBZyrT5Clk906P": "NWs1_aEBuPbV_7lL8Nq4",  # h_f2
    "L8cu_aEBZyrT5Clk-E43": "OWs1_aEBuPbV_7lL8drb",  # h_odd
    "R8cu_aEBZyrT5Clk_E43": "UWs1_aEBuPbV_7lL-9oF",  # h_500
}


@pytest.mark.parametrize("file", FILES)
def test_recording_replayed_matches(
    file: str, gateway: GatewayProcess, remote: ScriptedModel, request: pytest.FixtureRequest
) -> None:
    replay = Replay(gateway.url, remote)
    for name in BEFORE.get(file, ()):
        replay.run(load(OURS / f"{name}.jsonl"))
        replay.know(ALSO_KNOWN_AS)
    remote.forget()
    exchanges = load(RECORDINGS / f"{file}.jsonl")
    results = replay.run(exchanges)
    replay.close()
    request.config.stash[SCORES].append(Score(file, len(exchanges), results, []))
    assert [result.problem for result in results if result.problem] == []
