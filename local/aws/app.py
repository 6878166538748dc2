"""The WSGI application: reads which service a request is for, and hands it over."""

from __future__ import annotations

import io
import json
import logging
from typing import TYPE_CHECKING, Any

from moto.core.request import Request
from werkzeug.wrappers import Response

from local.aws import protocol
from local.aws.actions import bedrock, moto, sagemaker
from local.aws.actions.need import Need
from local.aws.errors import AwsError, UnknownOperationException
from local.aws.moto_services import SERVICES
from local.aws.registry import HANDLERS
from local.aws.sagemaker.invoke import PATH as INVOCATIONS
from local.aws.sagemaker.invoke import invoke
from local.aws.signature import Scope, read_scope
from local.aws.stand_in import Call
from local.aws.usage import usage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from local.aws.moto_services import MotoServices
    from local.aws.stand_in import StandIn

log = logging.getLogger(__name__)

PAGES = ("/_local/health", "/_local/settings", "/_local/actions", "/_local/usage")
NEEDS = {"bedrock": bedrock.needs, "bedrock-runtime": bedrock.needs, "sagemaker": sagemaker.needs}


class App:
    """All services of one stand-in."""

    def __init__(self, stand_in: StandIn, moto: MotoServices) -> None:
        self._stand_in, self._moto = stand_in, moto

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answers one request."""
        path = environ["PATH_INFO"]
        if path.startswith("/_local/"):
            return self._local(Request(environ))(environ, start_response)
        scope = read_scope(environ)
        service = _service_of(scope, environ)
        if service in SERVICES:
            self._note_moto(service, scope, environ)
            return self._moto(environ, start_response)
        try:
            response = self._answer(service, scope, environ)
        except Exception:  # a bug of the stand-in's: AWS's 500 is better than a lost connection, which is sent again
            log.exception("%s %s failed", environ["REQUEST_METHOD"], path)
            response = protocol.refuse(AwsError("Internal error of the AWS stand-in: see its log."), status=500)
        return response(environ, start_response)

    def _answer(self, service: str, scope: Scope | None, environ: dict[str, Any]) -> Response:
        if scope is None:
            return _not_signed(environ)
        if service == "sagemaker-runtime" and (found := INVOCATIONS.fullmatch(environ["PATH_INFO"])):
            arn = sagemaker.arn(scope.region, "endpoint", found[1])
            self._stand_in.recorder.note(scope, [Need("sagemaker:InvokeEndpoint", arn)])
            return self._failure("InvokeEndpoint") or invoke(self._stand_in, scope, found[1], environ)
        if service not in HANDLERS:
            served = ", ".join(sorted({*SERVICES, *HANDLERS, "sagemaker-runtime"}))
            return protocol.refuse(UnknownOperationException(f"The AWS stand-in has no {service}. It has: {served}."))
        return self._operate(service, scope, Request(environ))

    def _operate(self, service: str, scope: Scope, request: Request) -> Response:
        try:
            operation, path_parameters = protocol.route(service, request)
        except UnknownOperationException as error:
            return protocol.refuse(error)
        name = operation.name
        handler = HANDLERS[service].get(name)
        if handler is None:
            served = ", ".join(HANDLERS[service])
            message = f"The AWS stand-in has no {name} of {service}. It has: {served}."
            return protocol.refuse(UnknownOperationException(message))
        if failure := self._failure(name):
            return failure
        try:
            parameters = protocol.parse(operation, path_parameters, request)
            self._stand_in.recorder.note(scope, NEEDS[service](name, parameters, scope.region))
            result: Any = handler(Call(parameters, scope.region, self._stand_in))
        except AwsError as error:
            log.info("%s: %s", name, error)
            result = error
        return protocol.answer(operation, result)

    def _note_moto(self, service: str, scope: Scope | None, environ: dict[str, Any]) -> None:
        body = b""
        if moto.reads_body(service, environ):
            body = environ["wsgi.input"].read()
            environ["wsgi.input"] = io.BytesIO(body)
        self._stand_in.recorder.note(scope, moto.needs(service, scope.region if scope else "", environ, body))

    def _failure(self, operation: str) -> Response | None:
        failure = self._stand_in.settings.take_failure(operation)
        return protocol.refuse(AwsError(failure.message, failure.code), failure.status) if failure else None

    def _local(self, request: Request) -> Response:
        """The stand-in's own pages, see `PAGES`."""
        settings = self._stand_in.settings
        if request.path == "/_local/health":
            return _json({"status": "ok", "data": str(self._stand_in.data)})
        if request.path == "/_local/usage":
            return _json(usage(self._stand_in))
        if request.path == "/_local/actions":
            return self._actions(request.method)
        if request.path == "/_local/settings" and request.method == "PUT":
            try:
                settings.change(json.loads(request.get_data()))
            except ValueError as error:
                return _json({"error": str(error)}, 400)
        elif request.path != "/_local/settings":
            return _json({"error": f"No page {request.path}. There are: {', '.join(PAGES)}."}, 404)
        return _json(settings.show())

    def _actions(self, method: str) -> Response:
        if method == "DELETE":
            self._stand_in.recorder.forget()
        return _json(self._stand_in.recorder.show())


def _service_of(scope: Scope | None, environ: dict[str, Any]) -> str:
    """The service by its name in boto3: what is signed for, and where several services share a name, the path."""
    path, target = environ["PATH_INFO"], environ.get("HTTP_X_AMZ_TARGET", "")
    service = scope.service if scope else "s3"
    if service == "sagemaker" or (scope is None and (target.startswith("SageMaker.") or INVOCATIONS.fullmatch(path))):
        return "sagemaker-runtime" if path.startswith("/endpoints/") else "sagemaker"
    if service == "bedrock" or (scope is None and path.startswith(("/model/", "/model-invocation-job"))):
        return "bedrock-runtime" if path.startswith("/model/") else "bedrock"
    return service


def _not_signed(environ: dict[str, Any]) -> Response:
    if "HTTP_AUTHORIZATION" in environ:
        error = AwsError("Authorization header requires an AWS4-HMAC-SHA256 signature.", "IncompleteSignatureException")
    else:
        error = AwsError("Missing Authentication Token", "MissingAuthenticationTokenException")
    return protocol.refuse(error, status=403)


def _json(content: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(content), status=status, content_type="application/json")
