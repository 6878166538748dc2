"""Shards that fail while they fetch: what remains of the answer, or the error in the words of a search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from local.gateway.errors import OpenSearchError

ALL_FAILED = "all shards failed"
SOME_FAILED = "Partial shards failure"
# Exceptions of OpenSearch itself: the root of an error is looked for in their causes, and only in theirs.
_OWN = ("exception", "status_exception", "script_exception", "circuit_breaking_exception", "index_not_found_exception")
_OWN_ENDINGS = ("throttling_exception", "_shard_exception", "parsing_exception")


@dataclass(frozen=True)
class ShardFailure:
    """What one shard failed with."""

    index: str
    shard: int
    node: str
    error: OpenSearchError

    def shown(self) -> dict[str, Any]:
        """As `_shards.failures` and `failed_shards` list it."""
        return {"shard": self.shard, "index": self.index, "node": self.node, "reason": self.error.item()}


class SearchFailedError(OpenSearchError):
    """A search that failed as a whole."""

    def __init__(self, message: str, phase: str, failures: list[ShardFailure]) -> None:
        grouped = _grouped(failures)
        extra = {"phase": phase, "grouped": True, "failed_shards": [failure.shown() for failure in grouped]}
        cause = _cause(grouped[0].error.item()) if message == ALL_FAILED else None
        super().__init__(_status(failures), "search_phase_execution_exception", message, extra=extra, caused_by=cause)
        self._roots = [_without_cause(_root(failure.error.item())) for failure in grouped]

    def body(self) -> dict[str, Any]:
        """The whole answer: one root cause for each kind of failure."""
        return {"error": {"root_cause": self._roots, **self.item()}, "status": self.status}


def settle(answer: dict[str, Any], failures: list[ShardFailure], *, partial: bool) -> None:
    """Take what the failed shards had out of `answer`, in place.

    Args:
        answer: of a search.
        failures: of its shards.
        partial: whether the others' hits are wanted then.

    Raises:
        SearchFailedError: all shards failed, or partial results are not wanted.
    """
    failures = sorted(failures, key=lambda failure: (failure.index, failure.shard))
    shards = answer["_shards"]
    phase = "query" if shards["total"] == 1 else "fetch"
    if shards["failed"] + len(failures) >= shards["total"]:
        raise SearchFailedError(ALL_FAILED, phase, failures)
    if not partial:
        raise SearchFailedError(SOME_FAILED, phase, failures)
    shards["successful"] -= len(failures)
    shards["failed"] += len(failures)
    shards["failures"] = shards.get("failures", []) + [failure.shown() for failure in _grouped(failures)]


def _grouped(failures: list[ShardFailure]) -> list[ShardFailure]:
    """The first of each kind: same index, same exception, same words."""
    kinds = {(each.index, each.error.error["type"], each.error.error["reason"]): each for each in reversed(failures)}
    return [failure for failure in failures if failure in kinds.values()]


def _status(failures: list[ShardFailure]) -> int:
    """That of the first, unless a later one is the server's fault."""
    status = failures[0].error.status
    for failure in failures[1:]:
        status = failure.error.status if failure.error.status >= 500 else status
    return status


def _root(item: dict[str, Any]) -> dict[str, Any]:
    cause = item.get("caused_by")
    return _root(cause) if cause and _is_own(item) and _is_own(cause) else item


def _cause(item: dict[str, Any]) -> dict[str, Any] | None:
    """What `caused_by` shows: the root, unless that is the shard's failure itself; others are wrapped once more."""
    root = _root(item)
    if not _is_own(root):
        return {**_without_cause(root), "caused_by": root}
    return None if root is item else root


def _is_own(item: dict[str, Any]) -> bool:
    return item["type"] in _OWN or item["type"].endswith(_OWN_ENDINGS)


def _without_cause(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name != "caused_by"}
