"""The stock operators of the Amazon provider, unchanged, against the stand-in."""

from __future__ import annotations

import json
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from airflow.providers.amazon.aws.hooks import sagemaker as sagemaker_hook
from airflow.providers.amazon.aws.operators.bedrock import BedrockBatchInferenceOperator
from airflow.providers.amazon.aws.operators.sagemaker import (
    SageMakerEndpointConfigOperator,
    SageMakerEndpointOperator,
    SageMakerModelOperator,
    SageMakerTrainingOperator,
)
from airflow.providers.amazon.aws.sensors.bedrock import BedrockBatchInferenceSensor

from tests.contract.aws.harness import (
    BUCKET,
    IMAGE,
    REGION,
    ROLE,
    converse_record,
    training_job,
    upload_model,
    upload_records,
)

if TYPE_CHECKING:
    from tests.contract.aws.harness import StandInProcess


@pytest.fixture(autouse=True)
def endpoint_of_all_services(aws: StandInProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that local mode changes: one environment variable."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)


@pytest.fixture
def fast_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hook asks for a job's description every 30 s, and no argument changes that: here its clock runs faster."""
    clock = SimpleNamespace(monotonic=lambda: time.monotonic() * 60, sleep=time.sleep)
    monkeypatch.setattr(sagemaker_hook, "time", clock)


def run(operator_class: Any, name: str, **arguments: Any) -> Any:
    """The operator's result."""
    return operator_class(task_id=name, aws_conn_id=None, region_name=REGION, **arguments).execute({})


def test_batch_inference_operator_and_sensor_complete(s3: Any) -> None:
    source = upload_records(s3, "airflow/batch.jsonl", [converse_record(number) for number in range(100)])
    arn = run(
        BedrockBatchInferenceOperator,
        "batch",
        job_name="airflow-batch",
        role_arn=ROLE,
        model_id="anthropic.claude-haiku-4-5-20251001-v1:0",
        input_uri=source,
        output_uri=f"s3://{BUCKET}/airflow/answers/",
        invoke_kwargs={"clientRequestToken": "airflow-1", "modelInvocationType": "Converse"},
        waiter_delay=1,
        waiter_max_attempts=30,
        deferrable=False,
    )
    completed = BedrockBatchInferenceSensor.SuccessState.COMPLETED
    sensor = {"job_arn": arn, "success_state": completed, "poke_interval": 1, "deferrable": False}
    run(BedrockBatchInferenceSensor, "sensor", **sensor)
    answers = f"airflow/answers/{arn.rpartition('/')[2]}/batch.jsonl.out"
    assert s3.get_object(Bucket=BUCKET, Key=answers)["Body"].read().count(b"\n") == 100


@pytest.mark.usefixtures("fast_clock")
def test_training_operator_completes_and_prints_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    result = run(
        SageMakerTrainingOperator,
        "train",
        config=training_job("airflow-training"),
        print_log=True,
        check_interval=1,
        deferrable=False,
    )
    assert result["Training"]["TrainingJobStatus"] == "Completed"
    printed = capsys.readouterr().out
    assert "epoch=3 loss=0.2500" in printed
    assert "Training job completed" in printed


def test_model_config_and_endpoint_operators_serve_and_update(aws: StandInProcess, s3: Any) -> None:
    for number in (1, 2):
        name = f"airflow-{number}"
        data = upload_model(s3, f"airflow/{name}/model.tar.gz", weights_json=json.dumps({"pairs": number}))
        container = {"Image": IMAGE, "ModelDataUrl": data}
        run(
            SageMakerModelOperator,
            f"model_{number}",
            config={"ModelName": name, "ExecutionRoleArn": ROLE, "PrimaryContainer": container},
        )
        variant = {"VariantName": "AllTraffic", "ModelName": name}
        variant |= {"InstanceType": "ml.m5.xlarge", "InitialInstanceCount": 1}
        run(
            SageMakerEndpointConfigOperator,
            f"config_{number}",
            config={"EndpointConfigName": name, "ProductionVariants": [variant]},
        )
        run(  # the second time it finds the endpoint, and updates it
            SageMakerEndpointOperator,
            f"endpoint_{number}",
            config={"EndpointName": "airflow", "EndpointConfigName": name},
            check_interval=1,
            deferrable=False,
        )
        answer = aws.client("sagemaker-runtime").invoke_endpoint(
            EndpointName="airflow", Body=b"1", ContentType="application/json"
        )
        assert json.loads(answer["Body"].read())["model"] == {"pairs": number}
