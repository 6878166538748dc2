"""A training job on several instances: a program each, which find each other, one archive, one end."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import psutil
from botocore.exceptions import ClientError

from tests.contract.aws.harness import (
    BUCKET,
    ended_training,
    log_lines,
    read_tar,
    tarball,
    training_job,
    wait_for,
)

if TYPE_CHECKING:
    from tests.contract.aws.harness import StandInProcess

LOG_GROUP = "/aws/sagemaker/TrainingJobs"
HOSTS = ["127.0.0.1", "127.0.0.2", "127.0.0.3"]
# The first listens where all are told to meet, and writes the model when each of the others has said its name.
MEET = """
    import json, os, pathlib, socket, threading
    hosts, me = json.loads(os.environ["SM_HOSTS"]), os.environ["SM_CURRENT_HOST"]
    config = json.loads(pathlib.Path(os.environ["SM_INPUT_CONFIG_DIR"], "resourceconfig.json").read_text())
    assert (config["hosts"], config["current_host"]) == (hosts, me)
    pairs = len(pathlib.Path(os.environ["SM_CHANNEL_TRAIN"], "pairs.jsonl").read_text().splitlines())
    place, port = (hosts[0], int(os.environ["MASTER_PORT"])), os.environ["SM_NETWORK_INTERFACE_NAME"]
    if me == hosts[0]:
        met = []
        with socket.create_server(place) as server:
            for _ in hosts[1:]:
                met.append(server.accept()[0].makefile().readline().strip())
        pathlib.Path(os.environ["SM_MODEL_DIR"], "weights.json").write_text(json.dumps({"met": sorted(met)}))
    else:
        while True:
            try:
                with socket.create_connection(place) as connection:
                    connection.sendall(f"{me} {pairs}\\n".encode())
                break
            except ConnectionRefusedError:
                threading.Event().wait(0.05)
    print(f"{me} loss={len(me)} ended")
    pathlib.Path(os.environ["SM_OUTPUT_DATA_DIR"], f"{me}.txt").write_text(me)
"""
FAIL = """
    import os, pathlib, sys, threading
    if os.environ["SM_CURRENT_HOST"] == "127.0.0.1":
        threading.Event().wait(1)
        pathlib.Path(os.environ["SM_OUTPUT_DIR"], "failure").write_text("lost another one")
        sys.exit(1)
    pathlib.Path(os.environ["SM_OUTPUT_DIR"], "failure").write_text("the reason")
    sys.exit(3)
"""
WAIT = """
    import os, threading
    print(os.environ["SM_CURRENT_HOST"], "waits", flush=True)
    threading.Event().wait()
"""


def job_of(name: str, script: str, s3: Any, count: int) -> dict[str, Any]:
    """A request for a job of so many instances with this script."""
    s3.put_object(Bucket=BUCKET, Key=f"code/{name}.tar.gz", Body=tarball(train_py=script))
    job = training_job(name)
    job["ResourceConfig"]["InstanceCount"] = count
    job["HyperParameters"]["sagemaker_submit_directory"] = json.dumps(f"s3://{BUCKET}/code/{name}.tar.gz")
    return job


def lines_of(logs: Any, prefix: str) -> list[str]:
    """What a host has printed; nothing before its stream is there."""
    try:
        return log_lines(logs, LOG_GROUP, prefix)
    except (AssertionError, ClientError):
        return []


def test_job_of_three_instances_runs_three_programs_that_meet_and_leaves_one_archive(
    sagemaker: Any, s3: Any, logs: Any
) -> None:
    sagemaker.create_training_job(**job_of("three-hosts", MEET, s3, 3))

    job = ended_training(sagemaker, "three-hosts")

    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    [model] = read_tar(s3, "models/three-hosts/output/model.tar.gz").values()
    assert json.loads(model) == {"met": ["127.0.0.2 5", "127.0.0.3 5"]}
    assert sorted(read_tar(s3, "models/three-hosts/output/output.tar.gz")) == [f"{host}.txt" for host in HOSTS]
    streams = logs.describe_log_streams(logGroupName=LOG_GROUP, logStreamNamePrefix="three-hosts/")["logStreams"]
    assert sorted(stream["logStreamName"].split("/")[1].rpartition("-")[0] for stream in streams) == HOSTS
    # AWS tells the seconds of one instance, and bills them for each.
    assert job["BillableTimeInSeconds"] == job["TrainingTimeInSeconds"]


def test_job_of_two_instances_fails_with_the_reason_that_was_told_first(sagemaker: Any, s3: Any) -> None:
    sagemaker.create_training_job(**job_of("two-fail", FAIL, s3, 2))

    job = ended_training(sagemaker, "two-fail")

    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"] == "AlgorithmError: the reason, exit code: 3"


def test_job_of_two_instances_that_is_stopped_leaves_no_program(
    sagemaker: Any, s3: Any, logs: Any, aws: StandInProcess
) -> None:
    sagemaker.create_training_job(**job_of("two-wait", WAIT, s3, 2))
    for host in HOSTS[:2]:
        wait_for(lambda host=host: f"{host} waits" in lines_of(logs, f"two-wait/{host}-"), 60)

    sagemaker.stop_training_job(TrainingJobName="two-wait")

    assert ended_training(sagemaker, "two-wait")["TrainingJobStatus"] == "Stopped"
    assert aws.process
    programs = psutil.Process(aws.process.pid).children(recursive=True)
    assert not [program for program in programs if "train.py" in program.cmdline()]
