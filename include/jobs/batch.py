"""Bedrock batch inference jobs: finding the tries of one, and what becomes of it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from include.errors import TerminalError
from include.jobs.attempts import Attempt, State, attempt_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_bedrock import BedrockClient

RUNNING = ("Submitted", "Validating", "Scheduled", "InProgress", "Stopping")
INCOMPLETE = {
    "PartiallyCompleted": "its time ran out while it was answering",
    "Expired": "its time ran out before it began",
}


def last_batch_job(bedrock: BedrockClient, name: str, use_incomplete: bool) -> Attempt | None:
    """The last try of the batch job of this name; None if it was never started.

    Args:
        bedrock: client.
        name: of the first try.
        use_incomplete: a job that answered only some of its records counts as done.
    """
    tries: dict[int, Attempt] = {}
    for page in bedrock.get_paginator("list_model_invocation_jobs").paginate(nameContains=name):
        for job in page["invocationJobSummaries"]:
            number = attempt_number(name, job["jobName"])
            if number is not None:
                tries[number] = attempt_of(job, use_incomplete)
    return tries[max(tries)] if tries else None


def attempt_of(job: Mapping[str, Any], use_incomplete: bool) -> Attempt:
    """A try, from what Bedrock says of it."""
    return Attempt(
        name=job["jobName"],
        state=_state(job, use_incomplete),
        reason=reason_of(job),
        identifier=job["jobArn"],
        made_of=job.get("clientRequestToken", ""),
    )


def token_of(token: str, number: int) -> str:
    """The client token of a try: Bedrock would take the first one's for the first job."""
    return token if number == 1 else hashlib.sha256(f"{token}\n{number}".encode()).hexdigest()


def has_ended(job: Mapping[str, Any], use_incomplete: bool) -> bool:
    """Whether the job has ended with answers that are used; False while it goes on.

    Raises:
        TerminalError: it failed or was stopped, or it is incomplete and such answers are not wanted.
    """
    status = job["status"]
    if status in RUNNING:
        return False
    if status == "Completed" or (status in INCOMPLETE and use_incomplete):
        return True
    told = f"Batch inference job {job.get('jobName') or job['jobArn']} is {status}"
    if status in INCOMPLETE:
        raise TerminalError(
            f"{told}: {reason_of(job)}; {counts_of(job)}. Clear start_batch_job to pay for another one, give a longer "
            "batch_job_hours, or set incomplete_batch_jobs to 'use' for the answers that are there."
        )
    raise TerminalError(
        f"{told}: {reason_of(job) or 'it was stopped'}. Correct the cause; then clear start_batch_job, which starts "
        "another one."
    )


def counts_of(job: Mapping[str, Any]) -> str:
    """How many records were answered, as one reads it."""
    if job.get("totalRecordCount") is None:
        return "Bedrock gives no counts of records"
    total, done = job["totalRecordCount"], job.get("successRecordCount") or 0
    errors = job.get("errorRecordCount") or 0
    return f"{done:,} of {total:,} records answered, {errors:,} with errors, {total - done - errors:,} not reached"


def reason_of(job: Mapping[str, Any]) -> str:
    """Why the job did not answer everything; `""` if nothing is known."""
    return str(job.get("message") or INCOMPLETE.get(job.get("status", ""), ""))


def _state(job: Mapping[str, Any], use_incomplete: bool) -> State:
    status = job["status"]
    if status in ("Stopping", "Stopped"):
        return "stopped"
    if status in RUNNING:
        return "running"
    return "done" if status == "Completed" or (status == "PartiallyCompleted" and use_incomplete) else "failed"
