"""Takes down what earlier demo runs left serving: on one machine each endpoint costs half a gigabyte."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from boto3 import Session
    from opensearchpy import OpenSearch


def remove_earlier_runs(session: Session, client: OpenSearch, model_name: str) -> None:
    """Remove models, connectors and endpoints of the demo's model; their reports and artifacts stay."""
    ml, prefix = client.plugins.ml, f"{model_name}-"
    body = {"query": {"prefix": {"name.keyword": prefix}}, "size": 100}
    # Both answer 404 where there is none at all.
    for get in (client.ingest.get_pipeline, client.search_pipeline.get):
        kind = get(params={"ignore": 404})
        _remove_pipelines(client, [name for name in kind if name.startswith(prefix)])
    for model in ml.search_models(body=body)["hits"]["hits"]:
        ml.undeploy_model(model_id=model["_id"])
        ml.delete_model(model_id=model["_id"])
    for connector in ml.search_connectors(body=body)["hits"]["hits"]:
        ml.delete_connector(connector_id=connector["_id"])
    sagemaker = session.client("sagemaker")
    for endpoint in sagemaker.list_endpoints(NameContains=prefix)["Endpoints"]:
        if endpoint["EndpointName"].startswith(prefix):
            sagemaker.delete_endpoint(EndpointName=endpoint["EndpointName"])


def _remove_pipelines(client: OpenSearch, names: list[str]) -> None:
    for name in names:
        client.ingest.delete_pipeline(id=name, params={"ignore": 404})
        client.search_pipeline.delete(id=name, params={"ignore": 404})
