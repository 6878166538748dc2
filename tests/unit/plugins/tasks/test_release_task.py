"""The teardown of a cancelled run: what it ends, what it leaves, and when it does nothing."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import responses
from airflow.sdk.exceptions import AirflowSkipException

from include.errors import TerminalError
from include.promotion.record import promotions_uri
from include.storage import write_json
from opensearch_ml.tasks import release as task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SEARCH = "http://opensearch:9200"
CANCELLED = {"training.train": "failed", "write_report": "skipped", "explain_failure": "skipped"}


@pytest.fixture
def cluster() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.head(re.compile(f"{SEARCH}/.*-(bm25|evaluation)"), status=404)
        yield mock


@pytest.fixture
def ended_run(ti: Any, make_context: Callable[..., Any], make_plan: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A run whose tasks are in these states."""
    monkeypatch.setenv("AIRFLOW_CONN_OPENSEARCH_DEFAULT", json.dumps({"conn_type": "http", "host": SEARCH}))

    def make(states: dict[str, str], with_plan: bool = True) -> Any:
        plan = make_plan()
        ti.task_id = "release_run"
        ti.crumbs = [{"task_id": name, "state": state, "map_index": -1} for name, state in states.items()]
        if with_plan:
            ti.xcoms["plan_run", "plan", -1] = plan.model_dump(mode="json")
        monkeypatch.setattr(task, "get_current_context", make_context)
        monkeypatch.setattr(task, "WORKERS_END_SECONDS", 0)
        return plan

    return make


def release() -> str:
    with pytest.raises(TerminalError) as caught:
        task.release_run.function()  # type: ignore[attr-defined]
    return str(caught.value)


@pytest.mark.parametrize(
    "states",
    [
        pytest.param({"write_report": "success", "explain_failure": "skipped"}, id="came-to-its-end"),
        pytest.param({"training.train": "failed", "write_report": "upstream_failed"}, id="being-explained"),
    ],
)
def test_release_run_that_was_not_cancelled_is_left_alone(calls: Any, ended_run: Any, states: dict[str, str]) -> None:
    ended_run(states)

    with pytest.raises(AirflowSkipException):
        task.release_run.function()  # type: ignore[attr-defined]
    assert calls == []


def test_release_run_that_was_explained_is_left_alone(calls: Any, ended_run: Any, ti: Any) -> None:
    ended_run({"training.train": "failed", "write_report": "upstream_failed", "explain_failure": "failed"})
    ti.xcoms["explain_failure", task.EXPLANATION, -1] = "told"

    with pytest.raises(AirflowSkipException):
        task.release_run.function()  # type: ignore[attr-defined]
    assert calls == []


def test_release_run_before_there_was_a_plan_asks_nothing_of_aws(calls: Any, ended_run: Any) -> None:
    ended_run(CANCELLED, with_plan=False)

    with pytest.raises(AirflowSkipException):
        task.release_run.function()  # type: ignore[attr-defined]
    assert calls == []


@pytest.mark.parametrize(
    "states",
    [
        pytest.param(CANCELLED, id="while-it-trained"),
        pytest.param({**CANCELLED, "training.train": "skipped"}, id="between-two-tasks"),
        pytest.param({**CANCELLED, "explain_failure": "failed"}, id="while-it-was-explained"),
    ],
)
def test_release_run_that_was_cancelled_ends_jobs_and_deployment(
    calls: Any, cluster: Any, ended_run: Any, ti: Any, states: dict[str, str]
) -> None:
    plan = ended_run(states)
    calls.jobs = [{"jobName": f"{plan.layout.name}-000-2", "jobArn": "arn:job", "status": "InProgress"}]
    ti.xcoms["opensearch.create_connector", "return_value", -1] = "c1"
    cluster.delete(f"{SEARCH}/_plugins/_ml/connectors/c1", json={})

    text = release()

    assert text.startswith("The run was cancelled. Ended, so that nothing is billed on: ")
    assert f"batch inference job {plan.layout.name}-000-2 stopped" in text
    assert "connector c1 removed from OpenSearch" in text
    assert "DeleteEndpoint" in calls


def test_release_run_whose_model_is_promoted_leaves_it_serving(calls: Any, ended_run: Any, ti: Any) -> None:
    """Cancelled while it was benchmarked: users may search with the model already."""
    plan = ended_run(CANCELLED)
    layout = plan.layout
    write_json(boto3.client("s3"), promotions_uri(layout.bucket, layout.prefix, layout.model_name), [{"run": plan.run}])
    ti.xcoms["opensearch.create_connector", "return_value", -1] = "c1"

    assert release().endswith("nothing was running")
    assert "DeleteEndpoint" not in calls


def test_release_run_leaves_what_an_earlier_run_deployed(calls: Any, cluster: Any, ended_run: Any, ti: Any) -> None:
    """The run found its very model deployed: connector and model are those of the earlier run."""
    plan = ended_run(CANCELLED)
    ti.xcoms["endpoint.choose_deployment", "endpoint_request", -1] = {"EndpointName": "search-model-earlier"}
    ti.xcoms["opensearch.create_connector", "return_value", -1] = "c1"
    ti.xcoms["opensearch.register_model", "return_value", -1] = "m1"

    assert release().endswith("nothing was running")

    assert not [call for call in cluster.calls if call.request.method == "DELETE"]
    assert json.dumps(plan.requests()["endpoint_request"]).count("search-model-earlier") == 0
