"""What a run will cost: tokens by a rule, seconds by a table, and the limit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from include.cost.amounts import Amounts
from include.cost.correction import keep_corrections, read_corrections
from include.cost.estimate import Work, estimate, work_at_most
from include.cost.limit import check_limit, check_prices
from include.cost.table import log_table
from include.cost.tokens import TokenCounter, count_tokens
from include.cost.training_time import training_seconds
from include.errors import TerminalError

if TYPE_CHECKING:
    from collections.abc import Callable

    from include.plan import Plan

WORK = Work(records=10_000, input_tokens=6_000_000, documents=10_000, document_tokens=300, pairs=16_000)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        pytest.param("", 0, id="nothing"),
        pytest.param("the cat sat", 3, id="words"),
        pytest.param("internationalisation", 3, id="long-word"),
        pytest.param("12345678", 3, id="digits"),
        pytest.param('{"queries": ["a"]}', 7, id="json"),
        pytest.param("知識検索", 4, id="script-without-spaces"),
        pytest.param("привет мир", 3, id="cyrillic"),
        pytest.param("a\n\n\nb", 3, id="line-breaks"),
    ],
)
def test_count_tokens_by_kind_of_text(text: str, tokens: int) -> None:
    assert count_tokens(text) == tokens


def test_counter_of_many_texts_is_near_what_the_rule_says_of_each() -> None:
    texts = [f"Creates the {'very ' * (number % 17)}new group number {number}." for number in range(3_000)]
    counter = TokenCounter()
    for text in texts:
        counter.add(text)

    assert counter.texts == 3_000
    assert counter.tokens == pytest.approx(sum(map(count_tokens, texts)), rel=0.05)


def test_estimate_multiplies_amounts_by_prices(priced_plan: Callable[..., Plan]) -> None:
    found = estimate(priced_plan(), WORK)

    # Nova Lite in batch: 0.03 and 0.12 USD a million tokens; an answer is 6 + (7 + 2) + (14 + 2) tokens.
    assert found.amounts.output_tokens == 310_000
    assert found.costs.queries == pytest.approx(6 * 0.03 + 0.31 * 0.12)
    assert found.costs.training == pytest.approx(found.amounts.training_seconds * 1.408 / 3600, abs=1e-6)
    assert found.total == pytest.approx((found.costs.queries or 0) + (found.costs.training or 0))
    assert found.endpoint_usd_per_hour == 1.408


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"epochs": 6}, id="epochs"),
        pytest.param({"hard_negatives": 3}, id="hard-negatives"),
        pytest.param({"training_instance_type": "ml.g4dn.xlarge"}, id="slower-gpu"),
        pytest.param({"training_instance_type": "ml.m5.large"}, id="no-gpu"),
    ],
)
def test_training_seconds_grow_with(priced_plan: Callable[..., Plan], more: dict[str, Any]) -> None:
    base, grown = (training_seconds(priced_plan(**changed), 16_000, 10_000, 300) for changed in ({}, more))

    assert grown > base


def test_training_seconds_of_several_gpus_are_fewer_and_the_comparison_stays(priced_plan: Callable[..., Plan]) -> None:
    one, four, eight = (
        training_seconds(priced_plan(**changed), 160_000, 0, 300)
        for changed in (
            {},
            {"training_instance_type": "ml.g5.12xlarge"},
            {"training_instance_type": "ml.g5.12xlarge", "training_instance_count": 2},
        )
    )
    compared = [training_seconds(priced_plan(training_instance_count=n), 0, 10_000, 300) for n in (1, 2)]

    start = 150
    assert (one - start) / (four - start) == pytest.approx(4 * 0.8)
    assert (one - start) / (eight - start) == pytest.approx(8 * 0.8)
    assert compared[0] == compared[1]


@pytest.mark.parametrize("model_type", ["highlighter", "sparse"])
def test_training_seconds_of_what_one_process_trains_know_one_gpu(
    priced_plan: Callable[..., Plan], model_type: str
) -> None:
    one, four = (
        training_seconds(priced_plan(model_type=model_type, training_instance_type=kind), 16_000, 10_000, 300)
        for kind in ("ml.g5.xlarge", "ml.g5.12xlarge")
    )

    assert one == four


def test_estimate_bills_the_seconds_of_every_instance(priced_plan: Callable[..., Plan]) -> None:
    plan = priced_plan(training_instance_count=2)

    assert estimate(plan, WORK).amounts.training_seconds == pytest.approx(
        2 * training_seconds(plan, WORK.pairs, WORK.documents, WORK.document_tokens), abs=0.1
    )


def test_training_seconds_no_text_is_read_beyond_what_the_model_reads(priced_plan: Callable[..., Plan]) -> None:
    seconds = [training_seconds(priced_plan(max_sequence_length=128), 16_000, 10_000, each) for each in (128, 5_000)]

    assert seconds[0] == seconds[1]


def test_work_at_most_is_more_than_any_work(priced_plan: Callable[..., Plan]) -> None:
    plan = priced_plan(max_documents=10_000)
    bound = work_at_most(plan)

    assert bound.is_bound
    assert bound.input_tokens > 10_000 * 6_000 / 4
    assert bound.pairs == 20_000
    assert (estimate(plan, bound).total or 0) > (estimate(plan, WORK).total or 0)


def test_work_at_most_keeps_to_max_pairs(priced_plan: Callable[..., Plan]) -> None:
    assert work_at_most(priced_plan(max_pairs=640)).pairs == 640


def test_limit_below_the_estimate_ends_the_run_and_says_what_to_lower(priced_plan: Callable[..., Plan]) -> None:
    plan = priced_plan(max_cost_usd=0.1)

    with pytest.raises(TerminalError) as caught:
        check_limit(plan, estimate(plan, WORK))
    message = str(caught.value)
    assert message.startswith("max_cost_usd is 0.1, and the run is expected to cost $")
    assert "Nothing was spent. Raise max_cost_usd, or lower max_documents" in message


@pytest.mark.parametrize("limit", [None, 1_000.0])
def test_limit_above_the_estimate_or_none_lets_it_pass(priced_plan: Callable[..., Plan], limit: float | None) -> None:
    plan = priced_plan(max_cost_usd=limit)

    check_prices(plan)
    check_limit(plan, estimate(plan, WORK))


FALLBACKS = ("ml.g4dn.xlarge", "ml.g5.12xlarge")


def test_estimate_tells_what_each_fallback_would_cost(priced_plan: Callable[..., Plan]) -> None:
    plan = priced_plan(training_instance_fallbacks=FALLBACKS)
    found = estimate(plan, WORK, {"training_seconds": 2.0})
    alone = estimate(priced_plan(training_instance_type="ml.g4dn.xlarge"), WORK, {"training_seconds": 2.0})

    assert tuple(found.fallbacks) == FALLBACKS
    slower = found.fallbacks["ml.g4dn.xlarge"]
    assert (slower.seconds, slower.usd) == (alone.amounts.training_seconds, alone.costs.training)
    told = log_table(found, plan.prices, plan.region)
    assert f"on ml.g4dn.xlarge, should it stand in: {slower.seconds:,.0f} billable seconds" in told


def test_limit_counts_the_dearest_instance_that_may_train(priced_plan: Callable[..., Plan]) -> None:
    found = estimate(priced_plan(training_instance_fallbacks=FALLBACKS), WORK)
    dearest = max(each.usd or 0 for each in found.fallbacks.values())
    assert dearest > (found.costs.training or 0)
    assert found.highest == pytest.approx((found.costs.queries or 0) + dearest)
    between = ((found.total or 0) + found.highest) / 2

    plan = priced_plan(training_instance_fallbacks=FALLBACKS, max_cost_usd=between)
    with pytest.raises(TerminalError, match=r"on ml\.g5\.12xlarge, of training_instance_fallbacks"):
        check_limit(plan, estimate(plan, WORK))
    check_limit(priced_plan(max_cost_usd=between), estimate(priced_plan(), WORK))


def test_limit_counts_the_warm_pool_and_the_sum_does_not(priced_plan: Callable[..., Plan]) -> None:
    plan = priced_plan(warm_pool_minutes=60, max_cost_usd=1.5)
    found = estimate(plan, WORK)

    assert found.warm_pool_usd == 1.408
    assert found.total == estimate(priced_plan(), WORK).total
    assert "warm pool             $1.41  more" in log_table(found, plan.prices, plan.region)
    with pytest.raises(TerminalError, match=r"and up to \$1\.41 for warm_pool_minutes"):
        check_limit(plan, found)


def test_fallback_without_a_price_is_refused_with_a_limit(priced_plan: Callable[..., Plan]) -> None:
    plan = priced_plan(max_cost_usd=5, training_instance_fallbacks=("ml.x9.large",))

    assert estimate(plan, WORK).highest is None
    with pytest.raises(TerminalError, match=r"training_instance_fallbacks 'ml\.x9\.large' is not known"):
        check_prices(plan)


def test_limit_with_an_unknown_price_refuses_and_names_it(priced_plan: Callable[..., Plan]) -> None:
    with pytest.raises(TerminalError, match=r"the price of training_instance_type 'ml\.x9\.large' is not known"):
        check_prices(priced_plan(max_cost_usd=5, training_instance_type="ml.x9.large"))


def test_unknown_price_without_a_limit_is_only_told(priced_plan: Callable[..., Plan]) -> None:
    plan = priced_plan(training_instance_type="ml.x9.large")
    found = estimate(plan, WORK)

    check_prices(plan)
    check_limit(plan, found)
    told = log_table(found, plan.prices, plan.region)
    assert "an unknown price" in told
    assert "No price is known of training_instance_type 'ml.x9.large'." in told


def test_log_table_tells_parts_sum_endpoint_and_sources(priced_plan: Callable[..., Plan]) -> None:
    plan = priced_plan()
    told = log_table(estimate(plan, WORK, by={"queries": "20261120-101010-abcdef"}), plan.prices, "eu-west-1")

    assert "6,000,000 tokens in, 310,000 out (10,000 documents)" in told
    assert "$1.41 an hour, until it is deleted  not in the sum" in told
    assert "Queries: corrected by the bill of run 20261120-101010-abcdef." in told
    assert "Training: time by a table of assumptions." in told
    assert "Prices of eu-west-1 may differ." in told


def test_corrections_of_an_earlier_run_make_the_next_estimate_its_bill(
    s3: Any, priced_plan: Callable[..., Plan]
) -> None:
    plan = priced_plan()
    table = estimate(plan, WORK).table
    billed = Amounts(6_600_000, 300_000, table.training_seconds * 1.5)

    assert read_corrections(s3, plan) == ({}, {})
    assert keep_corrections(s3, plan, table, billed) == ["queries", "training"]
    found = estimate(plan, WORK, *read_corrections(s3, plan))

    assert vars(found.amounts) == pytest.approx(vars(billed), rel=0.001)
    assert found.table == table
    assert found.corrected_by == {"queries": plan.run, "training": plan.run}


def test_corrections_hold_for_the_same_model_and_instance_only(s3: Any, priced_plan: Callable[..., Plan]) -> None:
    plan = priced_plan()
    keep_corrections(s3, plan, Amounts(100, 100, 100), Amounts(110, 90, 150))

    other = priced_plan(bedrock_model_id="amazon.nova-pro-v1:0", epochs=1)
    assert read_corrections(s3, other) == ({"training_seconds": 1.5}, {"training": plan.run})


@pytest.mark.parametrize(
    ("billed", "taught"),
    [
        pytest.param(Amounts(0, 0, 150), ["training"], id="answers-were-reused"),
        pytest.param(Amounts(110, 90, 0), ["queries"], id="training-was-reused"),
        pytest.param(Amounts(40, 30, 150), ["training"], id="batch-job-was-not-answered-whole"),
        pytest.param(Amounts(), [], id="all-was-reused"),
    ],
)
def test_corrections_what_was_not_billed_teaches_nothing(
    s3: Any, priced_plan: Callable[..., Plan], billed: Amounts, taught: list[str]
) -> None:
    assert keep_corrections(s3, priced_plan(), Amounts(100, 100, 100), billed) == taught


def test_corrections_of_other_rules_are_not_used(
    s3: Any, priced_plan: Callable[..., Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = priced_plan()
    keep_corrections(s3, plan, Amounts(100, 100, 100), Amounts(110, 90, 150))
    monkeypatch.setattr("include.cost.correction.rules_version", lambda: "later")

    assert read_corrections(s3, plan) == ({}, {})
