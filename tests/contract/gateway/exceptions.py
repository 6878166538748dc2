"""Exchanges that are not compared as recorded, each with the reason."""

from __future__ import annotations

# Asked, but only status and content type are compared.
BODY_DIFFERS = {
    "01_fresh_defaults plugins": "the server lists its own plugins; ML Commons and neural-search are not among them, "
    "and a stand-in does not say it is",
    "08_highlight_edges multishard_single_odd_nopartial": "three shards raced for a model that fails every other "
    "call, and one was lucky twice; here they take turns, and none is",
}
# These parts of the body are not compared.
_UNRECORDED_RUNS = "counts what runs of 06 and 07 left that are not recorded: those files were recorded a second time"
PARTS_DIFFER = {
    "09_edges2 tmp_delete_at_once": ({"_seq_no"}, _UNRECORDED_RUNS),
    "09_edges2 models_nogroup": ({"_score", "max_score"}, _UNRECORDED_RUNS),
}
# Not asked.
NOT_ASKED: dict[str, str] = {}


def reason(file: str, name: str) -> str | None:
    """Why the body is not compared, None if it is."""
    return BODY_DIFFERS.get(f"{file} {name}")


def masked_parts(file: str, name: str) -> tuple[set[str], str | None]:
    """Names in the body that are not compared, and why."""
    return PARTS_DIFFER.get(f"{file} {name}", (set(), None))


def not_asked(file: str, name: str) -> str | None:
    """Why the exchange is left out, None if it is not."""
    return NOT_ASKED.get(f"{file} {name}")
