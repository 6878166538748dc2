"""AWS's wire formats, by the service models: requests to parameters, results and errors to answers.

The only module that knows moto's internal protocol stack (`moto.core.routing`, `.parse`, `.serialize`). moto is pinned
exactly, and tests/contract/aws makes at least one call of every operation through boto3.
"""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from botocore.utils import parse_timestamp
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.serialize import get_serializer_class
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from local.aws import validation
from local.aws.errors import AwsError, SerializationException, UnknownOperationException

if TYPE_CHECKING:
    from moto.core.model import OperationModel


def route(service: str, request: Request) -> tuple[OperationModel, dict[str, Any]]:
    """The operation that a request is for, and the parameters in its path.

    Raises:
        UnknownOperationException: the service has none for this path and method.
    """
    try:
        return get_service_router(service).match(request)
    except NotFound:
        raise UnknownOperationException(f"{service} has no operation for {request.method} {request.path}.") from None


def parse(operation: OperationModel, path_parameters: dict[str, Any], request: Request) -> dict[str, Any]:
    """The request's parameters by their names in the model, checked against it; times are aware datetimes.

    Raises:
        SerializationException: the body is not of the model's types.
        ValidationException: a constraint of the model is not satisfied.
    """
    service = operation.service_model
    parser = PROTOCOL_PARSERS[determine_request_protocol(service, request.content_type)]
    fields = {
        "body": request.get_data(),
        "headers": request.headers,
        "method": request.method,
        "url_params": path_parameters,
        "url_path": request.path,
        "values": request.values,
    }
    try:
        parameters = parser(operation, timestamp_parser=parse_timestamp).parse(fields)
    except (ValueError, TypeError, AttributeError) as error:
        raise SerializationException(f"The body of {operation.name} cannot be read: {error}.") from None
    parameters = {name: value for name, value in (parameters or {}).items() if value is not None}
    validation.check(parameters, operation.input_shape)
    return parameters


def answer(operation: OperationModel, result: Any) -> Response:
    """The HTTP answer for a result (by the model's names; others are left out) or an error."""
    service = operation.service_model
    serializer = get_serializer_class(service.service_name, service.protocol)(operation)
    fields = serializer.serialize(result)
    headers = {name: str(value) for name, value in fields["headers"].items()}
    headers["x-amzn-RequestId"] = str(uuid.uuid4())
    return Response(fields["body"], status=fields["status_code"], headers=headers)


def refuse(error: AwsError, status: int = 400) -> Response:
    """An error before any operation is known, in the JSON that all of AWS's JSON protocols share."""
    body = json.dumps({"__type": error.code, "message": error.message})
    headers = {"x-amzn-ErrorType": error.code, "x-amzn-RequestId": str(uuid.uuid4())}
    return Response(body, status=status, headers=headers, content_type="application/json")
