"""bedrock-runtime: single calls of a model, answered by the same code as the records of a batch."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from local.aws.bedrock import formats
from local.aws.errors import ValidationException

if TYPE_CHECKING:
    from local.aws.stand_in import Call


def invoke_model(call: Call) -> dict[str, Any]:
    """InvokeModel."""
    format_ = formats.format_of(call.parameters["modelId"], "InvokeModel")
    try:
        body = json.loads(call.parameters.get("body", b""))
    except ValueError as error:
        raise ValidationException(
            f"Malformed input request, please reformat your input and try again: {error}"
        ) from None
    if not isinstance(body, dict):
        raise ValidationException("Malformed input request: expected type: JSONObject, please reformat your input.")
    answered = formats.answer(format_, body, call.stand_in.write_answer, call.stand_in.count_tokens)
    return {"body": json.dumps(answered.body).encode(), "contentType": "application/json"}


def converse(call: Call) -> dict[str, Any]:
    """Converse."""
    body = dict(call.parameters)
    format_ = formats.format_of(body.pop("modelId"), "Converse")
    return formats.answer(format_, body, call.stand_in.write_answer, call.stand_in.count_tokens).body
