"""The gate through Airflow itself: what runs and what is skipped after it, with the work of the tasks left out."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from include.parameters import read_settings
from include.plan import make_plan

if TYPE_CHECKING:
    from collections.abc import Callable

# Airflow's own code warns while it runs a task; ours must not (everywhere else a warning is an error).
pytestmark = pytest.mark.filterwarnings("default")

APPROVE = "evaluation.approve_promotion"
# One after the other, so that each is skipped because the one before is.
DEPLOYMENT = (
    "endpoint.choose_deployment",
    "endpoint.create_model",
    "endpoint.create_endpoint_config",
    "endpoint.create_endpoint",
    "opensearch.create_connector",
    "opensearch.check_deployed_model",
    "record_promotion",
)
TASKS = ("plan_run", "evaluation.compare_models", "evaluation.decide_promotion", APPROVE, *DEPLOYMENT, "write_report")


@pytest.fixture(scope="module")
def database() -> None:
    """Airflow's tables, in the temporary home of the tests."""
    subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], check=True, capture_output=True)


@pytest.fixture
def run(database: None) -> Callable[..., tuple[str, dict[str, str], Any]]:
    """Run the DAG from the comparison on; returns its state, those of its tasks, and what was asked of a person.

    Args:
        promote: what the gate says.
        answer: what the person says who is asked; None: nobody is asked.
    """
    from finetune_search_model import dag

    def make(promote: bool, answer: str | None = None) -> tuple[str, dict[str, str], Any]:
        plan = _plan(answer is not None)
        estimate = {"nDCG@10": {"value": 0.5, "low": 0.4, "high": 0.6}}
        found = {"n_queries": 30, "base": estimate, "tuned": estimate, "gain": estimate}
        decision = {"promote": promote, "reason": "Because of it."}
        answers = {
            "plan_run": {"plan": plan},
            "evaluation.compare_models": {"decision": decision, "sets": {"judged": found}},
        }
        part = dag.partial_subset(task_ids=[*TASKS, "explain_failure"], include_upstream=False)
        for name in (*TASKS, "explain_failure"):
            if name not in (APPROVE, "evaluation.decide_promotion", "explain_failure"):
                # On the instance: the class belongs to Airflow.
                part.get_task(name).__dict__.update(
                    execute=lambda context, name=name: answers.get(name), pre_execute=_nothing
                )
        asked: list[Any] = []
        part.get_task(APPROVE).__dict__["execute"] = lambda context: _answered(context, answer, asked)
        done = part.test(run_conf={})
        return str(done.state), {ti.task_id: str(ti.state) for ti in done.get_task_instances()}, asked

    return make


def _plan(approval: bool) -> dict[str, Any]:
    role = "arn:aws:iam::123456789012:role/r"
    given = {"index_name": "articles", "bucket": "bucket", "bedrock_role_arn": role, "sagemaker_role_arn": role}
    settings = read_settings({**given, "approval": approval, "approval_timeout_hours": 2})
    plan = make_plan(settings, "manual__1", datetime(2026, 1, 1, tzinfo=UTC), "us-east-1", "http://search:9200")
    return plan.model_dump(mode="json")


def _nothing(context: Any) -> None:
    """In place of a `pre_execute`."""


def _answered(context: Any, answer: str | None, asked: list[Any]) -> Any:
    """What the operator does once the API's answer reaches it; it is kept as it was asked."""
    asked.append(context["task"])
    event = {
        "chosen_options": [answer],
        "params_input": {},
        "responded_at": datetime.now(UTC),
        "responded_by_user": {"id": "7", "name": "ada"},
    }
    return context["task"].execute_complete(context, event)


def test_gate_refuses_and_only_the_report_is_written(run: Any) -> None:
    state, states, _ = run(promote=False)

    assert state == "success"
    skipped = dict.fromkeys((APPROVE, *DEPLOYMENT, "explain_failure"), "skipped")
    assert states == {**dict.fromkeys(states, "success"), **skipped}


def test_gate_person_rejects_and_only_the_report_is_written(run: Any) -> None:
    state, states, [approval] = run(promote=True, answer="Reject")

    assert state == "success"
    skipped = dict.fromkeys((*DEPLOYMENT, "explain_failure"), "skipped")
    assert states == {**dict.fromkeys(states, "success"), **skipped}
    assert approval.subject.startswith("Deploy search-model-")
    assert approval.body.startswith("Because of it.")
    assert "| tuned | 0.500 (0.400 to 0.600) |" in approval.body
    assert approval.response_timeout == timedelta(hours=2)
    assert approval.defaults == ["Reject"]


def test_gate_person_approves_and_the_model_is_deployed(run: Any) -> None:
    state, states, _ = run(promote=True, answer="Approve")

    assert state == "success"
    assert states == {**dict.fromkeys(states, "success"), "explain_failure": "skipped"}
