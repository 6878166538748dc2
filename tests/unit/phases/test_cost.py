"""The cost of a run in its folder: estimated when its records are written, counted when it was trained."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest

from include import layout as at
from include.cost.prices import price_table, prices_of
from include.errors import TerminalError
from include.evaluation.table import approval_body
from include.manifest import Manifest, read_manifest, write_manifest
from include.phases.corpus import finish_corpus, sample_jsonl, save_judged
from include.phases.cost import cost_of, learn_from_bill
from include.phases.queries import save_pairs, write_jobs
from include.storage import list_uris, read_json, write_lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from include.plan import Plan

CORPUS = "s3://search-bucket/corpus.jsonl"


@pytest.fixture
def with_records(s3: Any, make_plan: Callable[..., Plan], corpus_lines: list[str]) -> Callable[..., Plan]:
    """Plan of a run, with prices, whose corpus was read."""

    def make(**changed: Any) -> Plan:
        write_lines(s3, CORPUS, corpus_lines)
        plan = make_plan(input_type="s3", index_name=None, s3_corpus_path=CORPUS, **changed)
        plan = plan.model_copy(update={"dimension": 768, "prices": prices_of(plan.settings, price_table())})
        save_judged(s3, plan)
        finish_corpus(s3, plan, sample_jsonl(s3, plan))
        return plan

    return make


def trained(s3: Any, plan: Plan, seconds: float, reused_from: str = "", instance: str = "ml.g5.xlarge") -> None:
    usage, counts = {"billable_seconds": seconds}, {"instance_type": instance}
    manifest = Manifest("training", {}, [], {}, counts, 1.0, usage, reused_from=reused_from)
    write_manifest(s3, plan.layout.uri("model-artifacts"), manifest)


def test_records_are_counted_and_the_cost_is_logged_before_a_job_starts(
    s3: Any, with_records: Callable[..., Plan], caplog: pytest.LogCaptureFixture
) -> None:
    plan = with_records()
    with caplog.at_level(logging.INFO):
        [job] = write_jobs(s3, plan)

    found = read_json(s3, plan.layout.uri(at.ESTIMATE))
    assert found["work"]["records"] == found["work"]["documents"] == 192
    # Frame and document of each record: some 200 tokens.
    assert 150 * 192 < found["amounts"]["input_tokens"] < 300 * 192
    assert 0 < found["work"]["pairs"] < 2 * 192
    assert found["total"] == pytest.approx(found["costs"]["queries"] + found["costs"]["training"])
    assert "What this run will cost:" in caplog.text
    assert job["job_name"].startswith(plan.layout.name)


def test_records_that_cost_more_than_the_limit_start_no_job(s3: Any, with_records: Callable[..., Plan]) -> None:
    plan = with_records(max_cost_usd=0.001)

    with pytest.raises(TerminalError, match=r"max_cost_usd is 0\.001, and the run is expected to cost"):
        write_jobs(s3, plan)


def test_own_pairs_cost_their_training_only(s3: Any, with_records: Callable[..., Plan]) -> None:
    uri = "s3://search-bucket/pairs.jsonl"
    write_lines(s3, uri, (json.dumps({"query": f"q {n}", "document": f"d {n}"}) + "\n" for n in range(200)))
    plan = with_records(s3_pairs_path=uri)

    assert write_jobs(s3, plan) == []
    found = read_json(s3, plan.layout.uri(at.ESTIMATE))
    assert (found["costs"]["queries"], found["work"]["pairs"]) == (0.0, 180)
    assert found["costs"]["training"] > 0


def test_cost_of_a_trained_run_stands_beside_its_estimate(
    s3: Any, with_records: Callable[..., Plan], answer_jobs: Callable[..., None]
) -> None:
    plan = with_records()
    write_jobs(s3, plan)
    answer_jobs(plan)
    save_pairs(s3, plan)
    trained(s3, plan, 3_600.0)

    cost = cost_of(s3, plan)

    queries, training = cost["parts"]
    assert queries["actual"] == "1,000 tokens in, 200 out"
    assert queries["actual_usd"] == pytest.approx(1_000 * 0.03e-6 + 200 * 0.12e-6)
    assert read_manifest(s3, plan.layout.uri("training-data")).cost_usd == queries["actual_usd"]
    assert training["actual_usd"] == 1.408
    assert cost["actual_usd"] == pytest.approx(queries["actual_usd"] + 1.408)
    assert cost["estimated_usd"] == read_json(s3, plan.layout.uri(at.ESTIMATE))["total"]
    asked = approval_body({"sets": {}, "decision": {"reason": "Because."}, "cost": cost}, plan.layout.name)
    assert f"| together | ${cost['estimated_usd']:.4f} | $1.41 |" in asked
    assert "The endpoint costs $1.41 an hour, until it is deleted." in asked


def test_cost_of_what_was_reused_is_nothing_and_says_so(
    s3: Any, with_records: Callable[..., Plan], answer_jobs: Callable[..., None]
) -> None:
    plan = with_records()
    write_jobs(s3, plan)
    answer_jobs(plan)
    save_pairs(s3, plan)
    trained(s3, plan, 0.0, reused_from="20261101-000000-abcdef")

    cost = cost_of(s3, plan)

    assert (cost["parts"][1]["actual_usd"], cost["parts"][1]["reused_from"]) == (0.0, "20261101-000000-abcdef")
    asked = approval_body({"sets": {}, "decision": {"reason": "Because."}, "cost": cost}, plan.layout.name)
    assert "$0.00 (reused)" in asked


def test_cost_of_a_run_that_trained_on_a_fallback_is_told_at_its_price_and_teaches_nothing(
    s3: Any, with_records: Callable[..., Plan], answer_jobs: Callable[..., None]
) -> None:
    plan = with_records(training_instance_fallbacks=("ml.g4dn.xlarge",))
    write_jobs(s3, plan)
    answer_jobs(plan)
    save_pairs(s3, plan)
    trained(s3, plan, 3_600.0, instance="ml.g4dn.xlarge")

    training = cost_of(s3, plan)["parts"][1]

    assert training["actual"] == "3,600 billable seconds on ml.g4dn.xlarge"
    assert training["actual_usd"] == plan.prices.fallbacks_usd_per_hour["ml.g4dn.xlarge"] != 1.408
    assert learn_from_bill(s3, plan) == []


def test_bill_of_a_run_is_kept_for_the_next_estimate(
    s3: Any, with_records: Callable[..., Plan], answer_jobs: Callable[..., None]
) -> None:
    plan = with_records()
    write_jobs(s3, plan)
    answer_jobs(plan)
    save_pairs(s3, plan)
    trained(s3, plan, 777.0)

    # These answers were billed so few tokens that they cannot have been whole.
    assert learn_from_bill(s3, plan) == ["training"]
    write_jobs(s3, plan)

    assert read_json(s3, plan.layout.uri(at.ESTIMATE))["amounts"]["training_seconds"] == pytest.approx(777.0, abs=0.1)
    assert len(list_uris(s3, "s3://search-bucket/search-models/search-model/cost/")) == 1
