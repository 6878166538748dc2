"""Whether what is there is what is asked for."""

from __future__ import annotations

from typing import Any

import pytest

from include.errors import RetryableError, TerminalError
from include.jobs.endpoint import check_same, check_served

ASKED = {"ModelName": "m", "Variants": [{"Type": "g5", "Count": 1}], "Tags": [{"Key": "k"}]}


def test_check_same_what_aws_adds_is_not_compared() -> None:
    check_same(
        "model m", ASKED, {**ASKED, "Tags": [], "Arn": "a", "Variants": [{"Type": "g5", "Count": 1, "Weight": 1.0}]}
    )


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ({"ModelName": "m"}, "Variants is None"),
        ({"ModelName": "m", "Variants": []}, "Variants is []"),
        (
            {"ModelName": "m", "Variants": [{"Type": "m5", "Count": 1}]},
            "Variants[0].Type is 'm5', asked for was 'g5'",
        ),
    ],
)
def test_check_same_names_what_differs(found: Any, told: str) -> None:
    with pytest.raises(TerminalError) as caught:
        check_same("model m", ASKED, found)

    assert told in str(caught.value)


def endpoint(status: str, config: str = "new", reason: str = "") -> dict[str, Any]:
    return {"EndpointName": "e", "EndpointStatus": status, "EndpointConfigName": config, "FailureReason": reason}


def test_check_served_with_what_was_asked_for_is_well() -> None:
    check_served(endpoint("InService"), "new")


@pytest.mark.parametrize(
    ("found", "kind", "message"),
    [
        (
            endpoint("InService", "old"),
            TerminalError,
            "configuration before, old, instead of new: the update was rolled",
        ),
        (
            endpoint("Failed", reason="CapacityError: none"),
            RetryableError,
            "The next try deletes it and creates it again",
        ),
        (endpoint("Failed", reason="did not pass the ping health check"), TerminalError, "did not pass the ping"),
        (endpoint("OutOfService"), TerminalError, "is OutOfService"),
    ],
)
def test_check_served_says_what_is_wrong(found: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind) as caught:
        check_served(found, "new")

    assert message in str(caught.value)
