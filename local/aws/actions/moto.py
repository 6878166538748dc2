"""The services that moto answers: what a request needs, without moto's help, which knows no policies here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from local.aws import ACCOUNT
from local.aws.actions import s3
from local.aws.actions.need import Need

if TYPE_CHECKING:
    from collections.abc import Mapping

_PREFIXES = {"monitoring": "cloudwatch"}
"""Of actions, where they are not the service's name in signatures."""
_OF_STREAMS = ("GetLogEvents", "PutLogEvents", "DeleteLogStream")


def reads_body(service: str, environ: Mapping[str, Any]) -> bool:
    """Whether `needs` must be given the body: never one that is an object's bytes."""
    query = environ.get("QUERY_STRING", "")
    return service != "s3" or (environ["REQUEST_METHOD"] == "POST" and "delete" in query.split("&")[0])


def needs(service: str, region: str, environ: Mapping[str, Any], body: bytes) -> list[Need]:
    """What the request needs."""
    if service == "s3":
        return s3.needs(environ, body)
    operation = _operation(environ, body)
    if service == "logs":
        return [Need(f"logs:{operation}", _log_arn(operation, _fields(body), region))]
    if service == "application-autoscaling":
        of = (("application-autoscaling:service-namespace", str(_fields(body).get("ServiceNamespace"))),)
        return [Need(f"{service}:{operation}", f"arn:aws:{service}:{region}:{ACCOUNT}:scalable-target/*", of)]
    return [Need(f"{_PREFIXES.get(service, service)}:{operation}", "*")]


def _operation(environ: Mapping[str, Any], body: bytes) -> str:
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    if target:
        return str(target.rpartition(".")[2])
    if "/operation/" in environ["PATH_INFO"]:
        return str(environ["PATH_INFO"].rpartition("/")[2])
    form = parse_qs(body.decode(errors="replace"))
    return form.get("Action", ["(unknown to the stand-in)"])[0]


def _log_arn(operation: str, fields: dict[str, Any], region: str) -> str:
    group = fields.get("logGroupName")
    if not group:
        return "*"
    arn = f"arn:aws:logs:{region}:{ACCOUNT}:log-group:{group}"
    return f"{arn}:log-stream:{fields.get('logStreamName', '')}" if operation in _OF_STREAMS else arn


def _fields(body: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(body)
    except ValueError:
        return {}
    return fields if isinstance(fields, dict) else {}
