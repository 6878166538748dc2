"""Back to the model that was deployed before: checked first, and only then is the newer one taken away."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from include import layout as at
from include.errors import TerminalError
from include.promotion.record import IDS, promotions_uri, rollback_entry, way_back
from include.promotion.store import append_entry, read_promotions
from include.registry.smoke import check_embeddings, check_highlights, check_weights
from include.release import delete_endpoint
from include.storage import read_json

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker import SageMakerClient

    from include.promotion.record import Entry
    from include.promotion.settings import RollbackOptions

log = logging.getLogger(__name__)


class Cluster(Protocol):
    """What is asked of the cluster; see `opensearch_ml.hooks.ml_commons.OpenSearchMLHook`."""

    def deploy_model(self, model_id: str) -> str: ...
    def wait_until_deployed(self, model_id: str) -> None: ...
    def undeploy_model(self, model_id: str) -> None: ...
    def connector_of(self, model_id: str) -> str | None: ...
    def remove_model(self, model_id: str) -> None: ...
    def remove_connector(self, connector_id: str) -> None: ...
    def remove_pipelines(self, name: str) -> bool: ...
    def embed(self, model_id: str, texts: Sequence[str]) -> list[list[float]]: ...
    def sparse_embed(self, model_id: str, texts: Sequence[str]) -> list[dict[str, float]]: ...
    def highlight(self, model_id: str, items: Sequence[dict[str, str]]) -> list[list[dict[str, Any]]]: ...


def roll_back(
    s3: S3Client, sagemaker: SageMakerClient, cluster: Cluster, options: RollbackOptions, dag_run_id: str
) -> dict[str, Any]:
    """Make the model before the current one current again.

    First its endpoint must be in service, and its models, deployed again if need be, must answer as they were trained;
    then the rollback is recorded, and the newer model is undeployed, or with `remove` deleted with all that is its own.
    A second try of the same DAG run goes no further back.

    Returns:
        The previous model's ids and endpoint, which searches are to use now; `run` and `from_run`; what was `removed`.

    Raises:
        TerminalError: there is no previous model, or it does not work: nothing was changed.
    """
    uri = promotions_uri(str(options.bucket), options.prefix, options.model_name)
    previous, newer, recorded = way_back(read_promotions(s3, uri), dag_run_id, uri)
    log.info("Back from %s to %s.", newer["run"], previous["run"])
    _check_endpoint(sagemaker, previous)
    for model_id in _models(previous):
        _deploy(cluster, model_id, previous)
    _check_answers(s3, cluster, previous)
    if not recorded:
        append_entry(s3, uri, rollback_entry(previous, newer, dag_run_id, datetime.now(UTC)))
    removed = _remove(sagemaker, cluster, newer) if options.remove else _undeploy(cluster, newer)
    return {
        "run": previous["run"],
        "from_run": newer["run"],
        "endpoint_name": previous["endpoint_name"],
        **{name: previous.get(name) for name in IDS},
        "removed": removed,
    }


def _models(entry: Entry) -> list[str]:
    """Ids of the models of both sides; a symmetric model has one."""
    return list(dict.fromkeys(entry[name] for name in ("model_id", "query_model_id") if entry.get(name)))


def _check_endpoint(sagemaker: SageMakerClient, entry: Entry) -> None:
    from botocore.exceptions import ClientError

    try:
        status = str(sagemaker.describe_endpoint(EndpointName=entry["endpoint_name"])["EndpointStatus"])
    except ClientError as error:
        if "could not find" not in error.response["Error"]["Message"].lower():
            raise
        status = "not there"
    if status != "InService":
        raise TerminalError(
            f"The endpoint {entry['endpoint_name']} of run {entry['run']} is {status}, not InService: nothing was "
            f"changed. Create it again from {entry['artifact']}, or train again."
        )


def _deploy(cluster: Cluster, model_id: str, entry: Entry) -> None:
    from opensearchpy.exceptions import NotFoundError

    try:
        if cluster.deploy_model(model_id) != "DEPLOYED":
            cluster.wait_until_deployed(model_id)
    except NotFoundError as error:
        raise TerminalError(
            f"Model {model_id} of run {entry['run']} is not in the cluster any more: nothing was changed. Train again."
        ) from error


def _check_answers(s3: S3Client, cluster: Cluster, entry: Entry) -> None:
    """Refuse to go back to a model that does not answer as the training container did."""
    golden = read_json(s3, f"{entry['folder']}{at.TRAINING_OUTPUT}/golden.json")
    model_id, query_model_id = entry["model_id"], entry.get("query_model_id") or entry["model_id"]
    if entry["model_type"] == "highlighter":
        asked = [{"question": item["question"], "context": item["context"]} for item in golden["items"]]
        check_highlights(golden["items"], cluster.highlight(model_id, asked))
        return
    sparse = entry["model_type"] == "sparse"
    check: Callable[..., float] = check_weights if sparse else check_embeddings
    embed: Callable[..., Any] = cluster.sparse_embed if sparse else cluster.embed
    what = "weights" if sparse else "embeddings"
    for texts, answers, model in (("texts", what, model_id), ("queries", f"query_{what}", query_model_id)):
        if golden.get(texts):
            check(golden[texts], golden[answers], embed(model, golden[texts]))


def _undeploy(cluster: Cluster, newer: Entry) -> list[str]:
    for model_id in _models(newer):
        cluster.undeploy_model(model_id)
    return []


def _remove(sagemaker: SageMakerClient, cluster: Cluster, newer: Entry) -> list[str]:
    """Delete what is the newer model's own: first the ways to it, then the endpoint."""
    removed = []
    for name in {newer.get("ingest_pipeline"), newer.get("search_pipeline")} - {None}:
        cluster.remove_pipelines(str(name))
        removed.append(f"pipelines {name}")
    for model_id in _models(newer):
        connector_id = cluster.connector_of(model_id)
        cluster.remove_model(model_id)
        removed.append(f"model {model_id}")
        if connector_id:
            cluster.remove_connector(connector_id)
            removed.append(f"connector {connector_id}")
    return [*removed, *delete_endpoint(sagemaker, newer["endpoint_name"])]
