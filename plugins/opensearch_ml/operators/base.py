"""What the operators that call a cluster have in common."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk import BaseOperator

from opensearch_ml.final_errors import FinalErrors
from opensearch_ml.hooks.ml_commons import OpenSearchMLHook

if TYPE_CHECKING:
    from collections.abc import Sequence


class OpenSearchBaseOperator(FinalErrors, BaseOperator):
    """Base of the operators: which cluster, with which credentials.

    Args:
        opensearch_conn_id: Airflow connection of the cluster.
        endpoint: URL that replaces the connection's host.
        aws_conn_id: AWS connection, for signed requests and S3.
        region_name: AWS region; the connection's if empty.
    """

    cluster_fields: ClassVar[tuple[str, ...]] = ("opensearch_conn_id", "endpoint", "aws_conn_id", "region_name")
    template_fields: Sequence[str] = cluster_fields
    ui_color = "#d6ecf7"

    def __init__(
        self,
        *,
        opensearch_conn_id: str = OpenSearchMLHook.default_conn_name,
        endpoint: str | None = None,
        aws_conn_id: str | None = "aws_default",
        region_name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.opensearch_conn_id = opensearch_conn_id
        self.endpoint = endpoint
        self.aws_conn_id = aws_conn_id
        self.region_name = region_name

    @cached_property
    def hook(self) -> OpenSearchMLHook:
        """The hook of the operator's cluster."""
        return OpenSearchMLHook(
            opensearch_conn_id=self.opensearch_conn_id,
            endpoint=self.endpoint or None,
            aws_conn_id=self.aws_conn_id,
            region_name=self.region_name or None,
        )
