from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from include.training.card import card_sections
from include.training.parameters import Parameters
from include.training.phases import Phases
from include.training.query_sets import QuerySet

if TYPE_CHECKING:
    import pytest

FACTS = {"pairs_used": 2000, "base_model_id": "a/b", "base_model_sha256": "53aa"}


def test_phases_seconds_are_kept_in_order_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    phases = Phases()
    with phases.phase("load"):
        phases.progress("load", 1, 2)
    with phases.phase("train"):
        pass
    assert list(phases.seconds) == ["load", "train"]
    assert caplog.messages[0] == "phase=load done=1 of=2"
    assert caplog.messages[1].startswith("phase=load seconds=")


def test_card_says_data_split_evaluation_parameters_and_use() -> None:
    sets = [QuerySet("judged", {"1": "q"}), QuerySet("heldout", {"1": "q", "2": "r"})]
    card = card_sections(Parameters(model_name="mine", max_sequence_length=64), FACTS, 3228, sets)
    for promised in ("# mine", "2,000 (query, document) pairs", "held out", "3,228 documents", "`heldout`: 2 queries"):
        assert promised in card
    assert "| learning_rate | 2e-05 |" in card
    assert "weights sha256 `53aa`" in card
    assert "longer than 64 tokens" in card


def test_card_without_evaluation_says_so() -> None:
    assert "None in training" in card_sections(Parameters(), FACTS, 0, [])
