"""Every operation that is ours, by service: the table of contents of the stand-in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.aws.bedrock import jobs, model_ids, runtime
from local.aws.bedrock import tags as bedrock_tags
from local.aws.sagemaker import endpoint_configs, endpoints, models, tags, training

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws.stand_in import Call

HANDLERS: dict[str, dict[str, Callable[[Call], dict[str, Any]]]] = {
    "bedrock": {
        "CreateModelInvocationJob": jobs.create,
        "GetModelInvocationJob": jobs.get,
        "ListFoundationModels": model_ids.list_foundation_models,
        "ListModelInvocationJobs": jobs.list_,
        "ListTagsForResource": bedrock_tags.list_,
        "StopModelInvocationJob": jobs.stop,
    },
    "bedrock-runtime": {
        "Converse": runtime.converse,
        "InvokeModel": runtime.invoke_model,
    },
    "sagemaker": {
        "AddTags": tags.add,
        "CreateEndpoint": endpoints.create,
        "CreateEndpointConfig": endpoint_configs.create,
        "CreateModel": models.create,
        "CreateTrainingJob": training.create,
        "DeleteEndpoint": endpoints.delete,
        "DeleteEndpointConfig": endpoint_configs.delete,
        "DeleteModel": models.delete,
        "DeleteTags": tags.delete,
        "DescribeEndpoint": endpoints.describe,
        "DescribeEndpointConfig": endpoint_configs.describe,
        "DescribeModel": models.describe,
        "DescribeTrainingJob": training.describe,
        "ListEndpointConfigs": endpoint_configs.list_,
        "ListEndpoints": endpoints.list_,
        "ListModels": models.list_,
        "ListTags": tags.list_,
        "ListTrainingJobs": training.list_,
        "StopTrainingJob": training.stop,
        "UpdateEndpoint": endpoints.update,
    },
}
"""InvokeEndpoint of sagemaker-runtime is not among them: see sagemaker/invoke.py."""
