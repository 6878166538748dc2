"""What the stand-in would bill: `GET /_local/usage`. Amounts, not money: the stand-in knows no prices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from local.aws.stand_in import StandIn


def usage(stand_in: StandIn) -> dict[str, list[dict[str, Any]]]:
    """Tokens of each batch job that has ended, and billable seconds of each training job."""
    batches = (stand_in.metered_batches.get(*name) for name in stand_in.metered_batches.names())
    trainings = (stand_in.training_jobs.get(*name) for name in stand_in.training_jobs.names())
    return {
        "batch_jobs": [job for job in batches if job],
        "training_jobs": [_billed(job) for job in trainings if job and "BillableTimeInSeconds" in job],
    }


def _billed(job: dict[str, Any]) -> dict[str, Any]:
    hardware = job["ResourceConfig"]
    return {
        "jobName": job["TrainingJobName"],
        "instanceType": hardware["InstanceType"],
        "instanceCount": hardware["InstanceCount"],
        "billableSeconds": job["BillableTimeInSeconds"],
    }
