"""What SageMaker's resources have in common: they are found by name, and not found in the same words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from local.aws.clock import now
from local.aws.errors import ValidationException
from local.aws.sagemaker import tags

if TYPE_CHECKING:
    from local.aws.stand_in import Call
    from local.aws.table import Record, Table

_ECR = re.compile(
    r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/[a-z0-9][a-z0-9._/-]*(:[\w][\w.-]{0,127}|@sha256:[0-9a-f]{64})?"
)


def create(call: Call, table: Table, kind: str, resource: str, record: Record) -> str:
    """Keeps a new resource, with its tags, and gives its ARN.

    `kind` is what AWS calls it in errors ("endpoint configuration"), `resource` its part of the ARN
    ("endpoint-config/name").

    Raises:
        ValidationException: "Cannot create already existing …".
    """
    arn = call.arn("sagemaker", resource)
    if not table.add(call.region, resource.partition("/")[2], {**record, "CreationTime": now()}):
        raise ValidationException(f'Cannot create already existing {kind} "{arn}".')
    tags.set_tags(call, arn, call.parameters.get("Tags", []))
    return arn


def find(call: Call, table: Table, kind: str, resource: str) -> Record:
    """A resource's record.

    Raises:
        ValidationException: "Could not find …", which is how SageMaker says not found.
    """
    record = table.get(call.region, resource.partition("/")[2])
    if record is None:
        raise ValidationException(f'Could not find {kind} "{call.arn("sagemaker", resource)}".')
    return record


def check_image(image: str | None) -> None:
    """Refuses an image URI that is not of ECR's form; whether there is such an image nobody here can know.

    Raises:
        ValidationException: in AWS's words.
    """
    if image is not None and not _ECR.fullmatch(image):
        raise ValidationException(
            f"Invalid image URI {image}. "
            "Please provide a valid Amazon Elastic Container Registry path of the Docker image to run."
        )
