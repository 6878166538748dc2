"""The HTTP connection of the hook's client: it stays with the server that it was made for."""

from __future__ import annotations

from typing import Any

from opensearchpy import RequestsHttpConnection  # noqa: TID253 - the hook imports this module when it connects


class StayingConnection(RequestsHttpConnection):
    """Follows no redirect: it would lead around the allowed endpoints, and take a signed request's session token along.

    A redirect is an error of its status, 3xx, where opensearch-py would follow it.
    """

    def perform_request(self, *arguments: Any, **named: Any) -> Any:
        """As the parent's."""
        return super().perform_request(*arguments, **{**named, "allow_redirects": False})
