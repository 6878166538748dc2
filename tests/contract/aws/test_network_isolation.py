"""EnableNetworkIsolation in the stand-in: the code comes as a channel, and nothing else of the network is there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.contract.aws.harness import (
    BUCKET,
    IMAGE,
    ROLE,
    ended_training,
    settled_endpoint,
    tarball,
    training_job,
    upload_model,
)

if TYPE_CHECKING:
    from collections.abc import Callable

REACHES_OUT = """
    import pathlib, os, socket
    pathlib.Path(os.environ["SM_MODEL_DIR"], "made").write_text("x")
    socket.create_connection(("192.0.2.1", 443), timeout=1)
"""
HANDLER = """
    import json, socket
    def model_fn(folder): return folder
    def input_fn(body, content_type): return json.loads(body)
    def predict_fn(host, model):
        try:
            socket.getaddrinfo(host, 443)
        except OSError as error:
            return str(error)
        return "reached"
    def output_fn(answer, accept): return json.dumps(answer), accept
"""


def isolated_job(name: str, source: str, **changes: Any) -> dict[str, Any]:
    """A job whose code comes as a channel, as it must without a network."""
    job = training_job(name, EnableNetworkIsolation=True, **changes)
    channel = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": source}}
    job["InputDataConfig"].append({"ChannelName": "code", "DataSource": channel})
    job["HyperParameters"]["sagemaker_submit_directory"] = f"/opt/ml/input/data/code/{source.rpartition('/')[2]}"
    return job


def test_isolated_job_has_its_code_from_a_channel(sagemaker: Any, new_name: Callable[[str], str]) -> None:
    name = new_name("isolated")

    sagemaker.create_training_job(**isolated_job(name, f"s3://{BUCKET}/code/sourcedir.tar.gz"))

    job = ended_training(sagemaker, name)
    assert (job["TrainingJobStatus"], job["EnableNetworkIsolation"]) == ("Completed", True), job


def test_isolated_job_cannot_reach_out(s3: Any, sagemaker: Any, new_name: Callable[[str], str]) -> None:
    name = new_name("reaching")
    s3.put_object(Bucket=BUCKET, Key="code/reaching.tar.gz", Body=tarball(train_py=REACHES_OUT))

    sagemaker.create_training_job(**isolated_job(name, f"s3://{BUCKET}/code/reaching.tar.gz"))

    job = ended_training(sagemaker, name)
    assert job["TrainingJobStatus"] == "Failed"
    assert "no network (EnableNetworkIsolation) for socket." in job["FailureReason"]


def test_isolated_job_cannot_fetch_its_code(sagemaker: Any, new_name: Callable[[str], str]) -> None:
    name = new_name("fetching")

    sagemaker.create_training_job(**training_job(name, EnableNetworkIsolation=True))

    reason = ended_training(sagemaker, name)["FailureReason"]
    assert "Network isolation: the container cannot reach 's3://" in reason


def test_isolated_model_serves_and_cannot_reach_out(
    s3: Any, sagemaker: Any, runtime: Any, new_name: Callable[[str], str]
) -> None:
    name = new_name("isolated-model")
    data = upload_model(s3, f"models/{name}.tar.gz", code__inference_py=HANDLER)
    primary = {"Image": IMAGE, "ModelDataUrl": data}
    sagemaker.create_model(ModelName=name, PrimaryContainer=primary, ExecutionRoleArn=ROLE, EnableNetworkIsolation=True)
    variant = {"VariantName": "v", "ModelName": name, "InstanceType": "ml.m5.xlarge", "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    assert settled_endpoint(sagemaker, name)["EndpointStatus"] == "InService"

    def ask(host: str) -> str:
        body = json.dumps(host)
        answer = runtime.invoke_endpoint(EndpointName=name, Body=body, ContentType="application/json")
        return str(json.loads(answer["Body"].read()))

    assert "no network (EnableNetworkIsolation)" in ask("huggingface.co")
    assert ask("127.0.0.1") == "reached"
