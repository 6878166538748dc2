"""Asks a person, where Airflow can."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from include.errors import TerminalError
from opensearch_ml.airflow_versions import HAS_APPROVAL, airflow_version
from opensearch_ml.airflow_versions import ApprovalOperator as StockOperator

if TYPE_CHECKING:
    from airflow.sdk import Context


class NoApprovalOperator(BaseOperator):
    """Takes the approval's place in the graph under Airflow 3.0, which asks nobody.

    It takes what the stock operator takes. It is never reached: `plan_run` refuses `approval` there.
    """

    REJECT = "Reject"

    def __init__(self, *, subject: str, defaults: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.subject, self.defaults = subject, defaults

    def execute(self, context: Context) -> None:
        """Never approve what nobody was asked about.

        Raises:
            TerminalError: always.
        """
        check_approval(asked_for=True, possible=False)


ApprovalOperator = StockOperator if HAS_APPROVAL else NoApprovalOperator


def check_approval(*, asked_for: bool, possible: bool = HAS_APPROVAL) -> None:
    """Nothing, if no person is to be asked, or Airflow can ask one.

    Raises:
        TerminalError: Airflow cannot.
    """
    if asked_for and not possible:
        raise TerminalError(
            f"approval is true, and Airflow {airflow_version()} has no tasks that ask a person. Set approval to false: "
            "the gate then decides alone. Or use Airflow 3.1 or newer."
        )
