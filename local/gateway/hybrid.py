"""The `hybrid` query: each sub-query by itself, their scores made one, and the best hits fetched."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from local.gateway.errors import OpenSearchError
from local.gateway.fusion import fused, normalization
from local.gateway.java.floats import shown

if TYPE_CHECKING:
    from local.gateway.fusion import Scores
    from local.gateway.upstream import Upstream

NAME = "hybrid"
DEFAULT_SIZE = 10


def sub_queries(query: Any) -> list[Any] | None:
    """The sub-queries of a `hybrid` query, None if it is another one."""
    hybrid = query.get(NAME) if isinstance(query, dict) else None
    return hybrid["queries"] if isinstance(hybrid, dict) and isinstance(hybrid.get("queries"), list) else None


async def answer(upstream: Upstream, index: str, body: dict[str, Any], pipeline: dict[str, Any]) -> dict[str, Any]:
    """The answer to a search with a `hybrid` query.

    Args:
        upstream: the server.
        index: what is searched.
        body: of the search; its sub-queries hold no `neural` clause any more.
        pipeline: of the search, with a normalization-processor.

    Raises:
        OpenSearchError: 400, the pipeline does not normalize; or whatever is wrong with a sub-query.
    """
    config = normalization(pipeline)
    if config is None:
        raise OpenSearchError(
            400,
            "illegal_argument_exception",
            "A hybrid query needs a search pipeline with a normalization-processor here. Name one: ?search_pipeline=…",
        )
    queries = sub_queries(body["query"]) or []
    first, size = int(body.get("from", 0)), int(body.get("size", DEFAULT_SIZE))
    window = int(body["query"][NAME].get("pagination_depth", first + size))
    found = await _search(upstream, index, [{"query": query, "size": window, "_source": False} for query in queries])
    scores = fused([_scores(each) for each in found], config)
    page = sorted(scores, key=lambda hit: (-scores[hit], hit))[first : first + size]
    return await _fetched(upstream, index, body, queries, {hit: scores[hit] for hit in page})


async def _fetched(
    upstream: Upstream, index: str, body: dict[str, Any], queries: list[Any], page: Scores
) -> dict[str, Any]:
    """The hits of a page, as the search asked for them, and the total of all that any sub-query matched."""
    rest = {name: value for name, value in body.items() if name not in ("query", "from", "size", "search_pipeline")}
    ids = {"ids": {"values": [document_id for _, document_id in page]}}
    total = {**rest, "query": {"bool": {"should": queries, "minimum_should_match": 1}}, "size": 0}
    counted, fetched = await _search(upstream, index, [total, {**rest, "query": ids, "size": len(page)}])
    hits = {(hit["_index"], hit["_id"]): hit for hit in fetched["hits"]["hits"]}
    ordered = [{**hits[key], "_score": shown(score)} for key, score in page.items() if key in hits]
    best = max((hit["_score"] for hit in ordered), default=None)
    answer = {name: value for name, value in counted.items() if name != "status"}
    return {**answer, "hits": {**counted["hits"], "max_score": best, "hits": ordered}}


async def _search(upstream: Upstream, index: str, searches: list[dict[str, Any]]) -> list[dict[str, Any]]:
    header = json.dumps({"index": index}).encode()
    lines = [line for search in searches for line in (header, json.dumps(search).encode())]
    answers = (await upstream.call("POST", "/_msearch", b"\n".join([*lines, b""])))["responses"]
    for each in answers:
        if "error" in each:
            error = each["error"]
            raise OpenSearchError(each["status"], error["type"], error["reason"], root_cause=error["root_cause"][0])
    return list(answers)


def _scores(answer: dict[str, Any]) -> Scores:
    return {(hit["_index"], hit["_id"]): hit["_score"] for hit in answer["hits"]["hits"]}
