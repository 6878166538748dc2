"""The last task: what it takes down and what it tells, on moto and on an OpenSearch whose answers are a table."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import responses
from airflow.sdk.exceptions import AirflowSkipException

from include.errors import RetryableError, TerminalError
from include.failure import Failure
from include.storage import read_json
from opensearch_ml.tasks import failure as task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SEARCH = "http://opensearch:9200"
TOPIC = "arn:aws:sns:us-east-1:123456789012:search-models"
ROLE = "arn:aws:iam::123456789012:role/sagemaker"


@pytest.fixture
def cluster() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.head(re.compile(f"{SEARCH}/.*-(bm25|evaluation)"), status=404)
        yield mock


@pytest.fixture
def failed_run(ti: Any, make_context: Callable[..., Any], make_plan: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A run in which tasks failed; `with_plan` false if the plan was never made."""
    monkeypatch.setenv("AIRFLOW_CONN_OPENSEARCH_DEFAULT", json.dumps({"conn_type": "http", "host": SEARCH}))

    def make(*task_ids: str, with_plan: bool = True, **settings: Any) -> Any:
        plan = make_plan(**settings)
        ti.crumbs = [{"task_id": name, "state": "failed", "map_index": -1, "duration": 1.0} for name in task_ids]
        for name in task_ids:
            note = Failure(name, "TerminalError", f"{name} broke", f"http://airflow/{name}")
            ti.xcoms[name, "failure", -1] = note.as_dict()
        if with_plan:
            ti.xcoms["plan_run", "plan", -1] = plan.model_dump(mode="json")
        monkeypatch.setattr(task, "get_current_context", make_context)
        return plan

    return make


def explain() -> str:
    with pytest.raises(TerminalError) as caught:
        task.explain_failure.function()  # type: ignore[attr-defined]
    return str(caught.value)


def create_endpoint(name: str) -> Any:
    sagemaker = boto3.client("sagemaker")
    image = {"Image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/image:1"}
    sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer=image)
    variant = {
        "VariantName": "v",
        "ModelName": name,
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
        "InitialVariantWeight": 1.0,
    }
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    return sagemaker


def test_explain_failure_run_went_well_is_skipped(calls: Any, failed_run: Any) -> None:
    failed_run()

    with pytest.raises(AirflowSkipException):
        task.explain_failure.function()  # type: ignore[attr-defined]
    assert calls == []


def test_explain_failure_before_there_was_a_plan_asks_nothing_of_aws(calls: Any, failed_run: Any) -> None:
    failed_run("plan_run", with_plan=False)

    text = explain()

    assert text.startswith("plan_run failed: plan_run broke")
    assert text.endswith("nothing was running")
    assert calls == []


def test_explain_failure_takes_down_what_is_billed(calls: Any, cluster: Any, failed_run: Any, ti: Any) -> None:
    plan = failed_run("opensearch.wait_until_deployed")
    name = plan.layout.name
    sagemaker = create_endpoint(name)
    calls.jobs = [{"jobName": f"{name}-000", "jobArn": "arn:job", "status": "InProgress"}]
    ti.xcoms["opensearch.register_model", "return_value", -1] = "m1"
    ti.xcoms["opensearch.create_connector", "return_value", -1] = "c1"
    cluster.post(f"{SEARCH}/_plugins/_ml/models/m1/_undeploy", json={})
    cluster.delete(f"{SEARCH}/_plugins/_ml/models/m1", json={})
    cluster.delete(f"{SEARCH}/_plugins/_ml/connectors/c1", json={})

    text = explain()

    for told in (
        f"batch inference job {name}-000 stopped",
        "model m1 removed from OpenSearch",
        "connector c1 removed from OpenSearch",
        f"endpoint {name} deleted",
        f"endpoint configuration {name} deleted",
        f"SageMaker model {name} deleted",
    ):
        assert told in text
    assert sagemaker.list_endpoints()["Endpoints"] == []
    assert "StopModelInvocationJob" in calls
    assert [call.request.method for call in cluster.calls if "m1" in call.request.url] == ["POST", "DELETE"]


def test_explain_failure_is_kept_on_s3_and_as_xcom(calls: Any, cluster: Any, failed_run: Any, ti: Any) -> None:
    plan = failed_run("training.train")

    text = explain()

    kept = read_json(boto3.client("s3"), plan.layout.uri(task.FAILURE))
    assert [failure["task_id"] for failure in kept["failures"]] == ["training.train"]
    assert ti.xcoms["explain_failure", task.EXPLANATION, -1] == text


def test_explain_failure_removes_pipelines_before_the_models_that_they_name(
    calls: Any, cluster: Any, failed_run: Any, ti: Any
) -> None:
    name = failed_run("opensearch.check_deployed_model").layout.name
    ti.xcoms["opensearch.register_model", "return_value", -1] = "m1"
    ti.xcoms["opensearch.register_query_model", "model_id", -1] = "m2"
    ti.xcoms["opensearch.register_query_model", "connector_id", -1] = "c2"
    ti.xcoms["opensearch.create_pipelines", "name", -1] = name
    for path in (f"_search/pipeline/{name}", f"_ingest/pipeline/{name}"):
        cluster.delete(f"{SEARCH}/{path}", json={"acknowledged": True})
    for model in ("m1", "m2"):
        cluster.post(f"{SEARCH}/_plugins/_ml/models/{model}/_undeploy", json={})
        cluster.delete(f"{SEARCH}/_plugins/_ml/models/{model}", json={})
    cluster.delete(f"{SEARCH}/_plugins/_ml/connectors/c2", json={})

    text = explain()

    for told in (f"pipelines {name}", "model for queries m2", "connector for queries c2", "model m1"):
        assert f"{told} removed from OpenSearch" in text
    deleted = [call.request.path_url for call in cluster.calls if call.request.method == "DELETE"]
    assert [path.rpartition("/")[2].partition("?")[0] for path in deleted] == [name, name, "m2", "c2", "m1"]


@pytest.mark.parametrize("name", task.AFTER_DEPLOYMENT)
def test_explain_failure_after_deployment_leaves_the_model_alone(
    calls: Any, failed_run: Any, ti: Any, name: str
) -> None:
    """The model is deployed and checked: neither a report nor a temporary index is worth taking it down."""
    plan = failed_run(name)
    sagemaker = create_endpoint(plan.layout.name)
    ti.xcoms["opensearch.register_model", "return_value", -1] = "m1"

    text = explain()

    assert [endpoint["EndpointName"] for endpoint in sagemaker.list_endpoints()["Endpoints"]] == [plan.layout.name]
    assert "removed" not in text


def test_explain_failure_cluster_refuses_and_the_rest_is_taken_down(
    calls: Any, cluster: Any, failed_run: Any, ti: Any
) -> None:
    plan = failed_run("opensearch.check_deployed_model")
    create_endpoint(plan.layout.name)
    ti.xcoms["opensearch.register_model", "return_value", -1] = "m1"
    ti.xcoms["opensearch.create_connector", "return_value", -1] = "c1"
    cluster.post(f"{SEARCH}/_plugins/_ml/models/m1/_undeploy", json={})
    cluster.delete(f"{SEARCH}/_plugins/_ml/models/m1", status=400, json={"error": "Model cannot be deleted"})
    cluster.delete(f"{SEARCH}/_plugins/_ml/connectors/c1", status=409, json={"error": "1 models are still using it"})

    text = explain()

    assert "model m1 NOT removed from OpenSearch, do it yourself: " in text
    assert "connector c1 NOT removed from OpenSearch, do it yourself: " in text
    assert f"endpoint {plan.layout.name} deleted" in text
    assert text.startswith("opensearch.check_deployed_model failed: ")


def test_explain_failure_cluster_is_gone_for_now_and_another_try_removes_the_rest(
    calls: Any, failed_run: Any, ti: Any
) -> None:
    plan = failed_run("opensearch.register_group")
    create_endpoint(plan.layout.name)
    ti.try_number, ti.max_tries = 2, 2
    with responses.RequestsMock(), pytest.raises(RetryableError, match="NOT removed from OpenSearch"):
        task.explain_failure.function()


def test_explain_failure_cluster_is_gone_and_the_rest_is_taken_down(calls: Any, failed_run: Any, ti: Any) -> None:
    plan = failed_run("opensearch.register_group")
    ti.try_number, ti.max_tries = 3, 2
    create_endpoint(plan.layout.name)
    with responses.RequestsMock():  # nothing is registered: every request is refused
        text = explain()

    assert "NOT removed from OpenSearch" in text
    assert f"endpoint {plan.layout.name} deleted" in text


def hear(topic: str) -> Callable[[], list[str]]:
    """What the topic, which is made, tells its subscribers."""
    sns, sqs = boto3.client("sns"), boto3.client("sqs")
    sns.create_topic(Name=topic.rpartition(":")[2])
    queue = sqs.create_queue(QueueName="heard")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return lambda: [json.loads(found["Body"])["Message"] for found in sqs.receive_message(QueueUrl=queue)["Messages"]]


def test_explain_failure_tells_the_topic_what_it_says(calls: Any, cluster: Any, failed_run: Any) -> None:
    failed_run("training.train", notify_sns_topic_arn=TOPIC)
    heard = hear(TOPIC)

    assert [explain()] == heard()


def test_explain_failure_without_a_plan_tells_the_topic_that_was_given(
    calls: Any, failed_run: Any, make_context: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed_run("plan_run", with_plan=False)
    heard, given = hear(TOPIC), {"notify_sns_topic_arn": TOPIC, "epochs": -1}
    monkeypatch.setattr(task, "get_current_context", lambda: make_context(params=given))

    assert [explain()] == heard()


def test_explain_failure_topic_refuses_and_the_story_is_told(calls: Any, cluster: Any, failed_run: Any) -> None:
    failed_run("training.train", notify_sns_topic_arn=TOPIC, metrics_log_group="/none")
    calls.denied = {"Publish", "CreateLogStream"}

    assert explain().startswith("training.train failed: training.train broke")


@pytest.mark.parametrize("kind", ["bm25", "evaluation"])
def test_explain_failure_index_left_by_its_set_up_is_removed(calls: Any, failed_run: Any, kind: str) -> None:
    plan = failed_run(f"evaluation.create_{kind}_index")
    index, other = f"{plan.layout.name}-{kind}", {"bm25": "evaluation", "evaluation": "bm25"}[kind]
    with responses.RequestsMock() as cluster:
        cluster.head(f"{SEARCH}/{index}", status=200)
        cluster.head(f"{SEARCH}/{plan.layout.name}-{other}", status=404)
        cluster.delete(f"{SEARCH}/{index}", json={"acknowledged": True})

        assert f"index {index} removed from OpenSearch" in explain()


def test_explain_failure_rights_are_missing_and_the_story_is_told(calls: Any, cluster: Any, failed_run: Any) -> None:
    failed_run("training.train")
    calls.denied = {"ListModelInvocationJobs", "ListTrainingJobs", "DeleteEndpoint", "PutObject"}

    text = explain()

    assert text.startswith("training.train failed: training.train broke")
    assert text.count("NOT stopped, end it yourself: AccessDeniedException: no right") == 2
