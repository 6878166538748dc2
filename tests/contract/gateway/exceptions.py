"""Exchanges that are not compared as recorded, each with the reason."""

from __future__ import annotations

from local.gateway import wordpiece

# Asked, but only status and content type are compared.
BODY_DIFFERS = {
    "01_fresh_defaults plugins": "the server lists its own plugins; ML Commons and neural-search are not among them, "
    "and a stand-in does not say it is",
}
# Not asked.
NOT_ASKED = {
    "10_restart search_after_restart": "semantic highlighting, which the gateway does not have yet",
}
# Not asked unless ML Commons' table of token weights is there.
NEEDS_TOKEN_WEIGHTS = {"14_sparse_hybrid_reindex sparse_analyzer"}


def reason(file: str, name: str) -> str | None:
    """Why the body is not compared, None if it is."""
    return BODY_DIFFERS.get(f"{file} {name}")


def not_asked(file: str, name: str) -> str | None:
    """Why the exchange is left out, None if it is not."""
    if f"{file} {name}" in NEEDS_TOKEN_WEIGHTS and not wordpiece.table_path().is_file():
        return (
            "the analyzer bert-uncased weighs tokens by a table of ML Commons that this project does not carry: "
            f"put bert-uncased.zip of ML Commons where {wordpiece.VARIABLE} says"
        )
    return NOT_ASKED.get(f"{file} {name}")
