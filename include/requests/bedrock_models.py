"""What stands behind the names that Bedrock's models have."""

from __future__ import annotations

import re

_ARN = re.compile(r"^arn:[^/]*/")
_GEOGRAPHY = re.compile(r"^(us-gov|us|eu|apac|jp|au|ca|global)\.")


def without_arn(model_id: str) -> str:
    """The id of a model or an inference profile, of which the ARN may be given."""
    return _ARN.sub("", model_id)


def foundation_model(model_id: str) -> str:
    """Id of the foundation model that a model or a geography's inference profile calls.

    An application inference profile's id says nothing of its model, and is returned as it is.

    Example:
        >>> foundation_model("eu.amazon.nova-lite-v1:0"), foundation_model("amazon.nova-lite-v1:0")
        ('amazon.nova-lite-v1:0', 'amazon.nova-lite-v1:0')
    """
    return _GEOGRAPHY.sub("", without_arn(model_id))
