"""The `hybrid` query: each sub-query by itself on every shard, their scores made one, and the best hits fetched."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from local.gateway import hybrid_explain, hybrid_query
from local.gateway.errors import OpenSearchError, UpstreamError, refuse
from local.gateway.fusion_config import fusion_of
from local.gateway.hybrid_query import union
from local.gateway.hybrid_scores import ShardHits, fused, hits_of
from local.gateway.java.floats import shown
from local.gateway.shards import failed_phase, failed_query, failed_search, shards_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from local.gateway.fusion import Fusion
    from local.gateway.hybrid_query import Hybrid
    from local.gateway.shards import Shard
    from local.gateway.upstream import Upstream

DEFAULT_SIZE = 10
# Scores of the marks between the lists of a search without a processor of scores.
START_STOP, DELIMITER = -9549512000.0, -4422440400.0
# The smallest 32-bit float: what scores nothing is no hit.
_ANY_SCORE = 1.4e-45
_OF_HITS = (
    "_source",
    "fields",
    "docvalue_fields",
    "stored_fields",
    "script_fields",
    "derived",
    "highlight",
    "version",
    "seq_no_primary_term",
)
_OF_SUB_QUERIES = ("post_filter", "timeout", "terminate_after", "rescore", "indices_boost", "derived")
_NOT_OF_TOTAL = (*_OF_HITS[:5], *_OF_HITS[6:], "query", "from", "size", "sort", "explain", "search_pipeline", "rescore")
_HEADER = ("ignore_unavailable", "allow_no_indices", "expand_wildcards", "routing")
_BY_SCORE: tuple[Any, ...] = ({"_score": "desc"}, {"_score": {"order": "desc"}}, {"_score": {}}, "_score")


@dataclass(frozen=True)
class Search:
    """A search with a `hybrid` query.

    Args:
        upstream: the server.
        index: what is searched.
        body: of the search, parameters of its URL included; no clause needs a model any more.
        hybrid: its query.
        pipeline: of the search.
        options: parameters of its URL that say what is searched.
    """

    upstream: Upstream
    index: str
    body: dict[str, Any]
    hybrid: Hybrid
    pipeline: dict[str, Any]
    options: dict[str, Any]

    @property
    def where(self) -> dict[str, Any]:
        """The options that say which shards are searched."""
        return {name: self.options[name] for name in _HEADER if name in self.options}

    @property
    def first(self) -> int:
        """How many hits to pass over."""
        return int(self.body.get("from", 0))

    @property
    def size(self) -> int:
        """How many hits to return."""
        return int(self.body.get("size", DEFAULT_SIZE))

    @property
    def window(self) -> int:
        """How many hits of each sub-query every shard brings."""
        return self.size if self.hybrid.depth is None else self.hybrid.depth


async def answer(search: Search) -> dict[str, Any]:
    """The answer to a search with a `hybrid` query.

    Raises:
        OpenSearchError: a parameter does not go with it, a sub-query fails, or their scores cannot be made one.
    """
    await _check(search)
    if _sorted_by_field(search.body):
        return await _sorted(search)
    shards, total = await asyncio.gather(_found(search), _total(search))
    fusion = fusion_of(search.pipeline)
    if fusion is None or search.window == 0 or all(shard.empty for shard in shards):
        return await _unfused(search, shards, total)
    return await _fused(search, shards, total, fusion)


async def summed(upstream: Upstream, index: str, body: dict[str, Any]) -> dict[str, Any]:
    """`body` with the `hybrid` clauses of its query, which do not rank what is found, in words of the server.

    Raises:
        OpenSearchError: 400, as all shards would answer: such a clause stands beside others.
    """
    if "query" not in body:
        return body
    try:
        return {**body, "query": hybrid_query.summed(body["query"])}
    except OpenSearchError as error:
        raise await failed_search(upstream, index, error) from error


async def _fused(search: Search, shards: list[ShardHits], total: dict[str, Any], fusion: Fusion) -> dict[str, Any]:
    explain = bool(search.body.get("explain"))
    try:
        hits = fused(shards, fusion, explain=explain)
        if search.first > len(hits):
            raise refuse("hybrid_end_of_pages")
    except OpenSearchError as error:
        raise failed_phase(error) from error
    page = hits[search.first : search.first + search.size]
    fetched = await _fetched(search, [(hit.shard, hit.id) for hit in page])
    ordered = [_scored(fetched[hit.shard.index, hit.id], hit.score) for hit in page]
    if explain:
        queries, explained = search.hybrid.queries, hybrid_explain.is_asked(search.pipeline)
        explanations = await hybrid_explain.explanations(search.upstream, queries, page, shards, fusion, full=explained)
        ordered = [{**hit, "_explanation": each} for hit, each in zip(ordered, explanations, strict=True)]
    return _answer(total, ordered, hits[0].score)


async def _unfused(search: Search, shards: list[ShardHits], total: dict[str, Any]) -> dict[str, Any]:
    """All lists one after another, with a hit between them whose score marks where each begins and ends."""
    marked = [(shard.shard, document_id, score) for shard in shards for document_id, score in _marked(shard)]
    page = marked[: search.size] if search.window else []
    fetched = await _fetched(search, [(shard, document_id) for shard, document_id, _ in page])
    best = max((hits[0].score for shard in shards for hits in shard.lists if hits), default=0.0)
    return _answer(
        total, [_scored(fetched[shard.index, document_id], score) for shard, document_id, score in page], best
    )


def _marked(shard: ShardHits) -> list[tuple[str, float]]:
    if shard.empty:
        return []
    mark = next(hits[0].id for hits in shard.lists if hits)
    entries = [(mark, START_STOP)]
    for hits in shard.lists:
        entries += [(mark, DELIMITER), *((found.id, found.score) for found in hits)]
    return [*entries, (mark, START_STOP)]


async def _sorted(search: Search) -> dict[str, Any]:
    """The hits of all sub-queries in the order of a field; their scores do not matter."""
    rest = {name: value for name, value in search.body.items() if name not in ("query", "search_pipeline")}
    body = {**rest, "query": union(search.hybrid), "min_score": _ANY_SCORE}
    (found,) = await _searches(search, [(search.index, None, body)])
    return {name: value for name, value in found.items() if name != "status"}


async def _found(search: Search) -> list[ShardHits]:
    shards = await shards_of(search.upstream, search.index, search.where)
    rest = {name: search.body[name] for name in _OF_SUB_QUERIES if name in search.body}
    order = {} if "rescore" in rest else {"sort": ["_score", "_doc"]}
    common = {**rest, **order, "size": max(search.window, 1), "_source": False, "track_total_hits": False}
    searches = [
        (shard.index, f"_shards:{shard.number}", {**common, "query": _within(query, shard)})
        for shard in shards
        for query in search.hybrid.queries
    ]
    answers = iter(await _searches(search, searches))
    lists = [[hits_of(next(answers)) for _ in search.hybrid.queries] for _ in shards]
    return [ShardHits(shard, hits) for shard, hits in zip(shards, lists, strict=True)]


def _within(query: dict[str, Any], shard: Shard) -> dict[str, Any]:
    return {"bool": {"must": [query], "filter": [shard.filter]}} if shard.filter else query


async def _total(search: Search) -> dict[str, Any]:
    """The answer without hits: totals, aggregations and whatever else goes over all that any sub-query matches."""
    rest = {name: value for name, value in search.body.items() if name not in _NOT_OF_TOTAL}
    body = {"min_score": _ANY_SCORE, **rest, "query": union(search.hybrid), "size": 0}
    (found,) = await _searches(search, [(search.index, None, body)])
    return {name: value for name, value in found.items() if name != "status"}


async def _fetched(search: Search, wanted: Sequence[tuple[Shard, str]]) -> dict[tuple[str, str], dict[str, Any]]:
    """Hits by index and id, with all that the search asks of its hits."""
    ids: dict[str, list[str]] = {}
    for shard, document_id in dict.fromkeys((shard.index, document_id) for shard, document_id in wanted):
        ids.setdefault(shard, []).append(document_id)
    if not ids:
        return {}
    options = {name: search.body[name] for name in _OF_HITS if name in search.body}
    if search.body.get("explain"):
        options["explain"] = True  # for the shard and the node of a hit
    searches = [
        (index, None, {**options, "query": _of_ids(search, documents), "size": len(documents)})
        for index, documents in ids.items()
    ]
    answers = await _searches(search, searches)
    return {(hit["_index"], hit["_id"]): hit for each in answers for hit in each["hits"]["hits"]}


def _of_ids(search: Search, ids: list[str]) -> dict[str, Any]:
    """The documents; with the query beside them where the hits tell of it."""
    clauses: dict[str, Any] = {"filter": [{"ids": {"values": ids}}]}
    if "highlight" in search.body or '"_name"' in json.dumps(search.hybrid.queries):
        clauses["should"] = search.hybrid.queries
    return {"bool": clauses}


async def _searches(search: Search, searches: Sequence[tuple[str, str | None, dict[str, Any]]]) -> list[dict[str, Any]]:
    """The answers of several searches: index, preference and body of each.

    Raises:
        UpstreamError: one of them failed.
    """
    if not searches:
        return []
    lines: list[bytes] = []
    for index, preference, body in searches:
        of_shard = {"preference": preference} if preference else {}
        lines += [json.dumps({"index": index, **search.where, **of_shard}).encode(), json.dumps(body).encode()]
    answers = (await search.upstream.call("POST", "/_msearch", b"\n".join([*lines, b""])))["responses"]
    for each in answers:
        if "error" in each:
            raise UpstreamError(each["status"], each)
    return list(answers)


def _scored(hit: dict[str, Any], score: float) -> dict[str, Any]:
    return {**hit, "_score": shown(score)}


def _answer(total: dict[str, Any], hits: list[dict[str, Any]], best: float) -> dict[str, Any]:
    return {**total, "hits": {**total["hits"], "max_score": shown(best), "hits": hits}}


async def _check(search: Search) -> None:
    """Refuse what a `hybrid` query cannot do.

    Raises:
        OpenSearchError: as all shards would answer.
    """
    depth = search.hybrid.depth
    if depth is not None and depth < 0:
        raise await failed_query(search.upstream, search.index, refuse("hybrid_depth_negative"))
    if depth is not None and depth > await _max_result_window(search):
        raise await failed_query(search.upstream, search.index, refuse("hybrid_depth_large"))
    refusal = _refusal(search)
    if refusal is not None:
        raise await failed_search(search.upstream, search.index, refuse(refusal))


def _refusal(search: Search) -> str | None:
    if any("hybrid" in query for query in search.hybrid.queries):
        return "hybrid_nested"
    if "scroll" in search.options:
        return "hybrid_scroll"
    fields = _sort(search.body)
    if len(fields) > 1 and any(_is_score(each) for each in fields):
        return "hybrid_sort_mixed"
    if _sorted_by_field(search.body) and search.body.get("track_scores"):
        return "hybrid_track_scores"
    return "hybrid_depth_missing" if search.hybrid.depth is None and search.first > 0 else None


def _sort(body: dict[str, Any]) -> list[Any]:
    sort = body.get("sort") or []
    return sort if isinstance(sort, list) else [sort]


def _is_score(sort: Any) -> bool:
    return sort == "_score" or (isinstance(sort, dict) and "_score" in sort)


def _sorted_by_field(body: dict[str, Any]) -> bool:
    return any(each not in _BY_SCORE for each in _sort(body))


async def _max_result_window(search: Search) -> int:
    name = "index.max_result_window"
    path = f"/{quote(search.index, safe=',*')}/_settings/{name}?flat_settings=true&include_defaults=true"
    found = await search.upstream.call("GET", path)
    values = [{**each.get("defaults", {}), **each["settings"]}.get(name) for each in found.values()]
    return min(int(value) for value in values if value is not None)
