"""SageMaker training jobs: what is asked of them. What runs is in training_run.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.aws import objects, paging
from local.aws.clock import now
from local.aws.errors import ResourceInUse, ValidationException
from local.aws.roles import SAGEMAKER_TRAINING
from local.aws.sagemaker import checkpoints, quota, tags
from local.aws.sagemaker.metrics import Metrics
from local.aws.sagemaker.resources import check_image
from local.aws.sagemaker.training_run import TrainingRun

if TYPE_CHECKING:
    from local.aws.stand_in import Call
    from local.aws.table import Record

ACTIVE = ("InProgress", "Stopping")
DAY = 24 * 3600
SORT = {"Name": "TrainingJobName", "CreationTime": "CreationTime", "Status": "TrainingJobStatus"}


def create(call: Call) -> dict[str, Any]:
    """CreateTrainingJob: checks what AWS checks at once, keeps the job and starts it."""
    job = _new_job(call)
    name, arn = job["TrainingJobName"], job["TrainingJobArn"]
    check_image(job.get("AlgorithmSpecification", {}).get("TrainingImage"))
    Metrics(job)
    if call.stand_in.training_jobs.get(call.region, name) is not None:
        raise _in_use(arn)
    _check_output(job)
    checkpoints.check(job)
    for channel in job.get("InputDataConfig", []):
        _check_channel(call, channel)
    _check_quota(call, job)
    if not call.stand_in.training_jobs.add(call.region, name, job):
        raise _in_use(arn)
    tags.set_tags(call, arn, call.parameters.get("Tags", []))
    TrainingRun(call.stand_in, call.region, name).start()
    return {"TrainingJobArn": arn}


def describe(call: Call) -> Record:
    """DescribeTrainingJob."""
    return _find(call)


def list_(call: Call) -> dict[str, Any]:
    """ListTrainingJobs."""
    members = {"name": "TrainingJobName", "created": "CreationTime", "modified": "LastModifiedTime"}
    jobs = (
        job
        for job in call.stand_in.training_jobs.records(call.region)
        if paging.matches(job, call.parameters, **members, status="TrainingJobStatus")
    )
    order = {"SortOrder": "Ascending", **call.parameters}
    sort_by = SORT[call.parameters.get("SortBy", "CreationTime")]
    page = paging.page(jobs, sort_by=sort_by, name="TrainingJobName", parameters=order)
    return {"TrainingJobSummaries": page.records, "NextToken": page.token}


def stop(call: Call) -> dict[str, Any]:
    """StopTrainingJob."""
    job = _find(call)
    run = call.stand_in.running_trainings.get((call.region, job["TrainingJobName"]))
    if run is None or not run.stop():
        status = _find(call)["TrainingJobStatus"]
        raise ValidationException(f"The request was rejected because the training job is in status {status}.")
    return {}


def _new_job(call: Call) -> Record:
    parameters = dict(call.parameters)
    parameters.pop("Tags", None)
    name, started = parameters["TrainingJobName"], now()
    model = f"{parameters['OutputDataConfig']['S3OutputPath'].rstrip('/')}/{name}/output/model.tar.gz"
    return {
        "StoppingCondition": {"MaxRuntimeInSeconds": DAY},
        **parameters,
        "TrainingJobArn": call.arn("sagemaker", f"training-job/{name}"),
        "TrainingJobStatus": "InProgress",
        "SecondaryStatus": "Starting",
        "SecondaryStatusTransitions": [
            {"Status": "Starting", "StartTime": started, "StatusMessage": "Preparing the instances for training"}
        ],
        "ModelArtifacts": {"S3ModelArtifacts": model},
        "CreationTime": started,
        "LastModifiedTime": started,
    }


def _find(call: Call) -> Record:
    job = call.stand_in.training_jobs.get(call.region, call.parameters["TrainingJobName"])
    if job is None:
        raise ValidationException("Requested resource not found.")
    return job


def _in_use(arn: str) -> ResourceInUse:
    return ResourceInUse(
        f"Job name must be unique within an AWS account and region, and a job with this name already exists ({arn})"
    )


def _check_output(job: Record) -> None:
    path = job["OutputDataConfig"]["S3OutputPath"]
    if objects.parse_uri(path) is None:
        raise ValidationException(f"S3OutputPath is '{path}'. It must be an S3 URI like s3://bucket/prefix.")


def _check_channel(call: Call, channel: dict[str, Any]) -> None:
    source = channel["DataSource"].get("S3DataSource")
    if source is None or source["S3DataType"] != "S3Prefix" or channel.get("InputMode", "File") != "File":
        name = channel["ChannelName"]
        raise ValidationException(f"Channel '{name}': the AWS stand-in reads S3Prefix channels in File mode only.")
    location, region = objects.parse_uri(source["S3Uri"]), call.region
    try:
        found = bool(location and objects.keys_below(call.stand_in.s3(region, SAGEMAKER_TRAINING), location))
        reason = ""
    except objects.StorageError as error:
        found, reason = False, f" Error message from S3: {error}"
    if not found:
        bucket = location.bucket if location else ""
        raise ValidationException(
            f'No S3 objects found under S3 URL "{source["S3Uri"]}" given in input data source. Please ensure that the '
            f"bucket exists in the selected region ({region}), that objects exist under that S3 prefix, and that the "
            f'role "{call.parameters["RoleArn"]}" has "s3:ListBucket" permissions on bucket "{bucket}".{reason}'
        )


def _check_quota(call: Call, job: Record) -> None:
    resources = job.get("ResourceConfig", {})
    used = [
        kind
        for other in call.stand_in.training_jobs.records(call.region)
        if other["TrainingJobStatus"] in ACTIVE
        for kind in _instances(other)
    ]
    limits = call.stand_in.settings.training_instances
    wanted = len(_instances(job))
    quota.check(limits, "training job usage", resources.get("InstanceType", ""), used, wanted)


def _instances(job: Record) -> list[str]:
    resources = job.get("ResourceConfig", {})
    return [resources.get("InstanceType", "")] * resources.get("InstanceCount", 1)
