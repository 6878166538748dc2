"""The first task: every bad input of a new user ends here, with what to type, and nothing was submitted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import responses

from include.errors import TerminalError
from include.plan import Plan
from opensearch_ml.form import form_params
from opensearch_ml.tasks import plan as task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SEARCH = "http://opensearch:9200"
TRUSTED = {"defaults": {"plugins.ml_commons.trusted_connector_endpoints_regex": ["^https://runtime.sagemaker.*$"]}}
# What a check may ask of AWS: nothing that is billed, nothing that changes anything.
FREE = {"HeadBucket", "ListObjectsV2", "GetObject", "HeadObject", "CreateBucket", "PutObject"}
FREE_PATHS = ("/_search", "/_mapping", "/_count", "/_cluster/settings", "/_cat/indices", "9200/")


@pytest.fixture
def cluster() -> Iterator[responses.RequestsMock]:
    """A cluster with ML Commons and an index of 500 articles."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.get(f"{SEARCH}/", json={"version": {"number": "3.4.0"}})
        mock.post(f"{SEARCH}/_plugins/_ml/model_groups/_search", json={"hits": {"hits": []}})
        mock.get(f"{SEARCH}/_cluster/settings", json=TRUSTED)
        mapping = {"articles": {"mappings": {"properties": {"text": {"type": "text"}, "year": {"type": "integer"}}}}}
        mock.get(f"{SEARCH}/articles/_mapping", json=mapping)
        mock.post(f"{SEARCH}/articles/_count", json={"count": 500})
        mock.post(f"{SEARCH}/articles/_search", json={"hits": {"hits": []}})
        mock.get(f"{SEARCH}/missing/_mapping", status=404, json={"error": "no such index", "status": 404})
        mock.get(f"{SEARCH}/_cat/indices", json=[{"index": "articles"}])
        yield mock


@pytest.fixture
def plan_run(
    calls: Any, cluster: Any, make_context: Callable[..., Any], params: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., dict[str, Any]]]:
    """Run the task with the form's defaults, the least that a user must give, and what is changed."""
    monkeypatch.setenv("AIRFLOW_CONN_OPENSEARCH_DEFAULT", json.dumps({"conn_type": "http", "host": SEARCH}))
    defaults = {name: param.value for name, param in form_params().items()}

    def run(**changed: Any) -> dict[str, Any]:
        conf = {**params, **changed}
        context = make_context(params={**defaults, **conf})
        context["dag_run"].conf = conf
        monkeypatch.setattr(task, "get_current_context", lambda: context)
        return dict(task.plan_run.function())  # type: ignore[attr-defined]

    yield run
    assert set(calls) <= FREE, "a check changed or paid for something"
    for call in cluster.calls:
        assert any(path in call.request.url for path in FREE_PATHS), call.request.url


def refusal(run: Callable[..., Any], **changed: Any) -> str:
    with pytest.raises(TerminalError) as caught:
        run(**changed)
    return str(caught.value)


def test_plan_run_gives_the_plan_and_the_requests(plan_run: Callable[..., Any]) -> None:
    found = plan_run()
    plan = Plan.model_validate(json.loads(json.dumps(found["plan"])))

    name = plan.layout.name
    assert plan.dimension == 768
    assert found["name"] == name
    assert found["training_request"]["TrainingJobName"] == name
    assert len(json.dumps(found)) < 48_000  # XCom


def test_plan_run_leaves_by_which_dag_run_it_is(plan_run: Callable[..., Any], bucket: str) -> None:
    plan = Plan.model_validate(plan_run()["plan"])

    told = json.loads(boto3.client("s3").get_object(Bucket=bucket, Key=plan.layout.key("run.json"))["Body"].read())
    assert told["name"] == plan.layout.name
    assert told.keys() == {"dag_id", "dag_run_id", "started", "name"}


def test_plan_run_again_gives_the_same(plan_run: Callable[..., Any]) -> None:
    assert plan_run() == plan_run()


def test_plan_run_keeps_no_secret_in_xcom(plan_run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    connection = {"conn_type": "http", "host": SEARCH, "login": "admin", "password": "hunter2"}
    monkeypatch.setenv("AIRFLOW_CONN_OPENSEARCH_DEFAULT", json.dumps(connection))

    text = json.dumps(plan_run())

    assert "hunter2" not in text
    assert "testing" not in text  # the AWS secret key of these tests


def test_plan_run_every_templated_value_is_given(plan_run: Callable[..., Any]) -> None:
    """Airflow renders None as a value of its own; `""` stands for nothing."""
    assert [name for name, value in plan_run().items() if value is None] == []


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        pytest.param({"index_name": "missing"}, "the cluster has no such index. It has: articles", id="missing-index"),
        pytest.param({"text_field": "body"}, "have no such field. Fields that hold", id="missing-text-field"),
        pytest.param({"text_field": "year"}, "which is of type integer", id="field-without-text"),
        pytest.param(
            {"input_type": "s3", "index_name": None, "s3_corpus_path": "s3://search-bucket/nothing.jsonl"},
            "s3_corpus_path is 's3://search-bucket/nothing.jsonl', and there is no JSONL file",
            id="s3-path-that-is-not-there",
        ),
        pytest.param({"bucket": "nobodys-bucket"}, "s3://nobodys-bucket is not there", id="missing-bucket"),
        pytest.param({"embedding_dimension": 1024}, "BAAI/bge-base-en-v1.5 has 768", id="wrong-dimension"),
        pytest.param(
            {"model_type": "sprase"},
            "model_type is 'sprase'. Valid values: 'dense', 'sparse' or 'highlighter'.",
            id="model-type",
        ),
        pytest.param({"model_name": "My_Model"}, "lower-case letters, digits and single hyphens", id="aws-refuses-it"),
        pytest.param({"s3_corpus_path": "s3://b-b/x.jsonl"}, "Set input_type to 's3', or leave", id="contradiction"),
        pytest.param({"indexname": "articles"}, "Did you mean 'index_name'?", id="unknown-parameter"),
        pytest.param(
            {"connector_role_arn": "arn:aws:iam::123456789012:role/r"},
            "only there can a connector assume a role",
            id="role-for-a-cluster-of-ones-own",
        ),
        pytest.param({"opensearch_conn_id": "nowhere"}, "Airflow has no such connection", id="missing-connection"),
    ],
)
def test_plan_run_bad_input_says_what_to_type(plan_run: Callable[..., Any], changed: Any, message: str) -> None:
    assert message in refusal(plan_run, **changed)


def replace(cluster: responses.RequestsMock, method: str, path: str, **answer: Any) -> None:
    cluster.replace(method, f"{SEARCH}{path}", **answer)


@pytest.mark.parametrize(
    ("method", "path", "answer", "message"),
    [
        pytest.param("POST", "/articles/_count", {"json": {"count": 0}}, "it is empty. Index", id="empty-index"),
        pytest.param("POST", "/articles/_count", {"json": {"count": 99}}, "too small to train on", id="too-small"),
        pytest.param(
            "GET",
            "/articles/_mapping",
            {"status": 403, "json": {"error": "denied"}},
            "may not read it",
            id="no-permission",
        ),
        pytest.param("GET", "/", {"status": 401, "json": {}}, "refuses the credentials", id="wrong-password"),
        pytest.param("GET", "/", {"status": 404, "body": "nginx"}, "is not OpenSearch", id="wrong-endpoint"),
        pytest.param("GET", "/", {"body": ConnectionError("refused")}, "nothing answers there", id="nothing-listens"),
        pytest.param(
            "POST",
            "/_plugins/_ml/model_groups/_search",
            {"status": 400, "json": {"error": "no handler found"}},
            "has no ML Commons plugin",
            id="no-ml-commons",
        ),
        pytest.param(
            "GET",
            "/_cluster/settings",
            {"json": {"persistent": {"plugins.ml_commons.trusted_connector_endpoints_regex": ["^https://a$"]}}},
            "does not let connectors call",
            id="untrusted-endpoint",
        ),
    ],
)
def test_plan_run_cluster_that_will_not_do_says_what_to_do(
    plan_run: Callable[..., Any], cluster: Any, method: str, path: str, answer: Any, message: str
) -> None:
    import requests

    if isinstance(answer.get("body"), ConnectionError):
        answer = {"body": requests.ConnectionError("refused")}
    replace(cluster, method, path, **answer)

    assert message in refusal(plan_run)


@pytest.mark.parametrize("name", ["aws_conn_id", "connector_aws_conn_id"])
def test_plan_run_unknown_aws_connection_is_named(plan_run: Callable[..., Any], name: str) -> None:
    """Airflow takes the worker's own identity for it: a misspelt name would put that into the connector."""
    assert f"{name} is 'no_such_aws', and Airflow has no such connection." in refusal(plan_run, **{name: "no_such_aws"})


def test_plan_run_without_a_region_says_what_to_give(
    plan_run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")

    assert "region is empty" in refusal(plan_run)


def test_plan_run_temporary_credentials_for_the_connector_are_refused(
    plan_run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token")

    assert "temporary credentials" in refusal(plan_run)


def test_plan_run_deferrable_without_aiobotocore_says_so(
    plan_run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    find = task.importlib.util.find_spec
    monkeypatch.setattr(
        "importlib.util.find_spec", lambda name, *rest: None if name == "aiobotocore" else find(name, *rest)
    )

    assert "set deferrable to false" in refusal(plan_run, deferrable=True)
    plan_run(deferrable=False)


def variable(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(f"AIRFLOW_VAR_{task.DEFAULTS_VARIABLE.upper()}", value)


def test_with_defaults_fills_what_was_left_empty(
    plan_run: Callable[..., Any], bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    variable(monkeypatch, json.dumps({"bucket": bucket, "region": "eu-west-1", "index_name": "other"}))

    plan = Plan.model_validate(plan_run(bucket=None)["plan"])

    assert plan.settings.run.bucket == bucket
    assert plan.region == "eu-west-1"
    assert plan.settings.corpus.index_name == "articles"  # given in the form


def test_with_defaults_scheduled_run_does_what_the_variable_says(
    plan_run: Callable[..., Any], params: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    variable(monkeypatch, json.dumps({**params, "model_name": "nightly", "epochs": 7}))
    for name in list(params):
        params.pop(name)

    plan = Plan.model_validate(plan_run()["plan"])

    assert (plan.settings.model.model_name, plan.settings.training.epochs) == ("nightly", 7)
    assert plan.settings.batch_size == 32  # the form's default


def test_with_defaults_what_the_run_was_given_wins_and_is_told(
    plan_run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    variable(monkeypatch, json.dumps({"epochs": 7, "region": "eu-west-1"}))

    with caplog.at_level("INFO"):
        plan = Plan.model_validate(plan_run(epochs=3)["plan"])

    assert (plan.settings.training.epochs, plan.region) == (3, "eu-west-1")
    assert "epochs is 3 as this run was given, not 7 of finetune_search_model_defaults." in caplog.messages


def test_with_defaults_conf_of_a_run_that_another_dag_triggered_may_hold_lineage(plan_run: Callable[..., Any]) -> None:
    """`TriggerDagRunOperator` adds it where OpenLineage's provider is installed."""
    lineage = {"parentRunId": "01a202d9", "parentJobName": "retrain.finetune", "parentJobNamespace": "default"}

    assert plan_run(openlineage=lineage)["plan"] == plan_run()["plan"]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        pytest.param("{broken", "is not JSON", id="not-json"),
        pytest.param('["bucket"]', "is list", id="list"),
        pytest.param('{"bukket": "b"}', "Did you mean 'bucket'?", id="unknown-name"),
    ],
)
def test_with_defaults_wrong_variable_is_named(
    plan_run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, value: str, message: str
) -> None:
    variable(monkeypatch, value)

    found = refusal(plan_run)

    assert "finetune_search_model_defaults" in found
    assert message in found


def test_plan_run_logs_what_the_run_will_cost_at_most(
    plan_run: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO"):
        plan = Plan.model_validate(plan_run()["plan"])

    assert "What this run will cost, at most:" in caplog.text
    assert plan.prices.training_usd_per_hour == 1.408


def test_plan_run_takes_a_teams_own_prices(plan_run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    own = {"training_usd_per_hour": {"ml.g5.xlarge": 0.9}}
    monkeypatch.setenv("AIRFLOW_VAR_FINETUNE_SEARCH_MODEL_PRICES", json.dumps(own))

    assert Plan.model_validate(plan_run()["plan"]).prices.training_usd_per_hour == 0.9


@pytest.mark.parametrize(
    ("own", "message"),
    [
        pytest.param("[]", "is list. Write an object of prices into it", id="list"),
        pytest.param('{"prices": 1}', "not of the form of include/cost/prices.json", id="another-form"),
    ],
)
def test_plan_run_prices_that_are_none_say_where_they_are(
    plan_run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, own: str, message: str
) -> None:
    monkeypatch.setenv("AIRFLOW_VAR_FINETUNE_SEARCH_MODEL_PRICES", own)

    assert message in refusal(plan_run)


def test_plan_run_limit_without_a_price_is_refused(plan_run: Callable[..., Any]) -> None:
    said = refusal(plan_run, max_cost_usd=10, bedrock_model_id="somebody.new-model")

    assert "the price of bedrock_model_id 'somebody.new-model' is not known" in said
