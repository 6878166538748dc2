from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from include.training.card import card_sections
from include.training.parameters import Parameters
from include.training.phases import Phases
from include.training.query_sets import QuerySet

if TYPE_CHECKING:
    import pytest

FACTS: dict[str, Any] = {
    "pairs_used": 2000,
    "base_model_id": "a/b",
    "base_model_sha256": "53aa",
    "embedding_dimension": 384,
    "truncated_dimension": False,
    "query_prefix": "",
    "document_prefix": "",
    "pooling": "mean",
}


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


def test_card_says_prompts_pooling_loss_and_dimensions_and_how_to_use_them() -> None:
    parameters = Parameters(
        loss="gist", hard_negatives=2, matryoshka_dimensions=(256, 128), embedding_dimension=128, lora_rank=8
    )
    facts = FACTS | {
        "embedding_dimension": 128,
        "truncated_dimension": True,
        "query_prefix": "Instruct: find\nQuery: ",
        "pooling": "lasttoken",
        "hard_negatives": {"from": "both"},
        "inconsistent": 12,
    }
    card = card_sections(parameters, facts, 0, [])
    for promised in (
        "`gist`",
        "2 a pair, from `both`",
        "nothing finds their document: 12",
        "256, 128",
        "rank 8",
        "| query | `Instruct: find\\nQuery: ` |",
        "| document | ` ` |",
        "pooling is `lasttoken`",
        "the first 128 components",
        'encode_query(["a query"])',
        '"input_type": "query"',
    ):
        assert promised in card


def test_card_of_a_model_without_prompts_says_that_both_sides_are_alike() -> None:
    card = card_sections(Parameters(), FACTS, 0, [])
    assert "encoded alike, without a prompt; pooling is `mean`" in card
    assert "truncate_dim" not in card


def test_card_without_evaluation_says_so() -> None:
    assert "None in training" in card_sections(Parameters(), FACTS, 0, [])
