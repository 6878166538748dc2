"""Exchanges that are not compared as recorded, each with the reason."""

from __future__ import annotations

# Asked, but only status and content type are compared.
BODY_DIFFERS = {
    "01_fresh_defaults plugins": "the server lists its own plugins; ML Commons and neural-search are not among them, "
    "and a stand-in does not say it is",
    "08_highlight_edges multishard_single_odd_nopartial": "three shards raced for a model that fails every other "
    "call, and one was lucky twice; here they take turns, and none is",
}
# Not asked.
NOT_ASKED: dict[str, str] = {}


def reason(file: str, name: str) -> str | None:
    """Why the body is not compared, None if it is."""
    return BODY_DIFFERS.get(f"{file} {name}")


def not_asked(file: str, name: str) -> str | None:
    """Why the exchange is left out, None if it is not."""
    return NOT_ASKED.get(f"{file} {name}")
