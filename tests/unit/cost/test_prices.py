"""The price table, a team's own prices over it, and what a run needs of it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from include.cost.amounts import Amounts, costs_of
from include.cost.prices import RunPrices, price_table, prices_of
from include.errors import TerminalError

if TYPE_CHECKING:
    from collections.abc import Callable

    from include.plan import Plan

HAIKU = "anthropic.claude-haiku-4-5-20251001-v1:0"


def test_table_says_when_and_from_where() -> None:
    table = price_table()

    assert date.fromisoformat(table.dated) <= date(2030, 1, 1)
    assert table.region in table.source
    assert "check against" in table.source


def test_table_hosting_costs_what_training_does() -> None:
    """AWS lists them apart; where one is changed by mistake only, this says so."""
    table = price_table()
    both = table.training_usd_per_hour.keys() & table.hosting_usd_per_hour.keys()
    assert {name: table.training_usd_per_hour[name] for name in both} == {
        name: table.hosting_usd_per_hour[name] for name in both
    }


def test_table_defaults_of_the_settings_have_prices(priced_plan: Callable[..., Plan]) -> None:
    assert priced_plan().prices.unknown == ()
    assert priced_plan().prices.training_usd_per_hour == 1.408


@pytest.mark.parametrize(
    ("model_id", "usd"),
    [
        pytest.param(HAIKU, 0.00055, id="model"),
        pytest.param(f"eu.{HAIKU}", 0.00055, id="profile-of-a-region"),
        pytest.param(f"global.{HAIKU}", 0.0005, id="global-profile-is-cheaper"),
        pytest.param(f"arn:aws:bedrock:us-east-1::foundation-model/{HAIKU}", 0.00055, id="arn-of-a-model"),
        pytest.param(
            f"arn:aws:bedrock:eu-west-1:123456789012:inference-profile/global.{HAIKU}", 0.0005, id="arn-of-a-profile"
        ),
    ],
)
def test_prices_of_a_model_however_it_is_named(priced_plan: Callable[..., Plan], model_id: str, usd: float) -> None:
    tokens = priced_plan(bedrock_model_id=model_id).prices.tokens

    assert tokens is not None
    assert tokens.input == usd


def test_prices_of_what_the_table_lacks_are_unknown_by_name(priced_plan: Callable[..., Plan]) -> None:
    prices = priced_plan(
        bedrock_model_id="somebody.new-model",
        training_instance_type="ml.x9.large",
        endpoint_instance_type="ml.y1.large",
    ).prices

    assert prices.unknown == (
        "bedrock_model_id 'somebody.new-model'",
        "training_instance_type 'ml.x9.large'",
        "endpoint_instance_type 'ml.y1.large'",
    )


def test_prices_own_ones_go_over_the_table(priced_plan: Callable[..., Plan]) -> None:
    over = {
        "dated": "2027-01-01",
        "bedrock_batch_usd_per_1000_tokens": {"somebody.new-model": {"input": 0.1, "output": 0.2}},
        "training_usd_per_hour": {"ml.g5.xlarge": 1.0},
    }
    prices = priced_plan(over, bedrock_model_id="somebody.new-model").prices

    assert prices.unknown == ()
    assert prices.training_usd_per_hour == 1.0
    assert prices.endpoint_usd_per_hour == 1.408
    assert "2027-01-01" in prices.told


@pytest.mark.parametrize(
    ("over", "what"),
    [
        pytest.param({"training": {"ml.g5.xlarge": 1.0}}, "training: Extra inputs", id="unknown-table"),
        pytest.param({"training_usd_per_hour": {"ml.g5.xlarge": "cheap"}}, "ml.g5.xlarge: Input should be", id="text"),
        pytest.param({"training_usd_per_hour": {"ml.g5.xlarge": -1}}, "greater than or equal to 0", id="negative"),
        pytest.param({"hosting_usd_per_hour": 7}, "hosting_usd_per_hour: Input should be", id="no-table"),
    ],
)
def test_prices_own_ones_of_another_form_are_refused(over: dict[str, Any], what: str) -> None:
    with pytest.raises(TerminalError, match="finetune_search_model_prices") as caught:
        price_table(over)
    assert what in str(caught.value)


def test_prices_endpoint_of_several_instances_and_serverless(priced_plan: Callable[..., Plan]) -> None:
    several, serverless = (
        priced_plan(endpoint_instance_count=3).prices,
        priced_plan(endpoint_type="serverless", endpoint_instance_type="ml.y1.large").prices,
    )

    assert several.endpoint_usd_per_hour == pytest.approx(4.224)
    assert serverless.endpoint_usd_per_hour is None
    assert serverless.serverless_usd_per_hour == pytest.approx(0.288)
    assert serverless.unknown == ()


def test_prices_own_pairs_need_no_model(make_settings: Callable[..., Any]) -> None:
    settings = make_settings(s3_pairs_path="s3://bucket/pairs.jsonl", bedrock_model_id="somebody.new-model")

    assert prices_of(settings, price_table()).unknown == ()


def test_costs_of_nothing_need_no_price() -> None:
    assert costs_of(Amounts(), RunPrices()).total == 0.0


def test_costs_of_something_without_a_price_are_unknown() -> None:
    costs = costs_of(Amounts(1_000, 10, 60), RunPrices(training_usd_per_hour=3.6))

    assert (costs.queries, costs.training, costs.total) == (None, 0.06, None)
