"""Which failed tries are tried again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from include.retryable import is_retryable
from opensearch_ml.airflow_versions import HAS_RETRY_POLICY, AirflowException, RetryDecision, RetryPolicy

if TYPE_CHECKING:
    from airflow.sdk import Context


class FinetuneRetryPolicy(RetryPolicy):
    """Throttling, 5xx and lost connections are tried again; what fails the same way again is not.

    Nor is a job that failed for a reason of its own: that would pay for a second one. The operators raise
    `RetryableError` for one that failed because of AWS.
    """

    def evaluate(
        self, exception: BaseException, try_number: int, max_tries: int, context: Context | None = None
    ) -> RetryDecision:
        """Decide by the type of the error."""
        retryable = is_retryable(exception)
        if retryable is None:
            retryable = not isinstance(exception, AirflowException)
        reason = f"{type(exception).__name__} {'may pass' if retryable else 'would come again'}"
        return RetryDecision.retry(reason=reason) if retryable else RetryDecision.fail(reason=reason)


def retry_arguments() -> dict[str, Any]:
    """Arguments of every task: three tries with exponential back-off, by `FinetuneRetryPolicy` if Airflow can."""
    policy = {"retry_policy": FinetuneRetryPolicy()} if HAS_RETRY_POLICY else {}
    return {
        "retries": 2,
        "retry_delay": timedelta(seconds=30),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(minutes=10),
        **policy,
    }
