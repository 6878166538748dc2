"""Our operators against the stand-in: whatever happens between two tries, a job is paid once."""

from __future__ import annotations

import asyncio
import json
import threading
from functools import lru_cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest
from airflow.sdk.exceptions import TaskDeferred
from botocore.exceptions import ClientError

from include.errors import RetryableError, TerminalError
from include.jobs.scaling import scale
from include.parameters import read_settings
from include.release import delete_endpoint, stop_batch_jobs, stop_training
from include.requests.scaling import scaling_requests
from opensearch_ml.operators.bedrock import BatchInferenceOperator
from opensearch_ml.operators.sagemaker import (
    EndpointConfigOperator,
    EndpointOperator,
    ModelOperator,
    TrainingOperator,
)
from opensearch_ml.sensors.bedrock import BedrockBatchSensor
from opensearch_ml.triggers.bedrock import BatchJobTrigger
from tests.contract.aws.harness import (
    BUCKET,
    IMAGE,
    REGION,
    ROLE,
    converse_record,
    deploy,
    ended_batch,
    ended_training,
    settled_endpoint,
    training_job,
    upload_model,
    upload_records,
    wait_for,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.contract.aws.harness import StandInProcess


SCALED = {
    **{"input_type": "s3", "s3_corpus_path": "s3://bucket/documents.jsonl", "bucket": "bucket"},
    **{"bedrock_role_arn": ROLE, "sagemaker_role_arn": ROLE, "endpoint_max_instances": 4},
}


@pytest.fixture(autouse=True)
def endpoint_of_all_services(aws: StandInProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)


@pytest.fixture(scope="module", autouse=True)
def service_models_are_read_once() -> Iterator[None]:
    """Every operator makes a session of its own, and each would parse the models anew: half a second for SageMaker."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.session, "create_loader", lru_cache(botocore.session.create_loader))
        yield


def execute(operator: Any, try_number: int = 2, max_tries: int = 2, state: str = "running") -> Any:
    """The operator's result in a try; by default in an automatic retry."""
    ti = SimpleNamespace(
        **{"dag_id": "d", "run_id": "r", "task_id": operator.task_id, "map_index": -1},
        try_number=try_number,
        max_tries=max_tries,
        xcom_push=lambda key, value: None,
        get_task_states=lambda **_: {"r": {operator.task_id: state}},
    )
    operator.retries = 2
    return operator.execute({"ti": ti, "task": operator})


def after_clearing(operator: Any) -> Any:
    return execute(operator, try_number=3, max_tries=4)


def training(config: dict[str, Any], **more: Any) -> TrainingOperator:
    arguments = {"check_interval": 0.1, "deferrable": False, **more}
    return TrainingOperator(task_id="train", config=config, aws_conn_id=None, region_name=REGION, **arguments)


def batch(name: str, source: str, made_of: str = "records", **more: Any) -> BatchInferenceOperator:
    return BatchInferenceOperator(
        task_id="start",
        job_name=name,
        role_arn=ROLE,
        model_id="anthropic.claude-haiku-4-5-20251001-v1:0",
        input_uri=source,
        output_uri=f"s3://{BUCKET}/own/{name}/",
        invoke_kwargs={"clientRequestToken": f"{name}-{made_of}", "modelInvocationType": "Converse"},
        aws_conn_id=None,
        region_name=REGION,
        **more,
    )


def sensor(arn: str, **more: Any) -> BedrockBatchSensor:
    arguments = {"poke_interval": 0.1, "deferrable": False, "aws_conn_id": None, "region_name": REGION, **more}
    return BedrockBatchSensor(task_id="wait", job_arn=arn, **arguments)


def training_names(sagemaker: Any, name: str) -> list[str]:
    found = sagemaker.list_training_jobs(NameContains=name, SortBy="Name", SortOrder="Ascending")
    return [job["TrainingJobName"] for job in found["TrainingJobSummaries"]]


def batch_names(bedrock: Any, name: str) -> list[str]:
    found = bedrock.list_model_invocation_jobs(nameContains=name)["invocationJobSummaries"]
    return sorted(job["jobName"] for job in found)


@pytest.fixture
def records(s3: Any, new_name: Callable[[str], str]) -> str:
    return upload_records(s3, f"own/{new_name('records')}.jsonl", [converse_record(number) for number in range(100)])


# Training


def test_training_returns_what_the_job_left(s3: Any, new_name: Any, capsys: pytest.CaptureFixture[str]) -> None:
    name = new_name("own-training")

    trained = execute(training(training_job(name)))

    assert trained["job_name"] == name
    assert trained["billable_seconds"] >= 1
    for uri in (trained["model_uri"], trained["output_uri"]):
        assert s3.head_object(Bucket=BUCKET, Key=uri.removeprefix(f"s3://{BUCKET}/"))
    printed = capsys.readouterr().out
    for epoch in (1, 2, 3):
        assert printed.count(f"epoch={epoch} loss") == 1, "each line of the job's log once"


def test_training_answer_lost_and_tried_again_is_one_job(sagemaker: Any, new_name: Any) -> None:
    """The worker was killed after the call."""
    name = new_name("own-lost")
    sagemaker.create_training_job(**training_job(name))

    assert execute(training(training_job(name)))["job_name"] == name

    assert training_names(sagemaker, name) == [name]


def test_training_that_is_done_is_not_paid_again_when_cleared(s3: Any, sagemaker: Any, new_name: Any) -> None:
    name = new_name("own-done")
    first = execute(training(training_job(name)))

    assert after_clearing(training(training_job(name))) == first
    assert training_names(sagemaker, name) == [name]

    s3.put_object(Bucket=BUCKET, Key="train/more.jsonl", Body=b"{}")
    assert after_clearing(training(training_job(name)))["job_name"] == f"{name}-2", "made of other pairs"
    s3.delete_object(Bucket=BUCKET, Key="train/more.jsonl")


def failing(name: str) -> dict[str, Any]:
    request = training_job(name)
    return {**request, "HyperParameters": {**request["HyperParameters"], "fail": json.dumps("by raising")}}


def test_training_that_fails_again_is_paid_again_only_when_cleared(sagemaker: Any, new_name: Any) -> None:
    name = new_name("own-failing")
    with pytest.raises(TerminalError, match="the loss is not a number"):
        execute(training(failing(name)))

    with pytest.raises(TerminalError, match=f"clear this task, which starts {name}-2"):
        execute(training(failing(name)))
    assert training_names(sagemaker, name) == [name]

    assert after_clearing(training(training_job(name)))["job_name"] == f"{name}-2"


def test_training_that_was_stopped_is_followed_by_the_next(sagemaker: Any, new_name: Any) -> None:
    name = new_name("own-stopped")
    sagemaker.create_training_job(**training_job(name))
    sagemaker.stop_training_job(TrainingJobName=name)
    ended_training(sagemaker, name)

    assert execute(training(training_job(name)))["job_name"] == f"{name}-2"


def instance_of(sagemaker: Any, name: str) -> str:
    return str(sagemaker.describe_training_job(TrainingJobName=name)["ResourceConfig"]["InstanceType"])


def test_training_without_quota_is_started_on_the_next_instance_at_once(
    aws: StandInProcess, sagemaker: Any, new_name: Any
) -> None:
    name, first = new_name("own-quota"), training_job("x")["ResourceConfig"]["InstanceType"]
    with aws.changed(training_instances={first: 0, "ml.g6.xlarge": 0}):
        with pytest.raises(ClientError, match=r"'ml\.g6\.xlarge for training job usage' is 0"):
            execute(training(training_job(name), fallbacks=["ml.g6.xlarge"]))
        trained = execute(training(training_job(name), fallbacks=["ml.g6.xlarge", "ml.c5.xlarge"]))

    assert trained["job_name"] == name
    assert instance_of(sagemaker, name) == "ml.c5.xlarge"


def test_training_without_capacity_goes_on_to_the_next_instance_with_each_try(
    aws: StandInProcess, sagemaker: Any, new_name: Any
) -> None:
    name, first = new_name("own-capacity"), training_job("x")["ResourceConfig"]["InstanceType"]
    fallbacks = ["ml.g6.xlarge", "ml.c5.xlarge"]
    with aws.changed(no_capacity=[first, "ml.g6.xlarge"]):
        for _ in range(2):
            with pytest.raises(RetryableError, match="CapacityError"):
                execute(training(training_job(name), fallbacks=fallbacks))
        trained = execute(training(training_job(name), fallbacks=fallbacks))

    assert trained["job_name"] == f"{name}-3"
    assert [instance_of(sagemaker, each) for each in training_names(sagemaker, name)] == [first, *fallbacks]


def test_training_deferred_waits_in_a_trigger_that_stops_the_job(sagemaker: Any, new_name: Any) -> None:
    name = new_name("own-deferred")
    operator = training(slow_job(name), deferrable=True)

    with pytest.raises(TaskDeferred) as deferred:
        execute(operator)
    asyncio.run(restored(deferred.value.trigger).on_kill())

    assert ended_training(sagemaker, name)["TrainingJobStatus"] == "Stopped"


@pytest.mark.parametrize(
    ("state", "error", "status"),
    [
        pytest.param("failed", TerminalError, "Stopped", id="cancelled"),
        pytest.param("running", RetryableError, "InProgress", id="evicted"),
    ],
)
def test_training_worker_that_is_told_to_end_stops_only_a_cancelled_job(
    sagemaker: Any, new_name: Any, state: str, error: type[Exception], status: str
) -> None:
    name = new_name("own-told-to-end")
    waiting = training(slow_job(name), print_log=False)
    timer = threading.Timer(1, waiting.on_kill)
    timer.start()

    with pytest.raises(error):
        execute(waiting, state=state)

    timer.join()
    if status == "Stopped":
        assert ended_training(sagemaker, name)["TrainingJobStatus"] == "Stopped"
    else:
        assert sagemaker.describe_training_job(TrainingJobName=name)["TrainingJobStatus"] == "InProgress"
        sagemaker.stop_training_job(TrainingJobName=name)


def slow_job(name: str) -> dict[str, Any]:
    request = training_job(name)
    return {**request, "HyperParameters": {**request["HyperParameters"], "epochs": "100000000"}}


def restored(trigger: Any) -> Any:
    """As the triggerer makes it, from what was written down."""
    from airflow.sdk._shared.module_loading import import_string

    path, arguments = trigger.serialize()
    return import_string(path)(**json.loads(json.dumps({**arguments, "poll_seconds": 0.1})))


async def first_event(trigger: Any) -> Any:
    async for event in trigger.run():
        return event.payload
    return None


# Batch inference


def test_batch_answer_lost_and_tried_again_is_one_job(bedrock: Any, records: str, new_name: Any) -> None:
    name = new_name("own-batch")
    first = execute(batch(name, records))

    assert execute(batch(name, records)) == first

    ended_batch(bedrock, first)
    assert after_clearing(batch(name, records)) == first, "done is done"
    assert batch_names(bedrock, name) == [name]


def test_batch_started_by_somebody_in_between_is_taken_over(
    aws: StandInProcess, bedrock: Any, records: str, new_name: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two of the same name at the same time: Bedrock refuses the second, which then finds the first."""
    import opensearch_ml.operators.bedrock as module

    name = new_name("own-race")
    first = execute(batch(name, records, made_of="one"))
    looks = iter([None])
    real = module.last_batch_job
    monkeypatch.setattr(module, "last_batch_job", lambda *args: next(looks, None) or real(*args))
    monkeypatch.setattr(module, "next_number", lambda *_: 1)

    assert execute(batch(name, records, made_of="two")) == first


def test_batch_of_other_records_is_not_taken_for_this_one(bedrock: Any, records: str, new_name: Any) -> None:
    """A person cleared the export, and the index had changed meanwhile."""
    name = new_name("own-other")
    first = execute(batch(name, records, made_of="old"))

    second = after_clearing(batch(name, records, made_of="new"))

    assert second != first
    assert batch_names(bedrock, name) == [name, f"{name}-2"]
    assert execute(batch(name, records, made_of="new")) == second


def test_batch_that_was_stopped_is_followed_by_the_next(bedrock: Any, records: str, new_name: Any) -> None:
    """The task was cancelled while it started the job, and then cleared."""
    name = new_name("own-batch-stopped")
    cancelled = batch(name, records)
    cancelled.on_kill()
    first = execute(cancelled, state="failed")
    assert ended_batch(bedrock, first)["status"] == "Stopped"

    second = after_clearing(batch(name, records))

    assert second != first
    assert batch_names(bedrock, name) == [name, f"{name}-2"]


def test_batch_that_failed_is_paid_again_only_when_cleared(s3: Any, bedrock: Any, new_name: Any) -> None:
    name = new_name("own-batch-failed")
    few = upload_records(s3, f"own/{name}.jsonl", [converse_record(1)])
    arn = execute(batch(name, few))
    ended_batch(bedrock, arn)

    with pytest.raises(TerminalError, match=f"Batch inference job {name} is Failed: .*100"):
        execute(sensor(arn))
    with pytest.raises(TerminalError, match=f"Job {name} failed: .*100"):
        execute(batch(name, few))
    assert after_clearing(batch(name, few)) != arn


def test_batch_waits_and_tells_the_counts(bedrock: Any, records: str, new_name: Any, capsys: Any) -> None:
    name = new_name("own-counts")
    execute(sensor(execute(batch(name, records))))

    assert f"{name} is Completed: 100 of 100 records answered, 0 with errors, 0 not reached" in capsys.readouterr().out


@pytest.mark.parametrize("use", [True, False])
def test_batch_out_of_time_is_used_or_fails_as_asked(
    aws: StandInProcess, bedrock: Any, records: str, new_name: Any, use: bool
) -> None:
    name = new_name("own-expired")
    with aws.changed(seconds_per_hour=0.0):
        arn = execute(batch(name, records))
        assert ended_batch(bedrock, arn)["status"] in ("Expired", "PartiallyCompleted")

    if use:
        execute(sensor(arn, use_incomplete=True))
    else:
        with pytest.raises(TerminalError, match="set incomplete_batch_jobs to 'use'"):
            execute(sensor(arn, use_incomplete=False))


def test_batch_trigger_tells_the_end(bedrock: Any, records: str, new_name: Any) -> None:
    arn = execute(batch(new_name("own-batch-deferred"), records))

    event = asyncio.run(first_event(restored(BatchJobTrigger(arn, 1, None, REGION))))

    assert event == {"status": "Completed", "job": arn}
    sensor(arn).execute_complete({}, event)


# Model, configuration and endpoint


def model_request(name: str, data: str) -> dict[str, Any]:
    return {
        "ModelName": name,
        "ExecutionRoleArn": ROLE,
        "PrimaryContainer": {"Image": IMAGE, "ModelDataUrl": data},
        "Tags": [{"Key": "k", "Value": "v"}],
    }


def config_request(name: str, model: str) -> dict[str, Any]:
    variant = {"VariantName": "v", "ModelName": model, "InstanceType": "ml.m5.xlarge", "InitialInstanceCount": 1}
    return {"EndpointConfigName": name, "ProductionVariants": [variant]}


def operator(kind: Any, config: dict[str, Any], **more: Any) -> Any:
    return kind(task_id="task", config=config, aws_conn_id=None, region_name=REGION, **more)


def endpoint(name: str, config_name: str) -> EndpointOperator:
    request = {"EndpointName": name, "EndpointConfigName": config_name}
    found: EndpointOperator = operator(EndpointOperator, request, check_interval=0.1, deferrable=False)
    return found


def prepare(s3: Any, name: str, **files: str) -> None:
    """Model and configuration of this name."""
    data = upload_model(s3, f"models/{name}/model.tar.gz", **files)
    execute(operator(ModelOperator, model_request(name, data)))
    execute(operator(EndpointConfigOperator, config_request(name, name)))


def test_deployment_tried_again_finds_all_three(s3: Any, sagemaker: Any, new_name: Any) -> None:
    """The first try's worker was killed while the endpoint was created."""
    name = new_name("own-deployed")
    for _ in range(2):
        prepare(s3, name)
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)

    for _ in range(2):
        assert execute(endpoint(name, name))["EndpointName"] == name

    assert sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"] == "InService"


def test_configuration_of_another_kind_under_the_same_name_is_refused(s3: Any, new_name: Any) -> None:
    name = new_name("own-other-kind")
    prepare(s3, name)
    changed = config_request(name, name)
    changed["ProductionVariants"][0]["InstanceType"] = "ml.g5.xlarge"

    with pytest.raises(TerminalError, match=r"is not what is asked for: ProductionVariants\[0\]\.InstanceType is"):
        execute(operator(EndpointConfigOperator, changed))


def test_failed_deployments_leave_the_endpoint_before_serving(
    aws: StandInProcess, s3: Any, sagemaker: Any, new_name: Any
) -> None:
    """Once as an update, which AWS rolls back, and once under a name of its own, as our runs do."""
    before, name = new_name("own-before"), new_name("own-after")
    deploy(sagemaker, before, upload_model(s3))
    prepare(s3, name, weights_json="{broken")

    with pytest.raises(TerminalError, match=f"serves its configuration before, {before}, instead of {name}"):
        execute(endpoint(before, name))
    with pytest.raises(TerminalError, match=f"Endpoint {name} is Failed"):
        execute(endpoint(name, name))
    told = delete_endpoint(sagemaker, name)

    assert told == [
        f"endpoint {name} deleted",
        f"endpoint configuration {name} deleted",
        f"SageMaker model {name} deleted",
    ]
    answer = aws.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=before, Body=b"1", ContentType="application/json"
    )
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_endpoint_that_failed_is_created_again_only_when_cleared(s3: Any, sagemaker: Any, new_name: Any) -> None:
    name = new_name("own-endpoint-failed")
    prepare(s3, name, weights_json="{broken")
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    assert settled_endpoint(sagemaker, name)["EndpointStatus"] == "Failed"
    with pytest.raises(TerminalError, match=f"Endpoint {name} is Failed"):
        execute(endpoint(name, name))
    upload_model(s3, f"models/{name}/model.tar.gz")

    assert after_clearing(endpoint(name, name))["EndpointName"] == name


def test_endpoint_that_scales_is_forgotten_with_it(aws: StandInProcess, s3: Any, sagemaker: Any, new_name: Any) -> None:
    name, autoscaling = new_name("own-scaled"), aws.client("application-autoscaling")
    prepare(s3, name)
    execute(endpoint(name, name))
    settings = read_settings(SCALED)
    for _ in range(2):  # as a retry does
        scale(autoscaling, scaling_requests(settings, SimpleNamespace(name=name)))  # type: ignore[arg-type]

    of = {"ServiceNamespace": "sagemaker"}
    resource = f"endpoint/{name}/variant/AllTraffic"
    [target] = autoscaling.describe_scalable_targets(**of, ResourceIds=[resource])["ScalableTargets"]
    [policy] = autoscaling.describe_scaling_policies(**of, ResourceId=resource)["ScalingPolicies"]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (1, 4)
    assert policy["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] == 600

    delete_endpoint(sagemaker, name)
    wait_for(lambda: not sagemaker.list_endpoints(NameContains=name)["Endpoints"])
    assert autoscaling.describe_scalable_targets(**of, ResourceIds=[resource])["ScalableTargets"] == []
    assert autoscaling.describe_scaling_policies(**of, ResourceId=resource)["ScalingPolicies"] == []


# What is left of a run


def test_release_waits_for_an_endpoint_that_is_being_created(
    s3: Any, sagemaker: Any, new_name: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import include.release as module

    monkeypatch.setattr(module, "LONGEST_CREATION", {"Delay": 1, "MaxAttempts": 30})
    name = new_name("own-half")
    prepare(s3, name)
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)

    assert f"endpoint {name} deleted" in delete_endpoint(sagemaker, name)
    wait_for(lambda: not sagemaker.list_endpoints(NameContains=name)["Endpoints"])


def test_release_stops_every_try_and_no_other_run(sagemaker: Any, bedrock: Any, records: str, new_name: Any) -> None:
    name = new_name("own-run")
    for job in (name, f"{name}-2", f"{name}x"):
        sagemaker.create_training_job(**slow_job(job))

    assert sorted(stop_training(sagemaker, name)) == [f"training job {name} stopped", f"training job {name}-2 stopped"]

    assert sagemaker.describe_training_job(TrainingJobName=f"{name}x")["TrainingJobStatus"] == "InProgress"
    sagemaker.stop_training_job(TrainingJobName=f"{name}x")
    assert stop_batch_jobs(bedrock, name) == []
