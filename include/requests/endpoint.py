"""The SageMaker model, its endpoint configuration and the endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include import layout as at
from include.instances import endpoint_instance
from include.requests.images import inference_image
from include.requests.isolation import is_endpoint_isolated, network_of
from include.requests.tags import run_tags

if TYPE_CHECKING:
    from include.layout import Layout
    from include.settings import FinetuneSettings

VARIANT = "AllTraffic"


def model_request(settings: FinetuneSettings, layout: Layout, region: str) -> dict[str, Any]:
    """Body of `CreateModel`: the archive that was checked and published, served by the handler inside it."""
    endpoint = settings.endpoint
    instance_type = endpoint_instance(settings) if endpoint.endpoint_type == "realtime" else None
    return {
        "ModelName": layout.name,
        "ExecutionRoleArn": settings.training.sagemaker_role_arn,
        "EnableNetworkIsolation": is_endpoint_isolated(settings),
        # SageMaker refuses a network for a serverless endpoint's model, as it refuses isolation.
        **(network_of(settings) if endpoint.endpoint_type == "realtime" else {}),
        "PrimaryContainer": {
            "Image": endpoint.inference_image_uri or inference_image(region, instance_type),
            "ModelDataUrl": layout.uri(at.MODEL),
            "Environment": {
                "SAGEMAKER_PROGRAM": "inference.py",
                "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
                "SAGEMAKER_REGION": region,
                "HF_HUB_OFFLINE": "1",
                "PIP_DISABLE_PIP_VERSION_CHECK": "1",
                **_serving(settings),
            },
        },
        "Tags": run_tags(layout),
    }


def endpoint_config_request(settings: FinetuneSettings, layout: Layout) -> dict[str, Any]:
    """Body of `CreateEndpointConfig`: one variant, on instances or serverless."""
    return {
        "EndpointConfigName": layout.name,
        "ProductionVariants": [{"VariantName": VARIANT, "ModelName": layout.name, **_capacity(settings)}],
        "Tags": run_tags(layout),
    }


def endpoint_request(layout: Layout) -> dict[str, Any]:
    """Body of `CreateEndpoint`."""
    return {"EndpointName": layout.name, "EndpointConfigName": layout.name, "Tags": run_tags(layout)}


def _serving(settings: FinetuneSettings) -> dict[str, str]:
    if not settings.is_highlighter:
        return {"SERVING_TRUST_REMOTE_CODE": "true"} if settings.model.trust_remote_code else {}
    endpoint = settings.endpoint
    return {"SERVING_MAX_ITEMS": str(endpoint.max_batch_items), "SERVING_BACKEND": endpoint.highlighter_backend}


def _capacity(settings: FinetuneSettings) -> dict[str, Any]:
    endpoint = settings.endpoint
    if endpoint.endpoint_type == "serverless":
        return {
            "ServerlessConfig": {
                "MemorySizeInMB": endpoint.serverless_memory_mb,
                "MaxConcurrency": endpoint.serverless_max_concurrency,
            }
        }
    return {
        "InstanceType": endpoint_instance(settings),
        "InitialInstanceCount": endpoint.endpoint_instance_count,
        "InitialVariantWeight": 1.0,
    }
