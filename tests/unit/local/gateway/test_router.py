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
        Route("GET", "/things/{id}", _show, frozenset({"deep"})),
        Route("PUT", "/things/{id}", _show),
    ]
)


async def _ask(method: str, target: str, body: bytes = b"", content_type: bytes = b"application/json") -> Answer:
    path = target.partition("?")[0]
    routes, values = ROUTER.find(path)
    request = RestRequest(method, path, target, [(b"content-type", content_type)], body)
    return await ROUTER.answer(request, routes, values)


def test_find_unknown_path_has_no_routes() -> None:
    assert ROUTER.find("/things/a/b") == ({}, {})


async def test_answer_placeholder_becomes_parameter() -> None:
    assert (await _ask("GET", "/things/a%2Fb?deep=true")).body == {"params": {"id": "a/b", "deep": "true"}}


async def test_answer_wrong_method_of_literal_path_is_405() -> None:
    answer = await _ask("PUT", "/things/_create")
    assert answer.status == 405
    assert answer.body["error"].endswith("uri [/things/_create] and method [PUT], allowed: [POST]")


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("shallow=true", r"parameter: \[shallow\]$"),
        ("dep", r"parameter: \[dep\] -> did you mean \[deep\]\?$"),
        ("prety&x", r"parameters: \[prety\] -> did you mean \[pretty\]\?, \[x\]$"),
        ("formaat=1", r"\[formaat\] -> did you mean \[format\]\?"),
    ],
)
async def test_answer_unknown_parameter_is_refused_with_what_it_is_like(query: str, names: str) -> None:
    with pytest.raises(OpenSearchError, match=names):
        await _ask("GET", f"/things/a?{query}")


async def test_answer_switch_neither_on_nor_off_is_refused() -> None:
    with pytest.raises(OpenSearchError, match=r"Failed to parse value \[maybe\]"):
        await _ask("GET", "/things/a?pretty=maybe")


async def test_answer_body_that_nobody_reads_is_ignored() -> None:
    assert (await _ask("GET", "/things/a", b"{}")).status == 200


@pytest.mark.parametrize("content_type", [b"text/plain; charset=utf-8", b"application/x-www-form-urlencoded", b""])
async def test_answer_body_that_is_no_json_is_406(content_type: bytes) -> None:
    answer = await _ask("PUT", "/things/a", b"{}", content_type)
    expected = {"error": f"Content-Type header [{content_type.decode()}] is not supported", "status": 406}
    assert (answer.status, answer.body) == (406, expected)


async def test_answer_options_names_the_methods() -> None:
    answer = await _ask("OPTIONS", "/things/a")
    assert (answer.status, answer.headers) == (200, [(b"Allow", b"GET,PUT")])
