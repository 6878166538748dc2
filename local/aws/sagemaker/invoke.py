"""InvokeEndpoint: from the caller to the model server and back, in as few steps as it takes.

The one operation that does not go through moto's protocol stack: every search through a connector waits for it. Its
parameters are checked by the same service model.
"""

from __future__ import annotations

import json
import re
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from moto.core.utils import get_service_model
from werkzeug.wrappers import Response

from local.aws import ACCOUNT, protocol, validation
from local.aws.errors import AwsError
from local.aws.sagemaker.hosting import log_group, log_group_arn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.aws.sagemaker.server import Answer, Server
    from local.aws.signature import Scope
    from local.aws.stand_in import StandIn

PATH = re.compile(r"/endpoints/([^/]+)/invocations")
LARGEST_BODY = 6_291_456
"""Bytes; what SageMaker takes for a real-time endpoint."""
CUSTOM = "X-Amzn-SageMaker-Custom-Attributes"
TIMED_OUT = (
    "Your invocation timed out while waiting for a response from container primary. Review the latency metrics for "
    "each container in Amazon CloudWatch, resolve the issue, and try again."
)
_OPERATION = get_service_model("sagemaker-runtime").operation_model("InvokeEndpoint")


def invoke(stand_in: StandIn, scope: Scope, name: str, environ: Mapping[str, Any]) -> Response:
    """Answers InvokeEndpoint of the endpoint with this name, as the path has it."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if length > LARGEST_BODY:
        return Response(f"HTTP content length exceeded {LARGEST_BODY} bytes.", status=413)
    body = environ["wsgi.input"].read(length) if length else environ["wsgi.input"].read()
    try:
        variant, server = _server(stand_in, scope.region, unquote(name), environ)
    except AwsError as error:
        return protocol.answer(_OPERATION, error)
    try:
        answer = server.invoke(body, _forwarded(environ), stand_in.settings.invocation_seconds)
    except TimeoutError:
        return _model_error(scope.region, name, 0, TIMED_OUT)
    except OSError:
        return _model_error(scope.region, name, 500, f"The container is gone: {server.reason}")
    if answer.status >= 400:
        return _model_error(scope.region, name, answer.status, answer.body.decode(errors="replace"))
    return _success(answer, variant)


def _server(stand_in: StandIn, region: str, name: str, environ: Mapping[str, Any]) -> tuple[str, Server]:
    validation.check({"EndpointName": name, "Body": b"-"}, _OPERATION.input_shape)
    host = stand_in.hosts.get((region, name))
    endpoint = stand_in.endpoints.get(region, name)
    if host is None or endpoint is None or endpoint["EndpointStatus"] not in ("InService", "Updating"):
        raise AwsError(f"Endpoint {name} of account {ACCOUNT} not found.", "ValidationError")
    variant, server = host.pick(environ.get("HTTP_X_AMZN_SAGEMAKER_TARGET_VARIANT"))
    if not server.ready:  # it was there before the stand-in was restarted, and nobody has called it since
        server.start()
        server.wait_until_ready(stand_in.settings.invocation_seconds)
    return variant, server


def _forwarded(environ: Mapping[str, Any]) -> dict[str, str]:
    headers = {
        "Content-Type": environ.get("CONTENT_TYPE") or "application/octet-stream",
        "Accept": environ.get("HTTP_ACCEPT") or "*/*",
    }
    custom = environ.get("HTTP_X_AMZN_SAGEMAKER_CUSTOM_ATTRIBUTES")
    return {**headers, CUSTOM: custom} if custom else headers


def _success(answer: Answer, variant: str) -> Response:
    headers = {"x-Amzn-Invoked-Production-Variant": variant, "x-amzn-RequestId": str(uuid.uuid4())}
    if answer.headers[CUSTOM]:
        headers[CUSTOM] = answer.headers[CUSTOM]
    return Response(answer.body, headers=headers, content_type=answer.headers["Content-Type"])


def _model_error(region: str, name: str, status: int, message: str) -> Response:
    side = "client" if 400 <= status < 500 else "server"
    console = f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}"
    body = {
        "ErrorCode": "CLIENT_ERROR_FROM_MODEL" if side == "client" else "INTERNAL_FAILURE_FROM_MODEL",
        "LogStreamArn": log_group_arn(region, name),
        "Message": (
            f'Received {side} error ({status}) from primary with message "{message}". See '
            f"{console}#logEventViewer:group={log_group(name)} in account {ACCOUNT} for more information."
        ),
        "OriginalMessage": message,
        "OriginalStatusCode": status,
    }
    headers = {"x-amzn-ErrorType": "ModelError", "x-amzn-RequestId": str(uuid.uuid4())}
    return Response(json.dumps(body), status=424, headers=headers, content_type="application/json")
