"""Exchanges that are not compared as recorded, each with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.gateway import wordpiece

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def not_asked(exchange: Exchange) -> str | None:
    """Why the exchange is left out, None if it is not."""
    if _weighs_tokens(exchange) and not wordpiece.table_path().is_file():
        return (
            "the analyzer bert-uncased weighs tokens by a table of ML Commons that this project does not carry: "
            f"put bert-uncased.zip of ML Commons where {wordpiece.VARIABLE} says"
        )
    return NOT_ASKED.get(f"{exchange.file} {exchange.name}")


def _weighs_tokens(exchange: Exchange) -> bool:
    """Whether a `neural_sparse` query of text without a model was answered: its default analyzer did it."""
    clauses = (field for clause in _values("neural_sparse", exchange.request) for field in clause.values())
    return exchange.status == 200 and any(
        isinstance(field, dict) and "query_text" in field and "model_id" not in field for field in clauses
    )


def _values(name: str, within: Any) -> Iterator[dict[str, Any]]:
    """Every object of that name, however deep."""
    if isinstance(within, list):
        for each in within:
            yield from _values(name, each)
    elif isinstance(within, dict):
        for key, value in within.items():
            if key == name and isinstance(value, dict):
                yield value
            yield from _values(name, value)
