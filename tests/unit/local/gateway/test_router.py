"""Routing as OpenSearch routes."""

from __future__ import annotations

import pytest

from local.gateway.errors import OpenSearchError
from local.gateway.rest import Answer, RestRequest
from local.gateway.router import Route, Router

pytestmark = pytest.mark.anyio


async def _show(request: RestRequest) -> Answer:
    return Answer({"params": request.params})


ROUTER = Router(
    [
        Route("POST", "/things/_create", _show),
        Route("GET", "/things/{id}", _show, frozenset({"deep"}), body=False),
        Route("PUT", "/things/{id}", _show),
    ]
)


async def _ask(method: str, target: str, body: bytes = b"") -> Answer:
    path = target.partition("?")[0]
    routes, values = ROUTER.find(path)
    return await ROUTER.answer(RestRequest(method, path, target, body=body), routes, values)


def test_find_unknown_path_has_no_routes() -> None:
    assert ROUTER.find("/things/a/b") == ({}, {})


async def test_answer_placeholder_becomes_parameter() -> None:
    assert (await _ask("GET", "/things/a%2Fb?deep=true")).body == {"params": {"id": "a/b", "deep": "true"}}


async def test_answer_wrong_method_of_literal_path_is_405() -> None:
    answer = await _ask("PUT", "/things/_create")
    assert answer.status == 405
    assert answer.body["error"].endswith("uri [/things/_create] and method [PUT], allowed: [POST]")


async def test_answer_unknown_parameter_is_refused() -> None:
    with pytest.raises(OpenSearchError, match=r"contains unrecognized parameter: \[shallow\]"):
        await _ask("GET", "/things/a?shallow=true")


async def test_answer_body_where_none_belongs_is_refused() -> None:
    with pytest.raises(OpenSearchError, match="does not support having a body"):
        await _ask("GET", "/things/a", b"{}")
