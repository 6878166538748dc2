"""When another job is paid for, and when not."""

from __future__ import annotations

from typing import Any

import pytest

from include.errors import TerminalError
from include.jobs.attempts import Attempt, attempt_name, attempt_number, next_number
from include.jobs.reasons import may_pass

NAME = "model-run"


def attempt(state: Any, reason: str = "", number: int = 1, made_of: str = "") -> Attempt:
    return Attempt(attempt_name(NAME, number), state, reason, "arn", made_of)


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("model-run", 1),
        ("model-run-2", 2),
        ("model-run-12", 12),
        ("model-run-000", None),
        ("model-run-000-2", None),
        ("model-run-1", None),
        ("model-running", None),
        ("my-model-run", None),
    ],
)
def test_attempt_number_of_a_name(name: str, number: int | None) -> None:
    assert attempt_number(NAME, name) == number


def test_attempt_number_of_a_batch_job_after_its_own_number() -> None:
    assert attempt_number(f"{NAME}-000", f"{NAME}-000-2") == 2


CAPACITY = "CapacityError: Unable to provision requested ML compute capacity."
OWN = "AlgorithmError: ExecuteUserScriptError: exit code 1"


@pytest.mark.parametrize(
    ("last", "cleared", "number"),
    [
        pytest.param(None, False, 1, id="never-started"),
        pytest.param(attempt("running"), False, None, id="runs"),
        pytest.param(attempt("running"), True, None, id="runs-and-was-cleared"),
        pytest.param(attempt("done"), False, None, id="done"),
        pytest.param(attempt("done"), True, None, id="done-and-was-cleared"),
        pytest.param(attempt("stopped"), False, 2, id="stopped"),
        pytest.param(attempt("failed", CAPACITY), False, 2, id="failed-for-a-reason-that-passes"),
        pytest.param(attempt("failed", CAPACITY, number=2), False, 3, id="failed-twice"),
        pytest.param(attempt("failed", OWN), True, 2, id="failed-and-was-cleared"),
        pytest.param(attempt("failed", OWN, number=9), True, 10, id="failed-nine-times-and-was-cleared"),
    ],
)
def test_next_number(last: Attempt | None, cleared: bool, number: int | None) -> None:
    assert next_number(NAME, last, cleared) == number


def test_next_number_automatic_retry_does_not_pay_for_the_same_failure() -> None:
    with pytest.raises(
        TerminalError, match=r"model-run failed: AlgorithmError.* clear this task, which starts model-run-2"
    ):
        next_number(NAME, attempt("failed", OWN), cleared=False)


@pytest.mark.parametrize(
    ("was", "now", "number"),
    [
        pytest.param("a", "a", None, id="same"),
        pytest.param("a", "b", 2, id="other"),
        pytest.param("", "b", None, id="not-told"),
        pytest.param("a", "", None, id="not-compared"),
    ],
)
def test_next_number_job_made_of_something_else_is_another(was: str, now: str, number: int | None) -> None:
    last = attempt("done", made_of=was)

    assert next_number(NAME, last, cleared=True, made_of=now) == number
    assert next_number(NAME, last, cleared=False, made_of=now) is None, "an automatic retry pays for nothing twice"


@pytest.mark.parametrize(
    ("reason", "passes"),
    [
        (CAPACITY, True),
        ("InternalServerError: We encountered an internal error. Please try again.", True),
        ("Internal error. Please try again.", True),
        ("Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error.", True),
        ("ThrottlingException: Rate exceeded", True),
        (OWN, False),
        ("AlgorithmError: the script said: internal error", False),
        ("ClientError: Data download failed: SlowDown", False),
        ("MaxRuntimeExceeded: it ran longer than 60 seconds. Raise max_runtime_hours", False),
        ("The primary container for production variant AllTraffic did not pass the ping health check.", False),
        ("", False),
    ],
)
def test_may_pass(reason: str, passes: bool) -> None:
    assert may_pass(reason) is passes
