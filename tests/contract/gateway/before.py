"""What the cluster of a recording had been through: which files of its folder have to be asked first.

No recording says so. What it holds gives it away: ids that only an earlier file brought forth, and the id of the node,
which no other cluster has.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from tests.contract.gateway.recording import load

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.contract.gateway.recording import Exchange

# These followed one another on clusters whose settings came from the first file; their requests do not show it.
KNOWN: dict[str, tuple[str, ...]] = {
    "02_connectors": ("01_fresh_defaults",),
    "03_model_groups": ("01_fresh_defaults",),
    "04_models_lifecycle": ("01_fresh_defaults", "02_connectors", "03_model_groups"),
    "05_remote_errors": ("01_fresh_defaults",),
    "06_neural_query": ("01_fresh_defaults",),
    "07_semantic_highlight": ("01_fresh_defaults", "06_neural_query"),
    "08_highlight_edges": ("01_fresh_defaults", "06_neural_query", "07_semantic_highlight"),
    "09_edges2": (
        "01_fresh_defaults",
        "02_connectors",
        "03_model_groups",
        "04_models_lifecycle",
        "05_remote_errors",
        "06_neural_query",
        "07_semantic_highlight",
        "08_highlight_edges",
    ),
}
_WORD = re.compile(r"(?<![A-Za-z0-9_-])(?:[A-Za-z0-9_-]{20}|[A-Za-z0-9_-]{22})(?![A-Za-z0-9_-])")
# Random base64 has all three; names of fields and tests do not.
_PARTS = (re.compile("[A-Z]"), re.compile("[a-z]"), re.compile("[0-9]"))
_NODE_FIELDS = ("worker_node", "planning_worker_nodes", "target_worker_nodes")


def candidates(folder: Path, file: str) -> list[tuple[str, ...]]:
    """Ways to prepare a cluster for `file`, the likeliest first: names of earlier files, in order.

    Args:
        folder: of the recordings.
        file: name without its ending.
    """
    earlier = [path.stem for path in sorted(folder.glob("*.jsonl")) if path.stem < file]
    known = KNOWN.get(file, ())
    if known and set(known) <= set(earlier):
        return [known]
    found = _needed(folder, file, earlier)
    everything = tuple(earlier)
    return [found] if found == everything else [found, everything]


def _needed(folder: Path, file: str, earlier: Sequence[str]) -> tuple[str, ...]:
    """The earlier files on whose cluster `file` goes on, and what those need in turn."""
    wanted, needed = load(folder / f"{file}.jsonl"), set[str]()
    for name in reversed(earlier):
        exchanges = load(folder / f"{name}.jsonl")
        if _foreign_ids(wanted) & _given_ids(exchanges) or _nodes(wanted) & _nodes(exchanges):
            needed.add(name)
            wanted = exchanges + wanted
    return tuple(name for name in earlier if name in needed)


def _foreign_ids(exchanges: list[Exchange]) -> set[str]:
    """Ids that are asked about without any answer having named them."""
    known: set[str] = set()
    foreign: set[str] = set()
    for exchange in exchanges:
        asked = f"{exchange.path} {json.dumps(exchange.request)}"
        foreign |= _ids(asked) - known
        known |= _ids(json.dumps(exchange.response))
    return foreign


def _given_ids(exchanges: list[Exchange]) -> set[str]:
    return {name for exchange in exchanges for name in _ids(json.dumps(exchange.response))}


def _ids(text: str) -> set[str]:
    return {word for word in _WORD.findall(text) if all(part.search(word) for part in _PARTS)}


def _nodes(exchanges: list[Exchange]) -> set[str]:
    return {node for exchange in exchanges for node in _node_ids(exchange.response)}


def _node_ids(body: Any) -> Iterator[str]:
    if isinstance(body, list):
        for item in body:
            yield from _node_ids(item)
    elif isinstance(body, dict):
        for name, value in body.items():
            if name in _NODE_FIELDS and isinstance(value, list):
                yield from (node for node in value if isinstance(node, str))
            else:
                yield from _node_ids(value)
