"""A rollback on S3 and SageMaker in memory, and a cluster that remembers its models."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from opensearchpy.exceptions import NotFoundError

from include.errors import TerminalError
from include.phases.rollback import roll_back
from include.promotion.settings import RollbackOptions
from include.promotion.store import read_promotions
from include.storage import write_json

if TYPE_CHECKING:
    from collections.abc import Sequence

GOLDEN = {
    "texts": ["a", "b"],
    "embeddings": [[1.0, 0.0], [0.6, 0.8]],
    "queries": ["q"],
    "query_embeddings": [[0.0, 1.0]],
}
DOCUMENT_SIDE = {"a": [1.0, 0.0], "b": [0.6, 0.8], "q": [1.0, 0.0]}
QUERY_SIDE = {"q": [0.0, 1.0]}


@dataclass
class Cluster:
    """Models with their states, which answer as they were trained; those of the side of queries end in `-query`."""

    states: dict[str, str]
    broken: bool = False
    pipelines: set[str] = field(default_factory=lambda: {"m-a", "m-b"})
    connectors: set[str] = field(default_factory=lambda: {f"c-{n}" for n in ("a", "a-query", "b", "b-query")})

    def model_state(self, model_id: str) -> str:
        if model_id not in self.states:
            raise NotFoundError(404, "status_exception", "Failed to find model")
        return self.states[model_id]

    def deploy_model(self, model_id: str) -> str:
        state = self.model_state(model_id)
        self.states[model_id] = "DEPLOYED"
        return state if state == "DEPLOYED" else "DEPLOYING"

    def wait_until_deployed(self, model_id: str) -> None:
        if self.states[model_id] != "DEPLOYED":
            raise TerminalError(f"Model {model_id} is {self.states[model_id]} instead of DEPLOYED.")

    def undeploy_model(self, model_id: str) -> None:
        self.states[model_id] = "UNDEPLOYED"

    def connector_of(self, model_id: str) -> str | None:
        return f"c-{model_id}" if model_id in self.states else None

    def remove_model(self, model_id: str) -> None:
        self.states.pop(model_id, None)

    def remove_connector(self, connector_id: str) -> None:
        self.connectors.discard(connector_id)

    def remove_pipelines(self, name: str) -> bool:
        there = name in self.pipelines
        self.pipelines.discard(name)
        return there

    def embed(self, model_id: str, texts: Sequence[str]) -> list[list[float]]:
        side = QUERY_SIDE if model_id.endswith("-query") else DOCUMENT_SIDE
        return [[0.5, 0.5] if self.broken else side[text] for text in texts]

    def sparse_embed(self, model_id: str, texts: Sequence[str]) -> list[dict[str, float]]:
        return [{"word": 1.0, "q" if model_id.endswith("-query") else "d": 2.0} for _ in texts]

    def highlight(self, model_id: str, items: Sequence[dict[str, str]]) -> list[list[dict[str, Any]]]:
        return [[{"start": 0, "end": 4}] for _ in items]


@pytest.fixture
def cluster() -> Cluster:
    return Cluster(
        {"a": "UNDEPLOYED", "a-query": "UNDEPLOYED", "b": "DEPLOYED", "b-query": "DEPLOYED"},
    )


@pytest.fixture
def sagemaker(s3: Any) -> Any:
    """With the endpoints of two runs."""
    client = boto3.client("sagemaker", region_name="us-east-1")
    role = "arn:aws:iam::123456789012:role/r"
    for name in ("m-a", "m-b"):
        client.create_model(ModelName=name, ExecutionRoleArn=role, PrimaryContainer={"Image": "image"})
        variant = {"VariantName": "v", "ModelName": name, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        client.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
        client.create_endpoint(EndpointName=name, EndpointConfigName=name)
    return client


@pytest.fixture
def options(s3: Any, bucket: str) -> RollbackOptions:
    """Of a model with two promotions; both left their golden.json."""
    entries = [
        {
            "kind": "promotion",
            "run": run,
            "model_type": "dense",
            "endpoint_name": f"m-{run}",
            "model_id": run,
            "query_model_id": f"{run}-query",
            "ingest_pipeline": f"m-{run}",
            "search_pipeline": f"m-{run}",
            "artifact": f"s3://{bucket}/{run}.tar.gz",
            "folder": f"s3://{bucket}/p/m/{run}/",
        }
        for run in "ab"
    ]
    write_json(s3, f"s3://{bucket}/p/m/promotions.json", entries)
    for entry in entries:
        write_json(s3, f"{entry['folder']}training-output/golden.json", GOLDEN)
    return RollbackOptions(model_name="m", bucket=bucket, prefix="p")


def endpoints(sagemaker: Any) -> list[str]:
    return sorted(endpoint["EndpointName"] for endpoint in sagemaker.list_endpoints()["Endpoints"])


def kinds(s3: Any, bucket: str) -> list[str]:
    return [f"{e['kind']} {e['run']}" for e in read_promotions(s3, f"s3://{bucket}/p/m/promotions.json")]


def test_roll_back_previous_model_is_deployed_again_and_current(
    s3: Any, bucket: str, sagemaker: Any, cluster: Cluster, options: RollbackOptions
) -> None:
    done = roll_back(s3, sagemaker, cluster, options, "rollback-1")

    assert (done["run"], done["from_run"], done["model_id"], done["search_pipeline"]) == ("a", "b", "a", "m-a")
    assert done["removed"] == []
    assert cluster.states == {"a": "DEPLOYED", "a-query": "DEPLOYED", "b": "UNDEPLOYED", "b-query": "UNDEPLOYED"}
    assert endpoints(sagemaker) == ["m-a", "m-b"]
    assert kinds(s3, bucket) == ["promotion a", "promotion b", "rollback a"]


def test_roll_back_with_remove_leaves_nothing_of_the_newer_one(
    s3: Any, sagemaker: Any, cluster: Cluster, options: RollbackOptions
) -> None:
    done = roll_back(s3, sagemaker, cluster, options.model_copy(update={"remove": True}), "rollback-1")

    assert cluster.states == {"a": "DEPLOYED", "a-query": "DEPLOYED"}
    assert cluster.connectors == {"c-a", "c-a-query"}
    assert cluster.pipelines == {"m-a"}
    assert endpoints(sagemaker) == ["m-a"]
    assert done["removed"] == [
        *("pipelines m-b", "model b", "connector c-b", "model b-query", "connector c-b-query"),
        *("endpoint m-b deleted", "endpoint configuration m-b deleted", "SageMaker model m-b deleted"),
    ]


@pytest.mark.parametrize("remove", [pytest.param(False, id="undeploy"), pytest.param(True, id="remove")])
def test_roll_back_second_try_ends_as_the_first(
    s3: Any, bucket: str, sagemaker: Any, cluster: Cluster, options: RollbackOptions, remove: bool
) -> None:
    options = options.model_copy(update={"remove": remove})
    first = roll_back(s3, sagemaker, cluster, options, "rollback-1")
    states = dict(cluster.states)

    second = roll_back(s3, sagemaker, cluster, options, "rollback-1")

    assert {**second, "removed": []} == {**first, "removed": []}
    assert cluster.states == states
    assert kinds(s3, bucket) == ["promotion a", "promotion b", "rollback a"]


def refused(s3: Any, bucket: str, *arguments: Any) -> str:
    with pytest.raises(TerminalError) as caught:
        roll_back(s3, *arguments, "rollback-1")
    assert kinds(s3, bucket) == ["promotion a", "promotion b"]
    return str(caught.value)


def test_roll_back_model_that_answers_otherwise_is_refused(
    s3: Any, bucket: str, sagemaker: Any, cluster: Cluster, options: RollbackOptions
) -> None:
    cluster.broken = True

    assert "The deployed model does not answer what was trained" in refused(s3, bucket, sagemaker, cluster, options)
    assert cluster.states["b"] == "DEPLOYED"


def test_roll_back_endpoint_that_is_gone_is_refused(
    s3: Any, bucket: str, sagemaker: Any, cluster: Cluster, options: RollbackOptions
) -> None:
    sagemaker.delete_endpoint(EndpointName="m-a")

    told = refused(s3, bucket, sagemaker, cluster, options)

    assert told.startswith("The endpoint m-a of run a is not there, not InService: nothing was changed.")
    assert cluster.states["a"] == "UNDEPLOYED"


def test_roll_back_model_that_is_gone_is_refused(
    s3: Any, bucket: str, sagemaker: Any, cluster: Cluster, options: RollbackOptions
) -> None:
    del cluster.states["a-query"]

    assert "Model a-query of run a is not in the cluster any more" in refused(s3, bucket, sagemaker, cluster, options)


def test_roll_back_model_that_does_not_deploy_is_refused(
    s3: Any, bucket: str, sagemaker: Any, cluster: Cluster, options: RollbackOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.states["a"] = "DEPLOY_FAILED"
    monkeypatch.setattr(cluster, "deploy_model", lambda _: "DEPLOYING")

    assert "Model a is DEPLOY_FAILED instead of DEPLOYED" in refused(s3, bucket, sagemaker, cluster, options)


def test_roll_back_of_a_sparse_model_asks_both_sides_for_their_weights(
    s3: Any, bucket: str, sagemaker: Any, cluster: Cluster, options: RollbackOptions
) -> None:
    uri = f"s3://{bucket}/p/m/promotions.json"
    write_json(s3, uri, [{**entry, "model_type": "sparse"} for entry in read_promotions(s3, uri)])
    golden = {
        "texts": ["a"],
        "weights": [{"word": 1.0, "d": 2.0}],
        "queries": ["q"],
        "query_weights": [{"word": 1.0, "q": 2.0}],
    }
    write_json(s3, f"s3://{bucket}/p/m/a/training-output/golden.json", golden)

    assert roll_back(s3, sagemaker, cluster, options, "rollback-1")["run"] == "a"


def test_roll_back_of_a_highlighter_asks_for_its_spans(
    s3: Any, bucket: str, sagemaker: Any, cluster: Cluster, options: RollbackOptions
) -> None:
    uri = f"s3://{bucket}/p/m/promotions.json"
    write_json(s3, uri, [{**entry, "model_type": "highlighter"} for entry in read_promotions(s3, uri)])
    items = [{"question": "q", "context": "A b. C d.", "highlights": [{"start": 0, "end": 4}]}]
    write_json(s3, f"s3://{bucket}/p/m/a/training-output/golden.json", {"items": items})

    assert roll_back(s3, sagemaker, cluster, options, "rollback-1")["run"] == "a"
