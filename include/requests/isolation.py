"""Which containers have no way to the network, and where they have their packages from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from include.settings import FinetuneSettings

Packages = Literal["index", "wheels", "image"]

# Where SageMaker lays the channels `code` and `wheels`; a container without a network cannot fetch them from S3 itself.
CODE_CHANNEL = "/opt/ml/input/data/code"
WHEELS_CHANNEL = "/opt/ml/input/data/wheels"


def packages_of(settings: FinetuneSettings) -> Packages:
    """Where the containers have their packages from: `wheels` brought along, the `image` alone, or pip's `index`.

    Both go by the same: the archive for the endpoint is written in the training container.
    """
    training = settings.training
    if training.wheels_s3_path:
        return "wheels"
    own_images = bool(training.training_image_uri and settings.endpoint.inference_image_uri)
    return "image" if own_images and training.network_isolation != "off" else "index"


def is_training_isolated(settings: FinetuneSettings) -> bool:
    """Whether the training job is made with EnableNetworkIsolation."""
    if settings.training.network_isolation == "off":
        return False
    on_s3 = all(model.startswith("s3://") for model in models_of(settings).values())
    return on_s3 and packages_of(settings) != "index"


def is_endpoint_isolated(settings: FinetuneSettings) -> bool:
    """Whether the SageMaker model is; serverless endpoints cannot be."""
    has_all = settings.training.network_isolation != "off" and packages_of(settings) != "index"
    return has_all and settings.endpoint.endpoint_type == "realtime"


def network_of(settings: FinetuneSettings) -> dict[str, dict[str, list[str]]]:
    """`VpcConfig` of training job and model, if they are to run in a VPC."""
    training = settings.training
    if not training.vpc_subnet_ids:
        return {}
    return {
        "VpcConfig": {
            "Subnets": list(training.vpc_subnet_ids),
            "SecurityGroupIds": list(training.vpc_security_group_ids),
        }
    }


def models_of(settings: FinetuneSettings) -> dict[str, str]:
    """The models that training starts from, by the parameter that names them."""
    named = {"base_model_id": settings.model.base_model_id, "teacher_model_id": settings.training.teacher_model_id}
    return {name: model for name, model in named.items() if model}
