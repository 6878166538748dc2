"""Connector, model group and model in OpenSearch ML Commons; running one again finds what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opensearch_ml.links import OpenSearchModelLink, remember_link
from opensearch_ml.operators.base import OpenSearchBaseOperator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context


class OpenSearchConnectorOperator(OpenSearchBaseOperator):
    """Create a connector; returns its id.

    Args:
        body: as ML Commons takes it, without `credential`; see `include.registry.connector.connector_body`.
        role_arn: role that Amazon OpenSearch Service assumes to call the remote model.
        credentials_conn_id: elsewhere, the AWS connection whose access key the connector signs with.
    """

    template_fields: Sequence[str] = (
        *OpenSearchBaseOperator.cluster_fields,
        "body",
        "role_arn",
        "credentials_conn_id",
    )
    template_fields_renderers = {"body": "json"}  # noqa: RUF012 - as Airflow declares it

    def __init__(
        self,
        *,
        body: dict[str, Any],
        role_arn: str | None = None,
        credentials_conn_id: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.body = body
        self.role_arn = role_arn
        self.credentials_conn_id = credentials_conn_id

    def execute(self, context: Context) -> str:
        """Find or create the connector."""
        credential = self.hook.connector_credential(self.role_arn, self.credentials_conn_id or self.aws_conn_id)
        connector_id = self.hook.ensure_connector({**self.body, "credential": credential})
        self.log.info("Connector %s: %s", self.body["name"], connector_id)
        return connector_id


class OpenSearchModelGroupOperator(OpenSearchBaseOperator):
    """Register a model group; returns its id.

    Args:
        name: of the group; the versions of a model share it.
        description: what the group is for.
    """

    template_fields: Sequence[str] = (*OpenSearchBaseOperator.cluster_fields, "name", "description")

    def __init__(self, *, name: str, description: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.name = name
        self.description = description

    def execute(self, context: Context) -> str:
        """Find or create the group."""
        return self.hook.ensure_model_group(self.name, self.description)


class OpenSearchRegisterModelOperator(OpenSearchBaseOperator):
    """Register a remote model that calls a connector; returns its id.

    Args:
        name: of the model.
        model_group_id: group that it becomes a version of.
        connector_id: connector through which it is called.
        description: what the model is.
    """

    template_fields: Sequence[str] = (
        *OpenSearchBaseOperator.cluster_fields,
        "name",
        "model_group_id",
        "connector_id",
        "description",
    )

    def __init__(
        self, *, name: str, model_group_id: str, connector_id: str, description: str = "", **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.name = name
        self.model_group_id = model_group_id
        self.connector_id = connector_id
        self.description = description

    def execute(self, context: Context) -> str:
        """Find or register the model."""
        return self.hook.ensure_model(self.name, self.model_group_id, self.connector_id, self.description)


class OpenSearchDeployModelOperator(OpenSearchBaseOperator):
    """Start the deployment of a model; returns its id. `OpenSearchModelSensor` waits for the end.

    Args:
        model_id: of a registered model.
    """

    template_fields: Sequence[str] = (*OpenSearchBaseOperator.cluster_fields, "model_id")
    operator_extra_links = (OpenSearchModelLink(),)

    def __init__(self, *, model_id: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.model_id = model_id

    def execute(self, context: Context) -> str:
        """Deploy, unless the model is deployed already."""
        state = self.hook.deploy_model(self.model_id)
        remember_link(self, OpenSearchModelLink, f"{self.hook.url}/_plugins/_ml/models/{self.model_id}")
        self.log.info("Model %s is %s", self.model_id, state)
        return self.model_id
