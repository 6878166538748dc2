"""`_reindex` into an index whose pipeline needs a model: read in batches, and written as bulk requests."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from local.gateway.errors import OpenSearchError
from local.gateway.rest import Answer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from local.gateway.upstream import Upstream

    Bulk = Callable[[str, bytes], Awaitable[dict[str, Any]]]

BATCH = 1_000
KEEP_ALIVE = "5m"
_SOURCE = {"index", "query", "_source", "size", "sort"}
_GOAL = {"index", "pipeline", "op_type", "version_type", "routing"}
_BODY = {"source", "dest", "max_docs", "conflicts"}
_URL = {"refresh", "timeout", "max_docs", "pretty", "human", "filter_path", "error_trace", "wait_for_active_shards"}
CONFLICT = 409


@dataclass
class _Report:
    """What was done so far; `done` counts the documents looked at."""

    total: int = 0
    done: int = 0
    updated: int = 0
    created: int = 0
    batches: int = 0
    version_conflicts: int = 0
    noops: int = 0
    failures: list[dict[str, Any]] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)

    def answer(self) -> Answer:
        """The answer, with the worst status of its failures."""
        body = {
            "took": round((time.monotonic() - self.started) * 1_000),
            "timed_out": False,
            "total": self.total,
            "updated": self.updated,
            "created": self.created,
            "deleted": 0,
            "batches": self.batches,
            "version_conflicts": self.version_conflicts,
            "noops": self.noops,
            "retries": {"bulk": 0, "search": 0},
            "throttled_millis": 0,
            "requests_per_second": -1.0,
            "throttled_until_millis": 0,
            "failures": self.failures,
        }
        return Answer(body, max((failure["status"] for failure in self.failures), default=200))

    def take(self, item: dict[str, Any], *, proceed: bool) -> None:
        """Count one operation of a bulk answer; a version conflict is no failure if the request says so."""
        (result,) = item.values()
        self.done += 1
        if result["status"] == CONFLICT:
            self.version_conflicts += 1
        if "error" in result:
            if result["status"] != CONFLICT or not proceed:
                named = {"index": result["_index"], "id": result.get("_id")}
                self.failures.append({**named, "cause": result["error"], "status": result["status"]})
        elif result["result"] in ("created", "updated"):
            setattr(self, result["result"], getattr(self, result["result"]) + 1)
        else:
            self.noops += 1


class Reindex:
    """Copies documents through a pipeline with a model.

    Args:
        upstream: the server.
        bulk: answers a bulk request, its path and query and its body, pipelines and all.
    """

    def __init__(self, upstream: Upstream, bulk: Bulk) -> None:
        self._upstream = upstream
        self._bulk = bulk

    async def run(self, body: dict[str, Any], options: dict[str, str]) -> Answer:
        """The answer to the request, once all is copied or a batch had failures.

        Args:
            body: of the request.
            options: the parameters of its URL.

        Raises:
            OpenSearchError: 400, it asks for what this stand-in cannot do; or the documents cannot be read.
        """
        source, goal = body["source"], body["dest"]
        _check(body, options)
        most = int(body.get("max_docs") or options.get("max_docs") or 0)
        report = _Report()
        async for page in self._pages(source):
            total = int(page["hits"]["total"]["value"])
            report.total = min(total, most) if most else total
            hits = page["hits"]["hits"][: most - report.done if most else None]
            report.batches += 1
            answer = await self._bulk(_target(goal), _lines(hits, goal))
            for item in answer["items"]:
                report.take(item, proceed=body.get("conflicts") == "proceed")
            if report.failures or (most and report.done >= most):
                break
        if options.get("refresh") in ("", "true"):
            await self._upstream.call("POST", f"/{quote(goal['index'], safe='')}/_refresh")
        return report.answer()

    async def _pages(self, source: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
        """The documents of the source, page by page; none that is empty."""
        body: dict[str, Any] = {"size": BATCH, "sort": ["_doc"], "version": True, "track_total_hits": True}
        body |= {name: source[name] for name in ("query", "_source", "size", "sort") if name in source}
        index = source["index"] if isinstance(source["index"], str) else ",".join(source["index"])
        page = await self._upstream.call("POST", f"/{quote(index, safe=',*')}/_search?scroll={KEEP_ALIVE}", body)
        try:
            while page["hits"]["hits"]:
                yield page
                scroll = {"scroll": KEEP_ALIVE, "scroll_id": page["_scroll_id"]}
                page = await self._upstream.call("POST", "/_search/scroll", scroll)
        finally:
            await self._upstream.call("DELETE", "/_search/scroll", {"scroll_id": page["_scroll_id"]})


def _check(body: dict[str, Any], options: dict[str, str]) -> None:
    unknown = [*(body.keys() - _BODY), *(body["source"].keys() - _SOURCE), *(body["dest"].keys() - _GOAL)]
    unknown += options.keys() - _URL
    if options.get("wait_for_completion", "true") in ("", "true"):
        unknown = [name for name in unknown if name != "wait_for_completion"]
    if unknown:
        raise OpenSearchError(
            400,
            "illegal_argument_exception",
            f"_reindex through a pipeline with a model is done by this stand-in for ML Commons, which does not have "
            f"{sorted(unknown)} there. Leave them out, or read the documents and send them with _bulk.",
        )


def _target(goal: dict[str, Any]) -> str:
    return f"/_bulk?pipeline={quote(goal['pipeline'])}" if goal.get("pipeline") else "/_bulk"


def _lines(hits: list[dict[str, Any]], goal: dict[str, Any]) -> bytes:
    lines = [line for hit in hits for line in (_operation(hit, goal), hit["_source"])]
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def _operation(hit: dict[str, Any], goal: dict[str, Any]) -> dict[str, Any]:
    meta = {"_index": goal["index"], "_id": hit["_id"]}
    routing = _routing(hit, goal.get("routing", "keep"))
    if routing is not None:
        meta["routing"] = routing
    if goal.get("version_type", "internal") != "internal":
        meta |= {"version": hit["_version"], "version_type": goal["version_type"]}
    return {"create" if goal.get("op_type") == "create" else "index": meta}


def _routing(hit: dict[str, Any], wanted: str) -> str | None:
    if wanted == "keep":
        return hit.get("_routing")
    return wanted.removeprefix("=") if wanted.startswith("=") else None
