"""The AWS stand-in as a process: what survives its end, and what does not."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from tests.contract.aws.harness import (
    BUCKET,
    StandInProcess,
    batch_job,
    converse_record,
    deploy,
    log_lines,
    read_tar,
    tarball,
    training_job,
    upload_model,
    upload_records,
    upload_training,
    wait_for,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LINGERING = """
    import subprocess, sys, threading
    subprocess.Popen([sys.executable, "-c", "import threading; threading.Event().wait()"])
    print("running", flush=True)
    threading.Event().wait()
"""
GROUP = "/aws/sagemaker/TrainingJobs"


@pytest.fixture
def stand_in(tmp_path: Path) -> Iterator[StandInProcess]:
    """A stand-in of the test's own, with a bucket."""
    process = StandInProcess(tmp_path / "aws")
    process.start()
    process.client("s3").create_bucket(Bucket=BUCKET)
    yield process
    if process.process is not None and process.process.poll() is None:
        process.stop()


def children(stand_in: StandInProcess) -> list[psutil.Process]:
    assert stand_in.process is not None
    return psutil.Process(stand_in.process.pid).children(recursive=True)


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [process for process in processes if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]


def start_lingering_job(stand_in: StandInProcess, name: str) -> None:
    """A training job that runs, with a process of its own making, until it is ended."""
    s3 = stand_in.client("s3")
    s3.put_object(Bucket=BUCKET, Key="code/lingering.tar.gz", Body=tarball(lingering_py=LINGERING))
    s3.put_object(Bucket=BUCKET, Key="train/pairs.jsonl", Body="{}\n")
    script = {
        "sagemaker_program": "lingering.py",
        "sagemaker_submit_directory": f"s3://{BUCKET}/code/lingering.tar.gz",
    }
    stand_in.client("sagemaker").create_training_job(**training_job(name, HyperParameters=script))
    logs = stand_in.client("logs")
    running = ["Invoking", "running"]

    def runs() -> bool:
        streams = logs.describe_log_streams(logGroupName=GROUP, logStreamNamePrefix=name)["logStreams"]
        return bool(streams) and len(log_lines(logs, GROUP, name)) >= len(running)

    wait_for(lambda: logs.describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"])
    wait_for(runs)


def invoke(stand_in: StandInProcess, endpoint: str) -> Any:
    answer = stand_in.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=endpoint, Body=b"1", ContentType="application/json"
    )
    return json.loads(answer["Body"].read())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL], ids=lambda number: number.name)
def test_end_of_the_stand_in_ends_all_it_started(stand_in: StandInProcess, number: signal.Signals) -> None:
    data = upload_model(stand_in.client("s3"))
    deploy(stand_in.client("sagemaker"), "serving", data)
    start_lingering_job(stand_in, "lingering")
    started = children(stand_in)
    assert len(started) == 5  # the server and the script, each on its leash, and what the script has started
    stand_in.stop(number)
    wait_for(lambda: not alive(started), 10, lambda: f"still there: {alive(started)}")


def test_stand_in_comes_back_with_what_it_knew(stand_in: StandInProcess) -> None:
    s3, sagemaker = stand_in.client("s3"), stand_in.client("sagemaker")
    upload_training(s3)
    sagemaker.create_training_job(**training_job("before"))
    wait_for(lambda: sagemaker.describe_training_job(TrainingJobName="before")["TrainingJobStatus"] == "Completed")
    deploy(sagemaker, "serving", upload_model(s3))
    deploy(sagemaker, "second", upload_model(s3))
    source = upload_records(s3, "batch.jsonl", [converse_record(number) for number in range(100)])
    arn = stand_in.client("bedrock").create_model_invocation_job(**batch_job("batch", source))["jobArn"]
    bedrock = stand_in.client("bedrock")
    wait_for(lambda: bedrock.get_model_invocation_job(jobIdentifier=arn)["status"] == "Completed")
    described = sagemaker.describe_training_job(TrainingJobName="before")

    assert stand_in.stop() == 0
    stand_in.start()

    again = sagemaker.describe_training_job(TrainingJobName="before")
    del described["ResponseMetadata"], again["ResponseMetadata"]
    assert again == described
    assert read_tar(s3, "models/before/output/model.tar.gz") == {"weights.json": b'{"pairs": 5}'}
    assert "epoch=3 loss=0.2500" in log_lines(stand_in.client("logs"), GROUP, "before/")
    assert bedrock.get_model_invocation_job(jobIdentifier=arn)["successRecordCount"] == 100
    for endpoint in ("serving", "second"):
        assert sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointStatus"] == "InService"
        assert invoke(stand_in, endpoint)["model"] == {"pairs": 5}


def test_stand_in_started_again_runs_the_newest_endpoint_only(stand_in: StandInProcess) -> None:
    """The others' servers are started by their first call: old endpoints would fill the memory."""
    s3, sagemaker = stand_in.client("s3"), stand_in.client("sagemaker")
    for name in ("older", "newer"):
        deploy(sagemaker, name, upload_model(s3))
    stand_in.stop()
    stand_in.start()
    a_server = 2  # and its leash
    wait_for(lambda: len(children(stand_in)) == a_server)
    invoke(stand_in, "older")
    assert len(children(stand_in)) == 2 * a_server


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
def test_jobs_that_ran_when_the_stand_in_ended_have_failed(stand_in: StandInProcess, number: signal.Signals) -> None:
    start_lingering_job(stand_in, "lingering")
    stand_in.stop(number)
    stand_in.start()
    job = stand_in.client("sagemaker").describe_training_job(TrainingJobName="lingering")
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("InternalServerError: The AWS stand-in was stopped while the job ran.")
    assert job["TrainingEndTime"]


def test_objects_survive_a_kill(stand_in: StandInProcess) -> None:
    s3 = stand_in.client("s3")
    s3.put_object(Bucket=BUCKET, Key="kept", Body=b"content", Metadata={"run": "1"})
    state = stand_in.data / "moto" / "state.pickle"
    wait_for(lambda: state.exists() and b"kept" in state.read_bytes())
    stand_in.stop(signal.SIGKILL)
    stand_in.start()
    got = s3.get_object(Bucket=BUCKET, Key="kept")
    assert (got["Body"].read(), got["Metadata"]) == (b"content", {"run": "1"})


def test_objects_deleted_or_replaced_leave_no_file(stand_in: StandInProcess) -> None:
    s3 = stand_in.client("s3")
    for body in (b"first", b"second"):
        s3.put_object(Bucket=BUCKET, Key="replaced", Body=body)
    s3.put_object(Bucket=BUCKET, Key="deleted", Body=b"third")
    s3.delete_object(Bucket=BUCKET, Key="deleted")
    stand_in.stop()
    [file] = (stand_in.data / "moto" / "objects").iterdir()
    assert file.read_bytes() == b"second"
