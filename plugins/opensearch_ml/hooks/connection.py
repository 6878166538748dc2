"""The HTTP connection of the hook's client: it stays with the server and the authority that it was made for."""

from __future__ import annotations

from typing import Any

from opensearchpy import RequestsHttpConnection  # noqa: TID253 - the hook imports this module when it connects


class StayingConnection(RequestsHttpConnection):
    """Follows no redirect, and verifies certificates as it was told.

    opensearch-py follows redirects: one would lead around the allowed endpoints, and take a signed request's session
    token along. Here it is an error of its status, 3xx. And where the environment has REQUESTS_CA_BUNDLE or
    CURL_CA_BUNDLE, `requests` prefers that to the connection's own authority, and to an instruction not to verify.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        if named.get("ca_certs") or named.get("verify_certs") is False:
            from requests.utils import get_environ_proxies

            self.session.proxies = get_environ_proxies(self.host)
            self.session.trust_env = False

    def perform_request(self, *arguments: Any, **named: Any) -> Any:
        """As the parent's."""
        return super().perform_request(*arguments, **{**named, "allow_redirects": False})
