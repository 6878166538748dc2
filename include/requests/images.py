"""Container images of AWS for training and serving, by region and instance.

Sources: release notes of aws/deep-learning-containers; registry accounts: sagemaker-python-sdk, image_uri_config.
"""

from __future__ import annotations

TRAINING_IMAGE = "huggingface-pytorch-training:2.9.0-transformers5.3.0-gpu-py312-cu130-ubuntu22.04"
BEFORE_TURING = ("ml.p2.", "ml.p3.", "ml.p3dn.", "ml.g3.", "ml.g3s.")
"""GPUs that the training image has no kernels for: PyTorch's CUDA 13 builds begin with Turing
(github.com/pytorch/pytorch/issues/172352)."""
INFERENCE_IMAGES = {
    "gpu": "pytorch-inference:2.6.0-gpu-py312-cu124-ubuntu22.04-sagemaker",
    "cpu": "pytorch-inference:2.6.0-cpu-py312-ubuntu22.04-sagemaker",
}

_ACCOUNT = "763104351884"
_ACCOUNTS = {
    "af-south-1": "626614931356",
    "ap-east-1": "871362719292",
    "ap-east-2": "975050140332",
    "ap-northeast-3": "364406365360",
    "ap-south-2": "772153158452",
    "ap-southeast-3": "907027046896",
    "ap-southeast-4": "457447274322",
    "ap-southeast-5": "550225433462",
    "ap-southeast-6": "633930458069",
    "ap-southeast-7": "590183813437",
    "ca-west-1": "204538143572",
    "cn-north-1": "727897471807",
    "cn-northwest-1": "727897471807",
    "eu-central-2": "380420809688",
    "eu-south-1": "692866216735",
    "eu-south-2": "503227376785",
    "il-central-1": "780543022126",
    "me-central-1": "914824155844",
    "me-south-1": "217643126080",
    "mx-central-1": "637423239942",
    "us-gov-east-1": "446045086412",
    "us-gov-west-1": "442386744353",
}


def training_image(region: str) -> str:
    """Image URI of the AWS training container in a region."""
    return f"{_registry(region)}/{TRAINING_IMAGE}"


def inference_image(region: str, instance_type: str | None) -> str:
    """Image URI of the AWS inference container; no instance type means serverless, which has no GPU."""
    return f"{_registry(region)}/{INFERENCE_IMAGES['gpu' if _has_gpu(instance_type) else 'cpu']}"


def registry_account(region: str) -> str:
    """Account whose registry has both images in a region."""
    return _ACCOUNTS.get(region, _ACCOUNT)


def _registry(region: str) -> str:
    suffix = ".cn" if region.startswith("cn-") else ""
    return f"{registry_account(region)}.dkr.ecr.{region}.amazonaws.com{suffix}"


def _has_gpu(instance_type: str | None) -> bool:
    return instance_type is not None and instance_type.startswith(("ml.g", "ml.p"))
