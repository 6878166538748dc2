"""Which handler answers a path: OpenSearch's path trie, its 405 and its check of the query parameters.

A literal segment beats a `{name}` for good: `PUT /connectors/_create` finds `_create`, which only knows POST, and is a
405 although `PUT /connectors/{connector_id}` would match (recording 02 wrong_method).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import unquote

from local.gateway import parameters
from local.gateway.rest import Answer, RestRequest

Handler = Callable[[RestRequest], Awaitable[Answer]]
# What a body may say it is; only JSON is read.
CONTENT_TYPES = (
    "application/json",
    "application/x-ndjson",
    "application/yaml",
    "application/smile",
    "application/cbor",
)


@dataclass(frozen=True)
class Route:
    """One method of one path; `query` are the parameters it reads."""

    method: str
    path: str
    handler: Handler
    query: frozenset[str] = frozenset()


@dataclass
class _Node:
    literal: dict[str, _Node] = field(default_factory=dict)
    wildcard: _Node | None = None
    name: str = ""
    routes: dict[str, Route] = field(default_factory=dict)


class Router:
    """Finds the route of a request; a path it does not know is the server's business."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._root = _Node()
        for route in routes:
            self._add(route)

    def _add(self, route: Route) -> None:
        node = self._root
        for segment in _segments(route.path):
            if segment.startswith("{"):
                node.wildcard = node.wildcard or _Node(name=segment[1:-1])
                node = node.wildcard
            else:
                node = node.literal.setdefault(segment, _Node())
        node.routes[route.method] = route

    def find(self, path: str) -> tuple[dict[str, Route], dict[str, str]]:
        """The routes of `path` by method, and the values of its `{name}` segments; no routes if nobody knows it."""
        return _find(self._root, [unquote(segment) for segment in _segments(path)]) or ({}, {})

    async def answer(self, request: RestRequest, routes: dict[str, Route], values: dict[str, str]) -> Answer:
        """The answer of the handler for the request's method.

        Raises:
            OpenSearchError: the parameters are not the handler's.
        """
        route = routes.get(request.method)
        if route is None:
            return _options(routes) if request.method == "OPTIONS" else _wrong_method(request, routes)
        if request.body and not request.content_type.startswith(CONTENT_TYPES):
            reason = f"Content-Type header [{request.content_type}] is not supported"
            return Answer({"error": reason, "status": 406}, 406)
        request.params = {**request.query, **values}
        parameters.check(request.path, request.query, route.query, values)
        return await route.handler(request)


def _find(node: _Node, segments: list[str]) -> tuple[dict[str, Route], dict[str, str]] | None:
    if not segments:
        return (node.routes, {}) if node.routes else None
    head, *rest = segments
    if head in node.literal and (found := _find(node.literal[head], rest)):
        return found
    if node.wildcard and (found := _find(node.wildcard, rest)):
        return found[0], {node.wildcard.name: head, **found[1]}
    return None


def _segments(path: str) -> list[str]:
    return [segment for segment in path.split("/") if segment]


def _wrong_method(request: RestRequest, routes: dict[str, Route]) -> Answer:
    allowed = ", ".join(sorted(routes))
    reason = f"Incorrect HTTP method for uri [{request.target}] and method [{request.method}], allowed: [{allowed}]"
    return Answer({"error": reason, "status": 405}, 405, headers=[(b"Allow", allowed.encode())])


def _options(routes: dict[str, Route]) -> Answer:
    return Answer(b"", content_type="text/plain; charset=UTF-8", headers=[(b"Allow", ",".join(routes).encode())])
