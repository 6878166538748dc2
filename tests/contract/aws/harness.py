"""A real stand-in in a process of its own, and what the tests ask of it again and again."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import socket
import subprocess
import sys
import tarfile
import textwrap
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import httpx
from botocore.config import Config

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROJECT = Path(__file__).resolve().parents[3]
REGION = "us-east-1"
ACCOUNT = "123456789012"
BUCKET = "contract-tests"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/tests"
IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.6.0-cpu-py312"
KEYS = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}

TRAINING_SCRIPT = """
    import argparse, json, os, pathlib, sys, time
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--learning-rate", type=float)
    parser.add_argument("--fail", default="")
    options = parser.parse_args()
    kept = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"], "checkpoints")
    if kept.is_dir():
        found = sorted(path.name for path in kept.iterdir())
        print("found checkpoints", found)
        (kept / f"checkpoint-{len(found) + 1}").write_text("weights")
        for name in found if os.environ.get("FORGET") else []:
            (kept / name).unlink()
        for tick in range(int(os.environ.get("TICKS", 0)) if not found else 0):
            print("tick", tick, flush=True)
            time.sleep(0.1)
    if options.fail == "by raising":
        raise ValueError("the loss is not a number")
    if options.fail == "in its own words":
        pathlib.Path(os.environ["SM_OUTPUT_DIR"], "failure").write_text("The corpus holds 3 pairs; 100 are needed.")
        sys.exit(1)
    lines = pathlib.Path(os.environ["SM_CHANNEL_TRAIN"], "pairs.jsonl").read_text().splitlines()
    for epoch in range(options.epochs):
        print(f"epoch={epoch + 1} loss={1 / (epoch + 2):.4f}")
    pathlib.Path(os.environ["SM_MODEL_DIR"], "weights.json").write_text(json.dumps({"pairs": len(lines)}))
    pathlib.Path(os.environ["SM_OUTPUT_DATA_DIR"], "environment.json").write_text(
        json.dumps({"environ": dict(os.environ), "argv": sys.argv, "cwd": os.getcwd()})
    )
"""

INFERENCE_SCRIPT = """
    import json, os, pathlib, time

    class Refused(Exception):
        def __init__(self, status_code, message):
            super().__init__(message)
            self.status_code, self.message, self.phrase = status_code, message, "Refused"

    def model_fn(model_dir):
        return json.loads(pathlib.Path(model_dir, "weights.json").read_text())

    def input_fn(body, content_type):
        if content_type != "application/json":
            raise Refused(415, f"content type {content_type} is not application/json")
        return json.loads(body)

    def predict_fn(data, model):
        if data == "crash":
            os._exit(3)
        if data == "raise":
            raise RuntimeError("a bug in the handler")
        if data == "sleep":
            time.sleep(30)
        return {"data": data, "model": model, "environment": os.environ.get("GREETING")}

    def output_fn(prediction, accept):
        return json.dumps(prediction), accept
"""


@dataclass
class StandInProcess:
    """`python -m local.aws` on a free port; start, stop and kill it as often as wanted."""

    data: Path
    writer: str = "tests.contract.aws.writers:two_queries"
    port: int = field(default_factory=lambda: free_port())
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "local.aws", "--port", str(self.port), "--data", str(self.data)]
        self.data.mkdir(parents=True, exist_ok=True)
        with (self.data / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--container-python", sys.executable, "--writer", self.writer],
                cwd=PROJECT,
                env={**os.environ, "AWS_SECRET_ACCESS_KEY": "the stand-in's own", "PYTHONPATH": str(PROJECT)},
                stdout=log,
                stderr=log,
            )
        wait_for(self._healthy, 60, lambda: f"the stand-in does not start: {self.log()[-2000:]}")

    def stop(self, number: int = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(timeout=30)

    def log(self) -> str:
        return (self.data / "log").read_text()

    def client(self, service: str, **options: Any) -> Any:
        config = Config(retries={"total_max_attempts": 1}, max_pool_connections=20)
        options = {"region_name": REGION, "endpoint_url": self.url, "config": config, **KEYS, **options}
        return boto3.session.Session().client(service, **options)

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """A request that no SDK would make."""
        return httpx.request(method, f"{self.url}{path}", timeout=10, trust_env=False, **options)

    def settings(self, **changes: Any) -> dict[str, Any]:
        method, body = ("PUT", changes) if changes else ("GET", None)
        answer = self.request(method, "/_local/settings", json=body)
        if answer.status_code != 200:
            raise ValueError(answer.json()["error"])
        return dict(answer.json())

    @contextlib.contextmanager
    def changed(self, **changes: Any) -> Iterator[None]:
        """These settings for a while."""
        before = self.settings()
        self.settings(**changes)
        try:
            yield
        finally:
            self.settings(**{name: before[name] for name in changes})

    def _healthy(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError(f"the stand-in has ended: {self.log()[-2000:]}")
        try:
            return self.request("GET", "/_local/health").status_code == 200
        except httpx.TransportError:
            return False


def signed_for(service: str) -> str:
    """An Authorization header of the right form; the stand-in does not compute signatures."""
    scope = f"testing/20260101/{REGION}/{service}/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature={'0' * 64}"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def wait_for(check: Callable[[], Any], seconds: float = 30, complaint: Callable[[], str] = lambda: "too late") -> Any:
    """Asks until the answer is true, and gives it."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not (answer := check()):
        assert time.monotonic() < deadline, complaint()
        pause.wait(0.05)
    return answer


def tarball(**files: str) -> bytes:
    """A .tar.gz of files by their names, "__" standing for "/" and "_py" for ".py"."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, text in files.items():
            content = textwrap.dedent(text).encode()
            member = tarfile.TarInfo(name.replace("__", "/").replace("_py", ".py").replace("_json", ".json"))
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def training_job(name: str, **changes: Any) -> dict[str, Any]:
    """A request for a training job that works; what it needs in S3 `upload_training` has put there."""
    return {
        "TrainingJobName": name,
        "AlgorithmSpecification": {
            "TrainingImage": IMAGE,
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "loss", "Regex": r"loss=([0-9.]+)"}],
        },
        "RoleArn": ROLE,
        "HyperParameters": {
            "sagemaker_program": "train.py",
            "sagemaker_submit_directory": json.dumps(f"s3://{BUCKET}/code/sourcedir.tar.gz"),
            "epochs": "3",
            "learning-rate": "2e-5",
        },
        "InputDataConfig": [
            {
                "ChannelName": "train",
                "ContentType": "application/jsonlines",
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/train/"}},
            }
        ],
        "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/models"},
        "ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 10},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        **changes,
    }


def upload_training(s3: Any) -> None:
    """The toy training script and its channel."""
    s3.put_object(Bucket=BUCKET, Key="code/sourcedir.tar.gz", Body=tarball(train_py=TRAINING_SCRIPT))
    s3.put_object(Bucket=BUCKET, Key="train/pairs.jsonl", Body='{"query": "q", "document": "d"}\n' * 5)


def upload_model(s3: Any, key: str = "models/toy/model.tar.gz", **files: str) -> str:
    """The toy model archive; gives its URI."""
    content = {"weights_json": '{"pairs": 5}', "code__inference_py": INFERENCE_SCRIPT, **files}
    s3.put_object(Bucket=BUCKET, Key=key, Body=tarball(**content))
    return f"s3://{BUCKET}/{key}"


def ended_training(sagemaker: Any, name: str) -> dict[str, Any]:
    """The description of a training job, when it has ended."""

    def ended() -> Any:
        job = sagemaker.describe_training_job(TrainingJobName=name)
        return job if job["TrainingJobStatus"] in ("Completed", "Failed", "Stopped") else None

    return wait_for(ended, 60)


def settled_endpoint(sagemaker: Any, name: str) -> dict[str, Any]:
    """The description of an endpoint, when nothing happens to it any more."""

    def settled() -> Any:
        endpoint = sagemaker.describe_endpoint(EndpointName=name)
        return endpoint if endpoint["EndpointStatus"] in ("InService", "Failed") else None

    return wait_for(settled, 60)


def deploy(sagemaker: Any, name: str, model_data: str, **container: Any) -> dict[str, Any]:
    """A model, a configuration and an endpoint of the same name; gives the endpoint, when it has settled."""
    create_config(sagemaker, name, model_data, **container)
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    return settled_endpoint(sagemaker, name)


def create_config(sagemaker: Any, name: str, model_data: str, **container: Any) -> None:
    """A model and a configuration of the same name."""
    primary = {"Image": IMAGE, "ModelDataUrl": model_data, **container}
    sagemaker.create_model(ModelName=name, PrimaryContainer=primary, ExecutionRoleArn=ROLE)
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": name,
        "InstanceType": "ml.m5.xlarge",
        "InitialInstanceCount": 1,
    }
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])


def batch_job(name: str, source: str, **changes: Any) -> dict[str, Any]:
    """A request for a batch inference job."""
    return {
        "jobName": name,
        "roleArn": ROLE,
        "modelId": "anthropic.claude-haiku-4-5-20251001-v1:0",
        "modelInvocationType": "Converse",
        "inputDataConfig": {"s3InputDataConfig": {"s3InputFormat": "JSONL", "s3Uri": source}},
        "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": f"s3://{BUCKET}/answers/"}},
        **changes,
    }


def converse_record(number: int, text: str = "Write two queries.") -> dict[str, Any]:
    """One record in Converse's format."""
    message = {"role": "user", "content": [{"text": f"{text} {number}"}]}
    return {"recordId": f"RECORD{number:05d}", "modelInput": {"messages": [message]}}


def upload_records(s3: Any, key: str, records: list[Any]) -> str:
    """Records as JSON lines; gives the URI."""
    lines = (record if isinstance(record, str) else json.dumps(record) for record in records)
    s3.put_object(Bucket=BUCKET, Key=key, Body="\n".join(lines) + "\n")
    return f"s3://{BUCKET}/{key}"


def ended_batch(bedrock: Any, arn: str) -> dict[str, Any]:
    """The description of a batch inference job, when it has ended."""

    def ended() -> Any:
        job = bedrock.get_model_invocation_job(jobIdentifier=arn)
        done = ("Completed", "PartiallyCompleted", "Failed", "Stopped", "Expired")
        return job if job["status"] in done else None

    return wait_for(ended, 60)


def read_lines(s3: Any, key: str) -> list[dict[str, Any]]:
    """An object's JSON lines."""
    body = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    return [json.loads(line) for line in body.splitlines()]


def read_tar(s3: Any, key: str) -> dict[str, bytes]:
    """The files in an archive, by their names."""
    body = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body), mode="r:gz") as tar:
        members = [member for member in tar.getmembers() if member.isfile()]
        return {member.name: tar.extractfile(member).read() for member in members}  # type: ignore[union-attr]


def log_lines(logs: Any, group: str, prefix: str) -> list[str]:
    """The messages of the one stream that begins so."""
    streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=prefix)["logStreams"]
    assert len(streams) == 1
    events = logs.get_log_events(logGroupName=group, logStreamName=streams[0]["logStreamName"], startFromHead=True)
    return [event["message"] for event in events["events"]]
