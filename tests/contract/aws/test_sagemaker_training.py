from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.contract.aws.harness import (
    ACCOUNT,
    BUCKET,
    REGION,
    TRAINING_SCRIPT,
    ended_training,
    log_lines,
    read_tar,
    tarball,
    training_job,
    wait_for,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.contract.aws.harness import StandInProcess

LOG_GROUP = "/aws/sagemaker/TrainingJobs"
FOREVER = """
    import signal, sys, threading
    def leave(*_):
        print("leaving", flush=True)
        sys.exit(0)
    if sys.argv[1:] != ["--stubborn", "True"]:
        signal.signal(signal.SIGTERM, leave)
    else:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("running", flush=True)
    threading.Event().wait()
"""


@pytest.fixture(scope="module")
def completed(sagemaker: Any) -> dict[str, Any]:
    """A job that worked, with hyperparameters of all kinds."""
    job = training_job("completed-job", Environment={"GREETING": "hello"})
    sagemaker.create_training_job(**job)
    return ended_training(sagemaker, "completed-job")


@pytest.fixture(scope="module")
def seen(completed: dict[str, Any], s3: Any) -> dict[str, Any]:
    """What the script of that job saw of its container."""
    content = read_tar(s3, "models/completed-job/output/output.tar.gz")["environment.json"]
    return dict(json.loads(content))


def test_job_that_works_completes(completed: dict[str, Any]) -> None:
    assert (completed["TrainingJobStatus"], completed["SecondaryStatus"]) == ("Completed", "Completed")
    assert completed["TrainingJobArn"] == f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-job/completed-job"
    assert completed["BillableTimeInSeconds"] == completed["TrainingTimeInSeconds"] >= 1
    assert completed["CreationTime"] <= completed["TrainingStartTime"] <= completed["TrainingEndTime"]


def test_job_tells_every_transition_with_message_and_times(completed: dict[str, Any]) -> None:
    transitions = completed["SecondaryStatusTransitions"]
    statuses = [transition["Status"] for transition in transitions]
    assert statuses == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert all(transition["StatusMessage"] and transition["EndTime"] for transition in transitions)


def test_job_fills_final_metrics_from_its_log(completed: dict[str, Any]) -> None:
    [metric] = completed["FinalMetricDataList"]
    assert (metric["MetricName"], metric["Value"]) == ("loss", 0.25)


def test_job_uploads_model_and_output(completed: dict[str, Any], s3: Any) -> None:
    uri = completed["ModelArtifacts"]["S3ModelArtifacts"]
    assert uri == f"s3://{BUCKET}/models/completed-job/output/model.tar.gz"
    assert read_tar(s3, "models/completed-job/output/model.tar.gz") == {"weights.json": b'{"pairs": 5}'}
    assert set(read_tar(s3, "models/completed-job/output/output.tar.gz")) == {"environment.json"}


def test_job_streams_its_log(completed: dict[str, Any], logs: Any) -> None:
    lines = log_lines(logs, LOG_GROUP, "completed-job/algo-1-")
    assert "epoch=3 loss=0.2500" in lines
    assert lines[0].startswith("Invoking script with the following command: ")


def test_script_gets_hyperparameters_as_arguments_and_none_of_sagemakers(seen: dict[str, Any]) -> None:
    assert seen["argv"] == ["train.py", "--epochs", "3", "--learning-rate", "2e-05"]
    assert json.loads(seen["environ"]["SM_HPS"]) == {"epochs": 3, "learning-rate": 2e-05}
    assert (seen["environ"]["SM_HP_EPOCHS"], seen["environ"]["SM_HP_LEARNING-RATE"]) == ("3", "2e-05")
    assert json.loads(seen["environ"]["SM_USER_ARGS"]) == seen["argv"][1:]


def test_script_gets_the_toolkits_environment(seen: dict[str, Any]) -> None:
    environ = seen["environ"]
    assert seen["cwd"].endswith("/ml/code")
    assert environ["SM_CHANNELS"] == '["train"]'
    assert environ["SM_CHANNEL_TRAIN"].endswith("/ml/input/data/train")
    assert environ["SM_MODEL_DIR"].endswith("/ml/model")
    assert environ["SM_OUTPUT_DIR"].endswith("/ml/output")
    assert environ["SM_OUTPUT_DATA_DIR"].endswith("/ml/output/data")
    assert environ["SM_INPUT_DIR"].endswith("/ml/input")
    assert environ["SM_NUM_CPUS"] == str(os.cpu_count())
    assert environ["SM_NUM_GPUS"].isdigit()
    assert (environ["SM_CURRENT_HOST"], environ["SM_HOSTS"]) == ("algo-1", '["algo-1"]')
    assert json.loads(environ["SM_RESOURCE_CONFIG"])["current_instance_type"] == "ml.m5.xlarge"
    assert environ["SM_MODULE_NAME"] == "train"
    assert json.loads(environ["SM_TRAINING_ENV"])["channel_input_dirs"]["train"] == environ["SM_CHANNEL_TRAIN"]
    assert environ["TRAINING_JOB_NAME"] == "completed-job"
    assert environ["GREETING"] == "hello"


def test_script_sees_no_secret_of_the_stand_in(seen: dict[str, Any]) -> None:
    assert not [name for name in seen["environ"] if "SECRET" in name or "ACCESS_KEY" in name]


def test_script_that_raises_fails_with_its_traceback(sagemaker: Any, new_name: Callable[[str], str]) -> None:
    name = new_name("raising")
    job = training_job(name)
    job["HyperParameters"]["fail"] = "by raising"
    sagemaker.create_training_job(**job)
    ended = ended_training(sagemaker, name)
    assert (ended["TrainingJobStatus"], ended["SecondaryStatus"]) == ("Failed", "Failed")
    assert ended["FailureReason"].startswith(
        'AlgorithmError: ExecuteUserScriptError:\nExitCode 1\nErrorMessage "Traceback'
    )
    assert "ValueError: the loss is not a number" in ended["FailureReason"]
    assert ended["FailureReason"].endswith(", exit code: 1")


def test_script_that_writes_a_failure_file_fails_in_its_words(sagemaker: Any, new_name: Callable[[str], str]) -> None:
    name = new_name("explaining")
    job = training_job(name)
    job["HyperParameters"]["fail"] = "in its own words"
    sagemaker.create_training_job(**job)
    reason = ended_training(sagemaker, name)["FailureReason"]
    assert reason == "AlgorithmError: The corpus holds 3 pairs; 100 are needed., exit code: 1"


def test_job_without_its_code_in_s3_fails(sagemaker: Any, new_name: Callable[[str], str]) -> None:
    name = new_name("no-code")
    job = training_job(name)
    job["HyperParameters"]["sagemaker_submit_directory"] = f"s3://{BUCKET}/nowhere.tar.gz"
    sagemaker.create_training_job(**job)
    reason = ended_training(sagemaker, name)["FailureReason"]
    assert reason.startswith(f"AlgorithmError: framework error: s3://{BUCKET}/nowhere.tar.gz: ")


def test_job_without_a_script_fails(sagemaker: Any, new_name: Callable[[str], str]) -> None:
    name = new_name("no-script")
    sagemaker.create_training_job(**training_job(name, HyperParameters={"epochs": "3"}))
    assert "sagemaker_program" in ended_training(sagemaker, name)["FailureReason"]


def test_job_over_its_time_is_stopped(s3: Any, sagemaker: Any, new_name: Callable[[str], str]) -> None:
    name = new_name("too-long")
    condition = {"MaxRuntimeInSeconds": 1}
    sagemaker.create_training_job(**training_job(name, StoppingCondition=condition, **_forever(s3)))
    ended = ended_training(sagemaker, name)
    assert (ended["TrainingJobStatus"], ended["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")


def test_job_stopped_ends_its_script_with_sigterm(
    s3: Any, sagemaker: Any, logs: Any, new_name: Callable[[str], str]
) -> None:
    name = new_name("stopped")
    sagemaker.create_training_job(**training_job(name, **_forever(s3)))
    _wait_for_line(logs, name, "running")
    sagemaker.stop_training_job(TrainingJobName=name)
    ended = ended_training(sagemaker, name)
    assert (ended["TrainingJobStatus"], ended["SecondaryStatus"]) == ("Stopped", "Stopped")
    assert "Stopping" in [transition["Status"] for transition in ended["SecondaryStatusTransitions"]]
    assert "leaving" in log_lines(logs, LOG_GROUP, f"{name}/")


def test_job_that_ignores_sigterm_is_killed(
    aws: StandInProcess, s3: Any, sagemaker: Any, logs: Any, new_name: Callable[[str], str]
) -> None:
    name = new_name("stubborn")
    with aws.changed(grace_seconds=0.3):
        sagemaker.create_training_job(**training_job(name, **_forever(s3, stubborn="true")))
        _wait_for_line(logs, name, "running")
        sagemaker.stop_training_job(TrainingJobName=name)
        assert ended_training(sagemaker, name)["TrainingJobStatus"] == "Stopped"


def test_stop_of_an_ended_job_is_refused(sagemaker: Any, completed: dict[str, Any]) -> None:
    with pytest.raises(ClientError, match="rejected because the training job is in status Completed"):
        sagemaker.stop_training_job(TrainingJobName=completed["TrainingJobName"])


@pytest.mark.parametrize("operation", ["describe_training_job", "stop_training_job"])
def test_job_missing_is_a_validation_exception(sagemaker: Any, operation: str) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(sagemaker, operation)(TrainingJobName="nowhere")
    assert refused.value.response["Error"] == {
        "Code": "ValidationException",
        "Message": "Requested resource not found.",
    }


def test_job_of_a_name_that_is_taken_is_refused(sagemaker: Any, completed: dict[str, Any]) -> None:
    with pytest.raises(sagemaker.exceptions.ResourceInUse, match="Job name must be unique within an AWS account"):
        sagemaker.create_training_job(**training_job(completed["TrainingJobName"]))


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        pytest.param({"RoleArn": "arn:aws:iam::1:role/short-account"}, "'roleArn' failed to satisfy", id="role"),
        pytest.param({"TrainingJobName": "-begins-with-a-dash"}, "'trainingJobName' failed to satisfy", id="name"),
        pytest.param(
            {"ResourceConfig": {"InstanceType": "ml.nothing", "InstanceCount": 1, "VolumeSizeInGB": 1}},
            "'resourceConfig.instanceType' failed to satisfy constraint: Member must satisfy enum value set",
            id="instance",
        ),
        pytest.param(
            {"AlgorithmSpecification": {"TrainingImage": "pytorch:latest", "TrainingInputMode": "File"}},
            "Invalid image URI pytorch:latest. Please provide a valid Amazon Elastic Container Registry path",
            id="image",
        ),
        pytest.param(
            {"OutputDataConfig": {"S3OutputPath": "s3://Not_A_Bucket/x"}},
            "S3OutputPath is 's3://Not_A_Bucket/x'. It must be an S3 URI",
            id="output",
        ),
        pytest.param({"EnableManagedSpotTraining": True}, "MaxWaitTimeInSeconds is required", id="spot-without-wait"),
        pytest.param(
            {"StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 120}},
            "if and only if EnableManagedSpotTraining is true",
            id="wait-without-spot",
        ),
        pytest.param(
            {
                "EnableManagedSpotTraining": True,
                "StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 30},
            },
            "equal to or greater than MaxRuntimeInSeconds",
            id="wait-shorter-than-runtime",
        ),
    ],
)
def test_job_that_aws_would_refuse_is_refused(sagemaker: Any, changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ClientError) as refused:
        sagemaker.create_training_job(**training_job("refused", **changes))
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    assert complaint in refused.value.response["Error"]["Message"]


@pytest.mark.parametrize("uri", [f"s3://{BUCKET}/nothing-here/", "s3://no-such-bucket-here/train/"])
def test_job_whose_channel_is_empty_is_refused(sagemaker: Any, uri: str) -> None:
    job = training_job("no-data")
    job["InputDataConfig"][0]["DataSource"]["S3DataSource"]["S3Uri"] = uri
    with pytest.raises(ClientError, match=f'No S3 objects found under S3 URL "{uri}" given in input data source'):
        sagemaker.create_training_job(**job)


def test_job_over_the_quota_is_refused_in_awss_words(
    aws: StandInProcess, sagemaker: Any, new_name: Callable[[str], str]
) -> None:
    limit = "The account-level service limit 'ml.m5.xlarge for training job usage' is 0 Instances, with current"
    with (
        aws.changed(training_instances={"ml.m5.xlarge": 0}),
        pytest.raises(sagemaker.exceptions.ResourceLimitExceeded, match=limit),
    ):
        sagemaker.create_training_job(**training_job(new_name("over")))


def test_list_filters_sorts_and_pages(sagemaker: Any, new_name: Callable[[str], str]) -> None:
    names = [new_name("listed-job") for _ in range(3)]
    for name in names:
        sagemaker.create_training_job(**training_job(name, HyperParameters={}))
    for name in names:
        ended_training(sagemaker, name)
    asked = {"NameContains": "listed-job", "SortBy": "Name", "SortOrder": "Ascending", "StatusEquals": "Failed"}
    first = sagemaker.list_training_jobs(**asked, MaxResults=2)
    second = sagemaker.list_training_jobs(**asked, MaxResults=2, NextToken=first["NextToken"])
    found = [job["TrainingJobName"] for page in (first, second) for job in page["TrainingJobSummaries"]]
    assert found == sorted(names)
    assert "NextToken" not in second


def test_tags_of_a_job_are_listed_added_and_deleted(sagemaker: Any, new_name: Callable[[str], str]) -> None:
    tags = [{"Key": "run", "Value": "1"}]
    arn = sagemaker.create_training_job(**training_job(new_name("tagged"), Tags=tags))["TrainingJobArn"]
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "spec", "Value": "abc"}])
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["run"])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "spec", "Value": "abc"}]


def test_channel_prefix_that_is_an_object_lands_by_its_name(
    s3: Any, sagemaker: Any, new_name: Callable[[str], str]
) -> None:
    name = new_name("one-file")
    job = training_job(name)
    job["InputDataConfig"][0]["DataSource"]["S3DataSource"]["S3Uri"] = f"s3://{BUCKET}/train/pairs.jsonl"
    sagemaker.create_training_job(**job)
    assert ended_training(sagemaker, name)["TrainingJobStatus"] == "Completed"


def test_requirements_are_said_not_to_be_installed(
    s3: Any, sagemaker: Any, logs: Any, new_name: Callable[[str], str]
) -> None:
    name = new_name("requirements")
    source = tarball(train_py=TRAINING_SCRIPT, **{"requirements.txt": "torch\n"})
    s3.put_object(Bucket=BUCKET, Key="code/requirements.tar.gz", Body=source)
    job = training_job(name)
    job["HyperParameters"]["sagemaker_submit_directory"] = f"s3://{BUCKET}/code/requirements.tar.gz"
    sagemaker.create_training_job(**job)
    ended_training(sagemaker, name)
    assert any("requirements.txt is not installed" in line for line in log_lines(logs, LOG_GROUP, f"{name}/"))


def _forever(s3: Any, **hyperparameters: str) -> dict[str, Any]:
    s3.put_object(Bucket=BUCKET, Key="code/forever.tar.gz", Body=tarball(forever_py=FOREVER))
    script = {
        "sagemaker_program": "forever.py",
        "sagemaker_submit_directory": f"s3://{BUCKET}/code/forever.tar.gz",
    }
    return {"HyperParameters": {**script, **hyperparameters}}


def _wait_for_line(logs: Any, name: str, line: str) -> None:
    def there() -> bool:
        streams = logs.describe_log_streams(logGroupName=LOG_GROUP, logStreamNamePrefix=f"{name}/")["logStreams"]
        return bool(streams) and line in log_lines(logs, LOG_GROUP, f"{name}/")

    wait_for(there, 30)


def on_spot(name: str) -> dict[str, Any]:
    return {
        "EnableManagedSpotTraining": True,
        "StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 120},
        "CheckpointConfig": {"S3Uri": f"s3://{BUCKET}/{name}/checkpoints/", "LocalPath": "/opt/ml/checkpoints"},
    }


def kept_below(s3: Any, name: str) -> list[str]:
    listed = s3.list_objects_v2(Bucket=BUCKET, Prefix=f"{name}/checkpoints/")["Contents"]
    return [entry["Key"].rpartition("/")[2] for entry in listed]


def test_checkpoints_of_a_job_that_failed_are_there_for_the_next(
    s3: Any, sagemaker: Any, new_name: Callable[[str], str]
) -> None:
    name = new_name("spot")
    failing = training_job(name, **on_spot(name))
    failing["HyperParameters"]["fail"] = json.dumps("by raising")
    sagemaker.create_training_job(**failing)
    assert ended_training(sagemaker, name)["TrainingJobStatus"] == "Failed"

    sagemaker.create_training_job(**training_job(f"{name}-2", **on_spot(name)))
    job = ended_training(sagemaker, f"{name}-2")

    assert (job["TrainingJobStatus"], job["EnableManagedSpotTraining"]) == ("Completed", True)
    assert kept_below(s3, name) == ["checkpoint-1", "checkpoint-2"]

    sagemaker.create_training_job(**training_job(f"{name}-3", **on_spot(name), Environment={"FORGET": "1"}))
    ended_training(sagemaker, f"{name}-3")
    assert kept_below(s3, name) == ["checkpoint-3"], "what the script deletes is deleted on S3"


def test_job_whose_spot_instance_is_taken_away_is_started_again_with_its_checkpoints(
    aws: StandInProcess, s3: Any, sagemaker: Any, new_name: Callable[[str], str]
) -> None:
    name = new_name("interrupted")
    with aws.changed(spot_interruptions=1):
        sagemaker.create_training_job(**training_job(name, **on_spot(name), Environment={"TICKS": "300"}))
        job = ended_training(sagemaker, name)

    assert job["TrainingJobStatus"] == "Completed"
    statuses = [transition["Status"] for transition in job["SecondaryStatusTransitions"]]
    assert statuses[:6] == ["Starting", "Downloading", "Training", "Interrupted", "Downloading", "Training"]
    assert kept_below(s3, name) == ["checkpoint-1", "checkpoint-2"]
