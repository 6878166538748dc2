"""Retry policy: exceptions to decisions, as Airflow asks for them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from airflow.sdk import RetryAction
from airflow.sdk.exceptions import (
    AirflowException,
    AirflowFailException,
    AirflowSensorTimeout,
    AirflowTaskTimeout,
    TaskDeferralError,
)
from botocore.exceptions import ClientError

from include.errors import RetryableError, TerminalError
from opensearch_ml.retry import FinetuneRetryPolicy, retry_arguments


def client_error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "m"}}, "CreateTrainingJob")


@pytest.mark.parametrize(
    ("error", "action"),
    [
        pytest.param(RetryableError("later"), RetryAction.RETRY, id="retryable"),
        pytest.param(TerminalError("never"), RetryAction.FAIL, id="terminal"),
        pytest.param(client_error("ThrottlingException"), RetryAction.RETRY, id="throttled"),
        pytest.param(client_error("ResourceLimitExceeded"), RetryAction.RETRY, id="no-instance-left"),
        pytest.param(client_error("ValidationException"), RetryAction.FAIL, id="refused"),
        pytest.param(ConnectionError("reset"), RetryAction.RETRY, id="connection"),
        pytest.param(AirflowException("the job failed"), RetryAction.FAIL, id="job-failed"),
        pytest.param(AirflowFailException("never"), RetryAction.FAIL, id="fail"),
        pytest.param(AirflowSensorTimeout("late"), RetryAction.FAIL, id="sensor-timeout"),
        pytest.param(TaskDeferralError("the trigger failed"), RetryAction.FAIL, id="trigger-failed"),
        pytest.param(AirflowTaskTimeout("late"), RetryAction.RETRY, id="task-timeout"),
        pytest.param(RuntimeError("?"), RetryAction.RETRY, id="unknown"),
        pytest.param(MemoryError(), RetryAction.RETRY, id="memory"),
    ],
)
def test_evaluate_by_type(error: BaseException, action: RetryAction) -> None:
    decision = FinetuneRetryPolicy().evaluate(error, try_number=1, max_tries=2)

    assert decision.action == action
    assert type(error).__name__ in str(decision.reason)


def test_retry_arguments_three_tries_that_wait_longer_and_longer() -> None:
    arguments = retry_arguments()

    assert arguments["retries"] == 2
    assert arguments["retry_exponential_backoff"]
    assert timedelta(seconds=10) <= arguments["retry_delay"] < arguments["max_retry_delay"]
