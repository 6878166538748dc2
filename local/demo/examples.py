"""Three searches through OpenSearch, base model against tuned model: `neural` queries with deployed models."""

from __future__ import annotations

import io
import json
import tarfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from opensearchpy.helpers import bulk
from rich.progress import track

from include.containers import serving_files
from include.registry.connector import connector_body, invocation_url
from local import LocalError
from local.base_model import base_model_folder
from local.demo.inputs import BUCKET, ROLE
from local.processes import pause

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from boto3 import Session
    from opensearchpy import OpenSearch

NAME = "demo-base-model"
INDEX = "demo-example-searches"
ARCHIVE_KEY = f"{NAME}/model.tar.gz"
BATCH = 64
MOST_DOCUMENTS = 5_000
HITS = 3
# Lucene looks no wider than k in its graph: with 3 it misses near documents.
CANDIDATES = 100
WAIT_SECONDS = 120


@dataclass(frozen=True)
class Example:
    """A query, why it is shown, and the best documents by model, relevant ones marked."""

    query: str
    why: str
    hits: dict[str, list[tuple[str, bool]]]


def choose(evaluation: dict[str, Any], over: str = "base") -> list[tuple[str, str, str]]:
    """Id, text and reason of three queries: the largest gain, a middle one, the largest loss.

    Args:
        evaluation: one query set of `evaluation.json`, with `per_query`.
        over: the system that the tuned model is set against.
    """
    gains = {name: found["tuned"] - found[over] for name, found in evaluation["per_query"].items()}
    ranked = sorted(gains, key=lambda name: (gains[name], name))
    improved = [name for name in ranked if gains[name] > 0] or ranked
    chosen = {
        ranked[-1]: "largest gain",
        improved[len(improved) // 2]: "a middle one of those that improved",
        ranked[0]: "largest loss",
    }
    return [(name, why, f"{gains[name]:+.2f} nDCG@10") for name, why in chosen.items()]


def searched_documents(documents: dict[str, str], relevant: Collection[str]) -> dict[str, str]:
    """At most `MOST_DOCUMENTS` to search in, the relevant ones among them: all of a large corpus takes hours."""
    ranked = sorted(documents, key=lambda name: name not in relevant)
    return {name: documents[name] for name in ranked[:MOST_DOCUMENTS]}


@contextmanager
def deployed_base_model(session: Session, client: OpenSearch, max_sequence_length: int) -> Iterator[str]:
    """Id of the base model, served and registered like the tuned one for as long as the searches take."""
    sagemaker = session.client("sagemaker")
    session.client("s3").put_object(Bucket=BUCKET, Key=ARCHIVE_KEY, Body=_archive(max_sequence_length))
    remove_base_model(session, client)
    sagemaker.create_model(
        ModelName=NAME,
        ExecutionRoleArn=ROLE,
        PrimaryContainer={
            "Image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/local:1",
            "ModelDataUrl": f"s3://{BUCKET}/{ARCHIVE_KEY}",
        },
    )
    variant = {"VariantName": "all", "ModelName": NAME, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(EndpointConfigName=NAME, ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=NAME, EndpointConfigName=NAME)
    try:
        _wait(lambda: sagemaker.describe_endpoint(EndpointName=NAME)["EndpointStatus"] == "InService")
        yield _register(session, client)
    finally:
        remove_base_model(session, client)


def search(
    client: OpenSearch,
    models: dict[str, str],
    documents: dict[str, str],
    queries: Sequence[tuple[str, str, frozenset[str]]],
) -> list[Example]:
    """Embed all documents with both models, then search with `neural` queries.

    Args:
        client: of the cluster in which the models are deployed.
        models: model id by name, `base` and `tuned`.
        documents: text by id.
        queries: text, reason and relevant document ids of each.
    """
    _index(client, models, documents)
    examples = []
    for query, why, relevant in queries:
        hits = {}
        for name, model_id in models.items():
            body = {
                "size": HITS,
                "_source": False,
                "query": {"neural": {name: {"query_text": query, "model_id": model_id, "k": CANDIDATES}}},
            }
            found = client.search(index=INDEX, body=body)["hits"]["hits"]
            hits[f"{name} model"] = [(hit["_id"], hit["_id"] in relevant) for hit in found]
        examples.append(Example(query, why, hits))
    return examples


def remove_base_model(session: Session, client: OpenSearch) -> None:
    """Take the base model down again, as far as it is there."""
    ml = client.plugins.ml
    for model in _find(ml.search_models):
        ml.undeploy_model(model_id=model)
        ml.delete_model(model_id=model)
    for connector in _find(ml.search_connectors):
        ml.delete_connector(connector_id=connector)
    sagemaker = session.client("sagemaker")
    for call, argument in (
        (sagemaker.delete_endpoint, "EndpointName"),
        (sagemaker.delete_endpoint_config, "EndpointConfigName"),
        (sagemaker.delete_model, "ModelName"),
    ):
        try:
            call(**{argument: NAME})
        except sagemaker.exceptions.ClientError as error:
            if error.response["Error"]["Code"] != "ValidationException":
                raise


def embed(client: OpenSearch, model_id: str, texts: Sequence[str]) -> list[list[float]]:
    """The deployed model's vectors through `_predict`."""
    body = {"text_docs": list(texts), "return_number": True, "target_response": ["sentence_embedding"]}
    answer = client.plugins.ml.predict(algorithm_name="text_embedding", model_id=model_id, body=body)
    return [output["data"] for result in answer["inference_results"] for output in result["output"]]


def _index(client: OpenSearch, models: dict[str, str], documents: dict[str, str]) -> None:
    dimension = len(embed(client, models["tuned"], ["one"])[0])
    vector = {
        "type": "knn_vector",
        "dimension": dimension,
        "method": {"name": "hnsw", "engine": "lucene", "space_type": "cosinesimil"},
    }
    client.indices.delete(index=INDEX, params={"ignore_unavailable": "true"})
    settings = {"index.knn": True, "number_of_shards": 1, "number_of_replicas": 0}
    client.indices.create(
        index=INDEX, body={"settings": settings, "mappings": {"properties": dict.fromkeys(models, vector)}}
    )
    ids = list(documents)
    for start in track(range(0, len(ids), BATCH), "  embedding"):
        page = ids[start : start + BATCH]
        vectors = {name: embed(client, model, [documents[i] for i in page]) for name, model in models.items()}
        rows = ({name: found[place] for name, found in vectors.items()} for place in range(len(page)))
        bulk(client, ({"_index": INDEX, "_id": name, **row} for name, row in zip(page, rows, strict=True)))
    client.indices.refresh(index=INDEX)


def _register(session: Session, client: OpenSearch) -> str:
    runtime, keys, ml = session.client("sagemaker-runtime"), session.get_credentials(), client.plugins.ml
    if keys is None:
        raise LocalError("No AWS credentials in this environment, which the connector would sign with.")
    credential = {"access_key": keys.access_key, "secret_key": keys.secret_key}
    url = invocation_url(runtime.meta.endpoint_url, NAME)
    connector = ml.create_connector(body=connector_body(NAME, url, session.region_name, credential))["connector_id"]
    body = {"name": NAME, "function_name": "remote", "connector_id": connector}
    model = str(ml.register_model(body=body, params={"deploy": "true"})["model_id"])
    _wait(lambda: ml.get_model(model_id=model)["model_state"] == "DEPLOYED")
    return model


def _archive(max_sequence_length: int) -> bytes:
    """The base model as SageMaker takes it, reading as many tokens as the tuned one was trained with."""
    folder = base_model_folder()
    files = {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
    config = json.loads(files["sentence_bert_config.json"]) | {"max_seq_length": max_sequence_length}
    files["sentence_bert_config.json"] = json.dumps(config).encode()
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz", compresslevel=1) as archive:
        for name, content in (files | serving_files()).items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return target.getvalue()


def _find(call: Any) -> list[str]:
    answer = call(body={"query": {"term": {"name.keyword": NAME}}, "size": 100})
    return [hit["_id"] for hit in answer["hits"]["hits"]]


def _wait(arrived: Callable[[], bool]) -> None:
    began = time.monotonic()
    while not arrived():
        if time.monotonic() - began > WAIT_SECONDS:
            raise LocalError(f"The base model was not served within {WAIT_SECONDS} s.")
        pause(0.5)
