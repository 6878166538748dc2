"""Waits until a model is deployed."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseSensorOperator

from include.errors import TerminalError
from opensearch_ml.airflow_versions import AirflowSensorTimeout
from opensearch_ml.final_errors import FinalErrors
from opensearch_ml.hooks.ml_commons import DEPLOYMENT_LOOKS, DEPLOYMENT_SECONDS, FAILED_STATES, OpenSearchMLHook

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context


class OpenSearchModelSensor(FinalErrors, BaseSensorOperator):
    """Wait until a model is `DEPLOYED`: 30 looks, 2 seconds apart.

    Args:
        model_id: of the model.
        opensearch_conn_id: Airflow connection of the cluster.
        endpoint: URL that replaces the connection's host.
        aws_conn_id: AWS connection for signed requests.
        region_name: AWS region; the connection's if empty.
    """

    template_fields: Sequence[str] = ("model_id", "opensearch_conn_id", "endpoint", "aws_conn_id", "region_name")

    def __init__(
        self,
        *,
        model_id: str,
        opensearch_conn_id: str = OpenSearchMLHook.default_conn_name,
        endpoint: str | None = None,
        aws_conn_id: str | None = "aws_default",
        region_name: str | None = None,
        poke_interval: float = DEPLOYMENT_SECONDS,
        timeout: float = DEPLOYMENT_LOOKS * DEPLOYMENT_SECONDS,
        **kwargs: Any,
    ) -> None:
        super().__init__(poke_interval=poke_interval, timeout=timeout, **kwargs)
        self.model_id = model_id
        self.opensearch_conn_id = opensearch_conn_id
        self.endpoint = endpoint
        self.aws_conn_id = aws_conn_id
        self.region_name = region_name

    @cached_property
    def hook(self) -> OpenSearchMLHook:
        """The hook of the sensor's cluster."""
        return OpenSearchMLHook(
            self.opensearch_conn_id, self.endpoint or None, self.aws_conn_id, self.region_name or None
        )

    def execute(self, context: Context) -> Any:
        """Wait.

        Raises:
            TerminalError: the deployment failed, or took too long.
        """
        try:
            return super().execute(context)
        except AirflowSensorTimeout as error:
            raise TerminalError(
                f"Model {self.model_id} is {self.hook.model_state(self.model_id)} after {self.timeout:.0f} s, not "
                f"DEPLOYED. GET /_plugins/_ml/models/{self.model_id} and the cluster's log say why; nodes that have no "
                "memory left, or may not run models, leave it so."
            ) from error

    def poke(self, context: Context) -> bool:
        """Whether the model is deployed.

        Raises:
            TerminalError: the deployment failed.
        """
        state = self.hook.model_state(self.model_id)
        self.log.info("Model %s is %s", self.model_id, state)
        if state in FAILED_STATES:
            raise TerminalError(
                f"Model {self.model_id} is {state} instead of DEPLOYED. GET /_plugins/_ml/models/{self.model_id} and "
                "the cluster's log say why."
            )
        return state == "DEPLOYED"
