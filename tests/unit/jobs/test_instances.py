"""Which instances a try asks for, in which order."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from include.jobs.attempts import Attempt, State
from include.jobs.instances import instances_for, is_refused

TYPES = ["ml.g5.xlarge", "ml.g6.xlarge", "ml.g4dn.xlarge"]
NONE_LEFT = "CapacityError: Unable to provision requested ML compute capacity."


def attempt(state: State, instance: str, reason: str = "") -> Attempt:
    return Attempt("model-run", state, reason, instance_type=instance)


@pytest.mark.parametrize(
    ("last", "first"),
    [
        pytest.param(None, "ml.g5.xlarge", id="first-try"),
        pytest.param(attempt("failed", "ml.g5.xlarge", NONE_LEFT), "ml.g6.xlarge", id="no-capacity"),
        pytest.param(attempt("failed", "ml.g4dn.xlarge", NONE_LEFT), "ml.g5.xlarge", id="no-capacity-of-the-last"),
        pytest.param(attempt("failed", "ml.g6.xlarge", "InternalServerError"), "ml.g6.xlarge", id="another-reason"),
        pytest.param(attempt("stopped", "ml.g6.xlarge"), "ml.g6.xlarge", id="stopped"),
        pytest.param(attempt("failed", "ml.g6e.xlarge", NONE_LEFT), "ml.g5.xlarge", id="not-of-the-list"),
        pytest.param(
            attempt("failed", "ml.g5.xlarge", "AlgorithmError: capacityerror"), "ml.g5.xlarge", id="a-scripts-own-words"
        ),
    ],
)
def test_next_try_begins_with_the_type_that_may_be_had(last: Attempt | None, first: str) -> None:
    found = instances_for(TYPES, last)

    assert found[0] == first
    assert sorted(found) == sorted(TYPES)


@pytest.mark.parametrize(
    ("code", "expected"),
    [("ResourceLimitExceeded", True), ("ThrottlingException", False), ("ValidationException", False)],
)
def test_refusal_of_a_type_is_told_from_other_errors(code: str, expected: bool) -> None:
    error = ClientError({"Error": {"Code": code, "Message": "m"}}, "CreateTrainingJob")

    assert is_refused(error) is expected
