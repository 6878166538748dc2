"""Exchanges that are not compared as recorded, each with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.gateway import wordpiece

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.contract.gateway.recording import Exchange

# Asked, but only status and content type are compared; by path, without its query, or by file and name.
BODY_DIFFERS = {
    "/_cat/plugins": "the server lists its own plugins; ML Commons and neural-search are not among them, and a "
    "stand-in does not say it is",
    "08_highlight_edges multishard_single_odd_nopartial": "three shards raced for a model that fails every other "
    "call, and one was lucky twice; here they take turns, and none is",
}
# These parts of the body are not compared.
_UNRECORDED_RUNS = "counts what runs of 06 and 07 left that are not recorded: those files were recorded a second time"
PARTS_DIFFER = {
    "09_edges2 tmp_delete_at_once": ({"_seq_no"}, _UNRECORDED_RUNS),
    "09_edges2 models_nogroup": ({"_score", "max_score"}, _UNRECORDED_RUNS),
}


def reason(exchange: Exchange) -> str | None:
    """Why the body is not compared, None if it is."""
    return BODY_DIFFERS.get(exchange.path.partition("?")[0]) or BODY_DIFFERS.get(f"{exchange.file} {exchange.name}")


def masked_parts(exchange: Exchange) -> tuple[set[str], str | None]:
    """Names in the body that are not compared, and why."""
    return PARTS_DIFFER.get(f"{exchange.file} {exchange.name}", (set(), None))


def not_asked(exchange: Exchange) -> str | None:
    """Why the exchange is left out, None if it is not."""
    if _weighs_tokens(exchange) and not wordpiece.table_path().is_file():
        return (
            "the analyzer bert-uncased weighs tokens by a table of ML Commons that this project does not carry: "
            f"put bert-uncased.zip of ML Commons where {wordpiece.VARIABLE} says"
        )
    return None


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
