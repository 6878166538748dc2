"""The training job: not started if an earlier one was given the same contents, parameters and code."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from include import layout as at
from include.reuse.content import contents_below, etags_below, unpacked_sha256
from include.reuse.key import Work, digest
from include.reuse.take import enter, note_of, take

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from include.plan import Plan

STAGE = "training"
ARTIFACT, OUTPUT = "model.tar.gz", "output.tar.gz"
# Of the request: who pays, where, how long and with which network. None of it changes what is learnt.
NOT_LEARNT = frozenset(
    {
        "TrainingJobName",
        "RoleArn",
        "OutputDataConfig",
        "StoppingCondition",
        "Tags",
        "VpcConfig",
        "EnableNetworkIsolation",
        "EnableInterContainerTrafficEncryption",
        "EnableManagedSpotTraining",
        "CheckpointConfig",
        "RetryStrategy",
        # These are taken one by one.
        "InputDataConfig",
        "HyperParameters",
        "ResourceConfig",
        "AlgorithmSpecification",
        "Environment",
    }
)
SECONDS = ("training_seconds", "billable_seconds")
OF_THE_RUN = ("run", "sagemaker_submit_directory")
WRITES_VECTORS = "write_vectors"


def take_training(s3: S3Client, plan: Plan) -> dict[str, Any] | None:
    """Copy what an earlier job left to where this run's would leave it; None if the job has to be started.

    Returns:
        As the training operator: `job_name`, `model_uri`, `output_uri`, `training_seconds` and `billable_seconds`,
        which are 0, and `instance_type`; and `reused_from`, the run.
    """
    work = training_work(s3, plan)
    folder = plan.layout.artifact_uri.removesuffix(ARTIFACT)
    entry = take(s3, plan, work, folder, _instead(work))
    if entry is None:
        return None
    taken_over = entry.run != plan.run
    return {
        "job_name": entry.result["job_name"],
        "model_uri": plan.layout.artifact_uri,
        "output_uri": plan.layout.output_uri,
        "instance_type": entry.result.get("instance_type", ""),
        **(dict.fromkeys(SECONDS, 0) if taken_over else entry.usage),
        "reused_from": entry.run if taken_over else "",
        "saved": entry.usage if taken_over else {},
    }


def enter_training(s3: S3Client, plan: Plan, trained: dict[str, Any]) -> None:
    """Enter the run's own job, whose archive was checked, for later runs.

    Args:
        s3: client.
        plan: of the run.
        trained: as the training operator returns it.
    """
    note = note_of(s3, plan, STAGE)
    if note:
        outputs = {ARTIFACT: trained["model_uri"], OUTPUT: trained["output_uri"]}
        usage = {name: float(trained[name]) for name in SECONDS}
        result = {name: trained[name] for name in ("job_name", "instance_type")}
        enter(s3, plan, note, outputs, result, usage)


def training_work(s3: S3Client, plan: Plan) -> Work:
    """What the trained model is made of: the request without what is only this run's, its channels by their contents.

    What lies on S3 and is the customer's own (base model, teacher) counts by its ETags.
    """
    request = plan.requests()["training_request"]
    algorithm, hardware = request["AlgorithmSpecification"], request["ResourceConfig"]
    made_of = {name: value for name, value in request.items() if name not in NOT_LEARNT} | {
        "image": algorithm["TrainingImage"],
        "instance_type": hardware["InstanceType"],
        "instance_count": hardware["InstanceCount"],
        "parameters": {k: v for k, v in request["HyperParameters"].items() if k not in OF_THE_RUN},
        "channels": {channel["ChannelName"]: _channel(s3, plan, channel) for channel in request["InputDataConfig"]},
    }
    if "Environment" in request:
        made_of["environment"] = digest(request["Environment"])  # it may hold a token
    return Work(STAGE, made_of, unpacked_sha256(s3, plan.layout.uri(at.SOURCE)))


def _instead(work: Work) -> tuple[Work, ...]:
    """A job that left vectors besides has trained the same model."""
    parameters = work.made_of["parameters"]
    if parameters.get(WRITES_VECTORS) != "false":
        return ()
    return (replace(work, made_of={**work.made_of, "parameters": {**parameters, WRITES_VECTORS: "true"}}),)


def _channel(s3: S3Client, plan: Plan, channel: dict[str, Any]) -> dict[str, str]:
    uri = channel["DataSource"]["S3DataSource"]["S3Uri"]
    return contents_below(s3, uri) if uri.startswith(plan.layout.uri()) else etags_below(s3, uri)
