"""Exchanges that are not compared as recorded, each with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.contract.gateway.recording import Exchange

# Asked, but only status and content type are compared; by path, without its query.
BODY_DIFFERS = {
    "/_cat/plugins": "the server lists its own plugins; ML Commons and neural-search are not among them, and a "
    "stand-in does not say it is",
}
# Not asked.
NOT_ASKED = {
    "10_restart search_after_restart": "semantic highlighting, which the gateway does not have yet",
}


def reason(exchange: Exchange) -> str | None:
    """Why the body is not compared, None if it is."""
    return BODY_DIFFERS.get(exchange.path.partition("?")[0])


def not_asked(file: str, name: str) -> str | None:
    """Why the exchange is left out, None if it is not."""
    return NOT_ASKED.get(f"{file} {name}")
