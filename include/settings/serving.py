"""Phases 4 and 5: endpoint and OpenSearch."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from include.settings.base import InstanceType, PhaseSettings, RoleArn


class EndpointSettings(PhaseSettings):
    """How the model is served."""

    section: ClassVar[str] = "6 Endpoint"

    endpoint_type: Literal["realtime", "serverless"] = Field("realtime", description="Kind of SageMaker endpoint.")
    endpoint_instance_type: InstanceType | None = Field(
        None, examples=["ml.g5.xlarge"], description="Instance that serves (realtime). Empty: `ml.g5.xlarge`."
    )
    endpoint_instance_count: int = Field(
        1, ge=1, le=100, description="Number of instances (realtime); with `endpoint_max_instances` the least."
    )
    endpoint_max_instances: int | None = Field(
        None,
        ge=1,
        le=100,
        description="Most instances, to which it grows by itself (realtime). Empty: it does not.",
    )
    endpoint_target_invocations: int = Field(
        600,
        ge=1,
        le=1_000_000,
        description="Calls a minute and instance that growing and shrinking hold, if `endpoint_max_instances` is "
        "given; docs/scaling.md says how to find it.",
    )
    serverless_memory_mb: Literal[1024, 2048, 3072, 4096, 5120, 6144] = Field(4096, description="Memory (serverless).")
    serverless_max_concurrency: int = Field(10, ge=1, le=200, description="Concurrent calls (serverless).")
    inference_image_uri: str | None = Field(
        None, min_length=1, description="Container image. Empty: the AWS PyTorch inference image of the region."
    )
    max_batch_items: int = Field(
        200, ge=1, le=1_000, description="Documents that a highlighter takes in one request; more are refused."
    )
    highlighter_backend: Literal["torch", "torchscript", "onnx"] = Field(
        "torch", description="What computes a highlighter; all but `torch` need their form among `export_formats`."
    )


class RegistrationSettings(PhaseSettings):
    """How OpenSearch reaches the endpoint."""

    section: ClassVar[str] = "7 OpenSearch"

    connector_role_arn: RoleArn | None = Field(
        None,
        examples=["arn:aws:iam::123456789012:role/name"],
        description="Role that Amazon OpenSearch Service assumes to call the endpoint. Needed there, "
        "refused elsewhere.",
    )
    connector_aws_conn_id: str | None = Field(
        None,
        min_length=1,
        description="For a self-managed OpenSearch: Airflow connection whose access key the connector signs with. "
        "Empty: the one of `aws_conn_id`.",
    )
