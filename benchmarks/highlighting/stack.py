"""A stack of its own: OpenSearch, the gateway that adds ML Commons, and the AWS stand-in that serves the handler."""

from __future__ import annotations

import contextlib
import io
import logging
import tarfile
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
import psutil
from opensearchpy import OpenSearch
from opensearchpy.helpers import bulk

from benchmarks.services import PROJECT, running
from include.containers import serving_files
from include.highlighting.cluster import FACTORIES, FACTORY
from include.registry.connector import connector_body, invocation_url
from local.demo_corpus import read_documents
from local.processes import pause

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

log = logging.getLogger(__name__)

BUCKET, INDEX = "highlighting-bench", "demo-aws-api-reference"
ROLE = "arn:aws:iam::123456789012:role/bench"
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/local:1"
REGION = "us-east-1"
HANDLER = "from serving.highlighter import input_fn, model_fn, output_fn, predict_fn\n"
WAIT_SECONDS = 180
# 200 long documents take longer than the minute of production; a call that is sent again would not be seen.
PATIENT = {"max_connection": 50, "connection_timeout": 5, "read_timeout": 300}


@dataclass(frozen=True)
class Stack:
    """Where the services answer, and clients of them."""

    gateway_url: str
    aws_url: str
    opensearch: OpenSearch

    def aws(self, service: str) -> Any:
        """A boto3 client of the stand-in."""
        return boto3.client(
            service,
            endpoint_url=self.aws_url,
            region_name=REGION,
            aws_access_key_id="local",
            aws_secret_access_key="local",  # noqa: S106 - the stand-in checks no secrets
        )


@contextlib.contextmanager
def running_stack() -> Iterator[Stack]:
    """Start everything, and remove it in the end."""
    log.info("Starting OpenSearch, gateway and AWS stand-in")
    with running(PROJECT / ".local" / "bench-highlighting", "gateway", "aws") as urls:
        opensearch = OpenSearch(hosts=[urls["gateway"]], timeout=300, max_retries=0, pool_maxsize=32)
        yield Stack(urls["gateway"], urls["aws"], opensearch)


def serve(stack: Stack, model: Path, name: str, variables: Mapping[str, str] | None = None) -> None:
    """An endpoint with this model and our handler, in service.

    Args:
        stack: that it runs in.
        model: folder of the model.
        name: of the endpoint.
        variables: environment of the handler.
    """
    s3, sagemaker, key = stack.aws("s3"), stack.aws("sagemaker"), f"{name}/model.tar.gz"
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key=key, Body=_archive(model))
    container = {"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/{key}", "Environment": dict(variables or {})}
    sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer=container)
    variant = {"VariantName": "all", "ModelName": name, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    _wait_in_service(sagemaker, name)
    log.info("Endpoint %s is in service", name)


def remove(stack: Stack, name: str) -> None:
    """Take an endpoint down."""
    stack.aws("sagemaker").delete_endpoint(EndpointName=name)


def register(stack: Stack, name: str) -> str:
    """Id of the deployed ML Commons model that calls the endpoint, through the package's own connector."""
    ml = stack.opensearch.plugins.ml
    credential = {"access_key": "local", "secret_key": "local"}
    connector = connector_body(name, endpoint_url(stack, name), REGION, credential, "highlighter")
    connector["client_config"] = PATIENT
    connector_id = ml.create_connector(body=connector)["connector_id"]
    body = {"name": name, "function_name": "remote", "connector_id": connector_id}
    model_id = str(ml.register_model(body=body, params={"deploy": "true"})["model_id"])
    began = time.monotonic()
    while ml.get_model(model_id=model_id)["model_state"] != "DEPLOYED":
        if time.monotonic() - began > WAIT_SECONDS:
            raise SystemExit(f"The model {name} was not deployed within {WAIT_SECONDS} s.")
        pause(0.2)
    return model_id


def endpoint_url(stack: Stack, name: str) -> str:
    """Where an endpoint is called."""
    return invocation_url(stack.aws_url, name)


def index_demo_corpus(stack: Stack) -> int:
    """Put the demo corpus into an index of one shard, and allow batch highlighting; returns how many documents."""
    client, documents = stack.opensearch, read_documents()
    client.cluster.put_settings(body={"persistent": {FACTORIES: [FACTORY]}})
    mappings = {"properties": {"text": {"type": "text"}}}
    settings = {"number_of_shards": 1, "number_of_replicas": 0}
    client.indices.create(index=INDEX, body={"settings": settings, "mappings": mappings})
    bulk(client, ({"_index": INDEX, "_id": document.id, "text": document.text} for document in documents))
    client.indices.refresh(index=INDEX)
    return len(documents)


def server_pid(name: str) -> int | None:
    """Process that serves an endpoint, found by its command line: the largest, since others watch over it."""
    found: dict[int, int] = {}
    for process in psutil.process_iter(["cmdline", "memory_info"]):
        command = " ".join(process.info["cmdline"] or ())
        if "container_server.py" in command and f"/endpoints/{name}/" in command and process.info["memory_info"]:
            found[process.info["memory_info"].rss] = int(process.pid)
    return found[max(found)] if found else None


def _archive(model: Path) -> bytes:
    files = {path.relative_to(model).as_posix(): path.read_bytes() for path in model.rglob("*") if path.is_file()}
    files = {name: content for name, content in files.items() if not name.startswith("code/")}
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz", compresslevel=1) as archive:
        for name, content in {**files, **serving_files(), "code/inference.py": HANDLER.encode()}.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return target.getvalue()


def _wait_in_service(sagemaker: Any, name: str) -> None:
    began = time.monotonic()
    while (found := sagemaker.describe_endpoint(EndpointName=name))["EndpointStatus"] != "InService":
        if found["EndpointStatus"] == "Failed" or time.monotonic() - began > WAIT_SECONDS:
            raise SystemExit(f"Endpoint {name} is {found['EndpointStatus']}: {found.get('FailureReason', 'too slow')}")
        pause(0.2)
