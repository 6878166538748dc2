"""A deployed remote model: its connector, decrypted, and the way from a dataset to tensors."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from local.gateway import preprocess
from local.gateway.connector import client_config, find_action
from local.gateway.dataset import PREDICT, Dataset, Parameters, TextDocs
from local.gateway.errors import refuse
from local.gateway.java import gson, sdk, uri
from local.gateway.java.templates import fill_nulls, substitute, unfilled, with_texts
from local.gateway.postprocess import Tensor, tensors
from local.gateway.remote import RemoteModel, RemoteRequest
from local.gateway.signing import signed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.gateway.throttle import TokenBucket
    from local.gateway.upstream import Upstream

BATCH_PREDICT = "BATCH_PREDICT"


class Predictor:
    """What `predict` needs, fixed when the model was deployed.

    Args:
        connector: with its credential decrypted.
        private_ip: whether private addresses may be called.
        limit: the model's rate limit, None for none.
        upstream: runs the connector's scripts.
    """

    def __init__(
        self, connector: dict[str, Any], upstream: Upstream, *, private_ip: bool, limit: TokenBucket | None = None
    ) -> None:
        self._connector = connector
        self._parameters: dict[str, str] = connector.get("parameters") or {}
        self._credential: dict[str, str] = connector.get("credential") or {}
        self._upstream = upstream
        self._limit = limit
        self._remote = RemoteModel(client_config(connector), private_ip=private_ip)

    async def predict(self, dataset: Dataset) -> list[dict[str, Any]]:
        """One result a call of the remote model, in the order of the dataset: `output` (tensors) and `status_code`.

        Raises:
            OpenSearchError: the first call that failed, once all have ended.
        """
        action = self._action(dataset.action if isinstance(dataset, Parameters) else PREDICT)
        parts = self._parts(action, dataset)
        results = await asyncio.gather(*(self._call(action, part) for part in parts), return_exceptions=True)
        answers = []
        for result in results:
            if isinstance(result, BaseException):
                raise result
            answers.append(result)
        return answers

    async def close(self) -> None:
        """End the connections to the remote model."""
        await self._remote.close()

    def _parts(self, action: dict[str, Any], dataset: Dataset) -> Iterator[Dataset]:
        size = None
        if isinstance(dataset, TextDocs):
            size = preprocess.step_size(action.get("pre_process_function"), self._parameters)
        if size is None or not isinstance(dataset, TextDocs):
            yield dataset
            return
        for start in range(0, len(dataset.docs), size):
            yield replace(dataset, docs=dataset.docs[start : start + size])

    async def _call(self, action: dict[str, Any], dataset: Dataset) -> dict[str, Any]:
        function = action.get("pre_process_function")
        parameters = {**self._parameters, **(dataset.parameters if isinstance(dataset, TextDocs) else {})}
        parameters |= await preprocess.prepared(function, dataset, parameters, self._upstream)
        content = payload(action.get("request_body"), parameters)
        if self._limit is not None and not self._limit.take():
            raise refuse("model_throttled")
        answer = await self._remote.call(self._request(action, parameters, content))
        function = action.get("post_process_function")
        found = await tensors(answer.body, function, parameters, self._upstream, action["action_type"])
        return _result(found, answer.status)

    def _action(self, kind: str) -> dict[str, Any]:
        action = find_action(self._connector, kind)
        if action is None:
            raise refuse("action_missing", action=kind)
        if kind == BATCH_PREDICT:
            raise refuse("batch_predict_unsupported")
        return action

    def _request(self, action: dict[str, Any], parameters: dict[str, str], content: str | None) -> RemoteRequest:
        method = action["method"].upper()
        if method not in ("POST", "GET"):
            raise refuse("remote_method")
        encoded = (
            content.encode(parameters.get("charset", "UTF-8")) if content is not None and method == "POST" else b""
        )
        if method == "POST" and not encoded:
            raise refuse("remote_no_content")
        url = _checked(substitute(action["url"], parameters))
        request = RemoteRequest(method, url, self._headers(action, len(encoded)), encoded)
        if self._connector["protocol"] == "aws_sigv4":
            return signed(request, self._credential, self._parameters)
        return request

    def _headers(self, action: dict[str, Any], length: int) -> dict[str, str]:
        """The connector's headers with credential and its own parameters filled in; a call's parameters are not."""
        headers = {
            name: substitute(substitute(value, self._credential, "credential"), self._parameters)
            for name, value in (action.get("headers") or {}).items()
        }
        given = {name.lower() for name in headers}
        if "content-length" not in given:
            headers["Content-Length"] = str(length)
        if "content-type" not in given:
            headers["Content-Type"] = "application/json"
        return headers


def payload(template: str | None, parameters: dict[str, str]) -> str | None:
    """The body for the remote model: `template` filled in, or the parameter `http_body` where there is no template.

    Raises:
        OpenSearchError: parameters are missing, so that it is no JSON.
    """
    filled = parameters.get("http_body")
    if template is not None:
        filled = substitute(fill_nulls(template, parameters), with_texts(parameters))
        if not gson.is_json(filled):
            raise refuse("payload_invalid", payload=filled)
    missing = unfilled(filled or "")
    if missing and not preprocess.is_true(parameters.get("skip_validating_missing_parameters")):
        raise refuse("payload_unfilled", names=", ".join(missing))
    return filled


def _checked(url: str) -> str:
    try:
        uri.check(url)
    except uri.UriSyntaxError as error:
        raise _bad_url(str(error), {"type": "u_r_i_syntax_exception", "reason": str(error)}) from error
    if not uri.has_host(url):
        raise _bad_url("Invalid URI. Please check if the endpoint is valid from connector.")
    return sdk.sent(url)


def _bad_url(reason: str, cause: dict[str, Any] | None = None) -> Exception:
    caused_by = {"type": "illegal_argument_exception", "reason": reason} | ({"caused_by": cause} if cause else {})
    return refuse("remote_url", caused_by=caused_by)


def _result(found: list[Tensor], status: int) -> dict[str, Any]:
    return {"output": found, "status_code": status} if found else {"status_code": status}
