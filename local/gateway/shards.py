"""The shards that a search goes to, and the error of a search that fails on all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from local.gateway.errors import OpenSearchError, UpstreamError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.gateway.upstream import Upstream

PHASE = "search_phase_execution_exception"


@dataclass(frozen=True)
class Shard:
    """One shard of one index, the node that has it, and the filter of the alias by which it was named."""

    index: str
    number: int
    node: str
    filter: dict[str, Any] | None = None


async def shards_of(upstream: Upstream, index: str, options: Mapping[str, str] | None = None) -> list[Shard]:
    """The shards of what is searched, in the order in which their hits are merged.

    Args:
        upstream: the server.
        index: names, patterns and aliases.
        options: `ignore_unavailable` and the like.

    Raises:
        UpstreamError: there is no such index.
    """
    path = f"/{quote(index, safe=',*')}/_search_shards?{urlencode(options or {})}"
    found = await upstream.call("GET", path)
    filters = {name: details.get("filter") for name, details in found["indices"].items()}
    primaries = [next((each for each in copies if each["primary"]), copies[0]) for copies in found["shards"]]
    shards = [Shard(each["index"], each["shard"], each["node"], filters.get(each["index"])) for each in primaries]
    return sorted(shards, key=lambda shard: (shard.index, shard.number))


async def failed_query(upstream: Upstream, index: str, error: OpenSearchError) -> OpenSearchError:
    """The error of a search whose query no shard could build, because of `error`."""
    failures, causes = [], []
    for shard in _first_of_each_index(await shards_of(upstream, index)):
        cause = {
            "type": "query_shard_exception",
            "reason": f"failed to create query: {error.error['reason']}",
            "index": shard.index,
            "index_uuid": await _uuid(upstream, shard.index),
        }
        causes.append(cause)
        failures.append(_failure(shard, {**cause, "caused_by": error.item()}))
    return _all_failed(error.status, causes, failures)


async def failed_search(upstream: Upstream, index: str, error: OpenSearchError) -> OpenSearchError:
    """The error of a search that every shard refused to run, because of `error`."""
    shards = _first_of_each_index(await shards_of(upstream, index))
    failures = [_failure(shard, error.item()) for shard in shards]
    # What is no exception of OpenSearch's own is wrapped in one of the same name.
    cause = {**error.error, "caused_by": error.item()}
    return _all_failed(error.status, [error.error for _ in shards], failures, cause)


def failed_phase(error: OpenSearchError) -> OpenSearchError:
    """The error of a search whose processor of the phase results failed with `error`."""
    return _phase(error.status, [], "The phase has failed", [], error.item())


def _first_of_each_index(shards: list[Shard]) -> list[Shard]:
    return list({shard.index: shard for shard in reversed(shards)}.values())[::-1]


async def _uuid(upstream: Upstream, index: str) -> str:
    found = await upstream.call("GET", f"/{quote(index, safe='')}/_settings/index.uuid?flat_settings=true")
    return str(found[index]["settings"]["index.uuid"])


def _failure(shard: Shard, reason: dict[str, Any]) -> dict[str, Any]:
    return {"shard": shard.number, "index": shard.index, "node": shard.node, "reason": reason}


def _all_failed(
    status: int,
    causes: list[dict[str, Any]],
    failures: list[dict[str, Any]],
    caused_by: dict[str, Any] | None = None,
) -> OpenSearchError:
    return _phase(status, causes, "all shards failed", failures, caused_by)


def _phase(
    status: int,
    causes: list[dict[str, Any]],
    reason: str,
    failures: list[dict[str, Any]],
    caused_by: dict[str, Any] | None,
) -> OpenSearchError:
    error = {
        "root_cause": causes,
        "type": PHASE,
        "reason": reason,
        "phase": "query",
        "grouped": True,
        "failed_shards": failures,
        **({"caused_by": caused_by} if caused_by else {}),
    }
    return UpstreamError(status, {"error": error, "status": status})
