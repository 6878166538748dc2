"""Bedrock batch inference jobs: what is asked of them. What runs is in job.py."""

from __future__ import annotations

import secrets
import string
import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from local.aws import objects, paging
from local.aws.bedrock import formats
from local.aws.bedrock.job import ACTIVE, BatchJob
from local.aws.clock import now
from local.aws.errors import (
    ConflictException,
    ResourceNotFoundException,
    ServiceQuotaExceededException,
    ValidationException,
)
from local.aws.roles import BEDROCK_BATCH

if TYPE_CHECKING:
    from local.aws.stand_in import Call
    from local.aws.table import Record

_creating = threading.Lock()  # a token or a name that comes twice at the same time is still one job


def create(call: Call) -> dict[str, Any]:
    """CreateModelInvocationJob: a clientRequestToken that was seen before names the job it made."""
    parameters = dict(call.parameters)
    formats.format_of(parameters["modelId"], parameters.get("modelInvocationType", "InvokeModel"))
    with _creating:
        for job in call.stand_in.batch_jobs.records(call.region):
            if "clientRequestToken" in parameters and job.get("clientRequestToken") == parameters["clientRequestToken"]:
                return {"jobArn": job["jobArn"]}
            if job["jobName"] == parameters["jobName"]:
                raise ConflictException("The provided job name is currently in use.")
        _check_places(call)
        _check_quota(call)
        job = _new_job(call)
        identifier = job["jobArn"].rpartition("/")[2]
        call.stand_in.batch_jobs.add(call.region, identifier, job)
    BatchJob(call.stand_in, call.region, identifier).start()
    return {"jobArn": job["jobArn"]}


def get(call: Call) -> Record:
    """GetModelInvocationJob."""
    return _find(call)


def list_(call: Call) -> dict[str, Any]:
    """ListModelInvocationJobs."""
    jobs = [job for job in call.stand_in.batch_jobs.records(call.region) if _matches(job, call.parameters)]
    page = paging.page(jobs, sort_by="submitTime", name="jobArn", parameters=call.parameters, default=100)
    return {"invocationJobSummaries": page.records, "nextToken": page.token}


def stop(call: Call) -> dict[str, Any]:
    """StopModelInvocationJob: Stopping, then Stopped."""
    job = _find(call)
    running = call.stand_in.running_batches.get((call.region, job["jobArn"].rpartition("/")[2]))
    if running is None or not running.stop():
        status = _find(call)["status"]
        raise ConflictException(f"The batch inference job cannot be stopped: its status is {status}.")
    return {}


def _find(call: Call) -> Record:
    identifier = call.parameters["jobIdentifier"]
    job = call.stand_in.batch_jobs.get(call.region, identifier.rpartition("/")[2])
    if job is None:
        raise ResourceNotFoundException(f"Could not find a batch inference job with the identifier {identifier}.")
    return job


def _new_job(call: Call) -> Record:
    alphabet = string.ascii_lowercase + string.digits
    identifier = "".join(secrets.choice(alphabet) for _ in range(12))
    hours = call.parameters.get("timeoutDurationInHours", 24)
    submitted = now()
    counts = ("totalRecordCount", "processedRecordCount", "successRecordCount", "errorRecordCount")
    return {
        "modelInvocationType": "InvokeModel",
        **call.parameters,
        "jobArn": call.arn("bedrock", f"model-invocation-job/{identifier}"),
        "status": "Submitted",
        "submitTime": submitted,
        "lastModifiedTime": submitted,
        "timeoutDurationInHours": hours,
        "jobExpirationTime": submitted + timedelta(seconds=hours * call.stand_in.settings.seconds_per_hour),
        **dict.fromkeys(counts, 0),
    }


def _matches(job: Record, filters: dict[str, Any]) -> bool:
    return (
        filters.get("nameContains", "") in job["jobName"]
        and filters.get("statusEquals", job["status"]) == job["status"]
        and ("submitTimeAfter" not in filters or job["submitTime"] > filters["submitTimeAfter"])
        and ("submitTimeBefore" not in filters or job["submitTime"] < filters["submitTimeBefore"])
    )


def _check_places(call: Call) -> None:
    source = call.parameters["inputDataConfig"]["s3InputDataConfig"]["s3Uri"]
    target = call.parameters["outputDataConfig"]["s3OutputDataConfig"]["s3Uri"]
    for uri in (source, target):
        if objects.parse_uri(uri) is None:
            raise ValidationException(f"'{uri}' is not the URI of a place in S3, like s3://bucket/prefix/.")
    _check_place(call, source, "GetObject", must_hold=True)
    _check_place(call, target, "PutObject", must_hold=False)


def _check_place(call: Call, uri: str, permission: str, *, must_hold: bool) -> None:
    location = objects.parse_uri(uri)
    if location is None:
        raise ValueError(uri)
    reason = "there is no such object"
    try:
        if objects.keys_below(call.stand_in.s3(call.region, BEDROCK_BATCH), location) or not must_hold:
            return
    except objects.StorageError as error:
        reason = str(error)
    raise ValidationException(
        f"Could not validate {permission} permissions to access Amazon S3 bucket: {location.bucket} at key "
        f"prefix/object: {location.key} with role: {call.parameters['roleArn']}. ({reason})"
    )


def _check_quota(call: Call) -> None:
    limit, model = call.stand_in.settings.batch_jobs_per_model, call.parameters["modelId"]
    jobs = call.stand_in.batch_jobs.records(call.region)
    if sum(job["modelId"] == model and job["status"] in ACTIVE for job in jobs) >= limit:
        raise ServiceQuotaExceededException(
            f"The sum of in-progress and submitted batch inference jobs for {model} exceeds the quota of {limit}. "
            "Wait for jobs to finish or request a quota increase."
        )
