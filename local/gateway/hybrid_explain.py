"""`explain` of a search with a `hybrid` query: what each sub-query says of a hit, and how the scores became one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from local.gateway.java.floats import shown, single

if TYPE_CHECKING:
    from collections.abc import Sequence

    from local.gateway.fusion import Fusion
    from local.gateway.hybrid_scores import Fused, ShardHits
    from local.gateway.upstream import Upstream

PROCESSOR = "hybrid_score_explanation"
Explanation = dict[str, Any]


def is_asked(pipeline: dict[str, Any]) -> bool:
    """Whether the pipeline's response processor explains how the scores became one."""
    return any(PROCESSOR in processor for processor in pipeline.get("response_processors") or [])


async def explanations(
    upstream: Upstream,
    queries: Sequence[dict[str, Any]],
    page: Sequence[Fused],
    shards: Sequence[ShardHits],
    fusion: Fusion,
    *,
    full: bool,
) -> list[Explanation]:
    """The explanation of every hit.

    Args:
        upstream: the server, which explains sub-queries.
        queries: the sub-queries.
        page: the hits.
        shards: with the scores as they were normalized for the explanation.
        fusion: how the scores became one.
        full: whether normalization and combination are explained too.

    Raises:
        OpenSearchError: the server cannot explain a sub-query.
    """
    by_query = await asyncio.gather(*(_of_queries(upstream, hit, queries) for hit in page))
    if not full:
        # The best of the 32-bit scores, told with all digits of a `double`.
        best = [max(single(each["value"]) for each in found) for found in by_query]
        return [_match(value, "combined score of:", found) for value, found in zip(best, by_query, strict=True)]
    seen: dict[tuple[str, int], int] = {}
    explained = []
    for hit, found in zip(page, by_query, strict=True):
        shard = next(each for each in shards if each.shard == hit.shard)
        # The hits of a shard are told one after another from its best, whichever page they are on.
        key = (hit.shard.index, hit.shard.number)
        position = seen.get(key, 0)
        seen[key] = position + 1
        normalized = shard.normalized[shard.described[position][0]]
        explained.append(_of_hit(hit, found, normalized, fusion))
    return explained


def _of_hit(hit: Fused, found: list[Explanation], normalized: list[float], fusion: Fusion) -> Explanation:
    details = [
        _match(shown(score), f"{fusion.described_normalization()} normalization of:", [each])
        for each, score in zip(found, normalized, strict=True)
        if each["value"] > 0
    ]
    return _match(shown(hit.score), f"{fusion.described_combination()} combination of:", details)


async def _of_queries(upstream: Upstream, hit: Fused, queries: Sequence[dict[str, Any]]) -> list[Explanation]:
    path = f"/{quote(hit.shard.index, safe='')}/_explain/{quote(hit.id, safe='')}"
    answers = await asyncio.gather(*(upstream.call("POST", path, {"query": query}) for query in queries))
    return [answer["explanation"] for answer in answers]


def _match(value: float, description: str, details: list[Explanation]) -> Explanation:
    return {"value": value, "description": description, "details": details}
