from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from include.cost.prices import price_table
from include.instances import ROOMY, SERVING, USUAL, instances_told, training_instance, with_instances

if TYPE_CHECKING:
    from collections.abc import Callable

    from include.settings import FinetuneSettings

LARGE = "BAAI/bge-large-en-v1.5"


@pytest.mark.parametrize(
    ("given", "dimension", "expected"),
    [
        pytest.param({}, 768, USUAL, id="base"),
        pytest.param({}, None, USUAL, id="unknown-is-taken-for-base"),
        pytest.param({"base_model_id": "s3://bucket/own-model"}, 1024, ROOMY, id="large"),
        pytest.param({"base_model_id": LARGE}, None, ROOMY, id="large-by-name"),
        pytest.param(
            {"base_model_id": LARGE, "embedding_dimension": 256, "matryoshka_dimensions": [256]},
            256,
            ROOMY,
            id="large-whose-vectors-are-cut",
        ),
        pytest.param({"base_model_id": LARGE, "model_type": "sparse"}, 1024, USUAL, id="one-pass"),
        pytest.param(
            {"base_model_id": LARGE, "model_type": "sparse", "sparse_mode": "bi-encoder"}, 1024, ROOMY, id="splade"
        ),
        pytest.param({"base_model_id": LARGE, "model_type": "highlighter"}, 1024, USUAL, id="highlighter"),
        pytest.param(
            {"base_model_id": LARGE, "training_instance_type": "ml.p4d.24xlarge"}, 1024, "ml.p4d.24xlarge", id="given"
        ),
    ],
)
def test_training_instance_is_chosen_by_kind_and_size_unless_it_is_given(
    make_settings: Callable[..., FinetuneSettings], given: dict[str, Any], dimension: int | None, expected: str
) -> None:
    assert training_instance(make_settings(**given), dimension) == expected


def test_instances_are_written_in_and_the_chosen_one_is_no_fallback_of_itself(
    make_settings: Callable[..., FinetuneSettings],
) -> None:
    settings = make_settings(base_model_id=LARGE, training_instance_fallbacks=["ml.g6e.xlarge", "ml.g5.12xlarge"])

    found = with_instances(settings, 1024)

    assert found.training.training_instance_type == ROOMY
    assert found.training.training_instance_fallbacks == ("ml.g5.12xlarge",)
    assert found.endpoint.endpoint_instance_type == SERVING
    assert with_instances(found, None) == found


@pytest.mark.parametrize(
    ("given", "told"),
    [
        pytest.param({}, "1 x ml.g5.xlarge for training (GPUs used: 1), ml.g5.xlarge for", id="usual"),
        pytest.param(
            {"training_instance_type": "ml.g5.12xlarge", "training_instance_count": 2},
            "2 x ml.g5.12xlarge for training (GPUs used: 8)",
            id="many",
        ),
        pytest.param(
            {"model_type": "highlighter", "training_instance_type": "ml.g5.12xlarge"},
            "(GPUs used: 1)",
            id="one-of-four",
        ),
        pytest.param({"endpoint_type": "serverless"}, "serverless for the endpoint", id="serverless"),
    ],
)
def test_instances_are_told_with_the_gpus_that_train(
    make_settings: Callable[..., FinetuneSettings], given: dict[str, Any], told: str
) -> None:
    assert told in instances_told(make_settings(**given))


def test_instances_that_are_chosen_have_a_price() -> None:
    table = price_table()

    assert {USUAL, ROOMY} <= table.training_usd_per_hour.keys()
    assert SERVING in table.hosting_usd_per_hour
