"""What becomes of a batch inference job, from what Bedrock says of it."""

from __future__ import annotations

from typing import Any

import pytest

from include.jobs.batch import attempt_of, counts_of, token_of


def job(status: str, **more: Any) -> dict[str, Any]:
    return {"jobName": "model-run-000", "jobArn": "arn", "status": status, **more}


@pytest.mark.parametrize(
    ("status", "use_incomplete", "state"),
    [
        ("Submitted", True, "running"),
        ("Scheduled", True, "running"),
        ("InProgress", True, "running"),
        ("Completed", False, "done"),
        ("PartiallyCompleted", True, "done"),
        ("PartiallyCompleted", False, "failed"),
        pytest.param("Expired", True, "failed", id="expired-without-an-answer"),
        ("Failed", True, "failed"),
        ("Stopping", True, "stopped"),
        ("Stopped", True, "stopped"),
    ],
)
def test_attempt_of_state(status: str, use_incomplete: bool, state: str) -> None:
    assert attempt_of(job(status), use_incomplete).state == state


def test_counts_of_tells_what_was_not_reached() -> None:
    counts = {"totalRecordCount": 50_000, "successRecordCount": 31_000, "errorRecordCount": 12}

    assert counts_of(job("PartiallyCompleted", **counts)) == (
        "31,000 of 50,000 records answered, 12 with errors, 18,988 not reached"
    )
    assert counts_of(job("Expired")) == "Bedrock gives no counts of records"


def test_token_of_later_tries_differs_and_is_the_same_each_time() -> None:
    assert token_of("t", 1) == "t"
    assert token_of("t", 2) == token_of("t", 2) != token_of("t", 3)
    assert len(token_of("t", 2)) <= 256
