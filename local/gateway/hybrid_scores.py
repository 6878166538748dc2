"""The hits of a `hybrid` query as every shard finds them, and the one list that they become."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from local.gateway.java.floats import single
from local.gateway.java.hashmap import in_hash_order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from local.gateway.fusion import Fusion
    from local.gateway.shards import Shard


class Found(NamedTuple):
    """A hit of a sub-query: Lucene's number of the document in its shard, its id, the 32-bit score."""

    doc: int
    id: str
    score: float


@dataclass
class ShardHits:
    """What one shard found: a list a sub-query, best first."""

    shard: Shard
    lists: list[list[Found]]
    normalized: dict[int, list[float]] = field(default_factory=dict)
    described: list[tuple[int, float]] = field(default_factory=list)

    @property
    def ids(self) -> dict[int, str]:
        """The id of every document found, by its number, in the order found."""
        return {found.doc: found.id for hits in self.lists for found in hits}

    @property
    def empty(self) -> bool:
        """Whether no sub-query found anything here."""
        return not any(self.lists)


class Fused(NamedTuple):
    """A hit of the whole query; `rank` counts those of its shard."""

    shard: Shard
    doc: int
    id: str
    score: float
    rank: int


def hits_of(answer: dict[str, Any]) -> list[Found]:
    """The hits of a search sorted by score and document number; what scores nothing is no hit of a `hybrid` query."""
    found = []
    for at, hit in enumerate(answer["hits"]["hits"]):
        score, doc = hit["sort"] if "sort" in hit else (hit["_score"], at)
        if score > 0:
            found.append(Found(doc, hit["_id"], single(score)))
    return found


def fused(shards: Sequence[ShardHits], fusion: Fusion, *, explain: bool = False) -> list[Fused]:
    """All hits with one score each, best first.

    Args:
        shards: in their order; what the explanation needs is left in them.
        fusion: how scores become one.
        explain: whether the scores are explained, which changes them: they are normalized once for the explanation
            and, those being overwritten, once again.

    Raises:
        OpenSearchError: 400, weights or bounds do not fit the sub-queries.
    """
    scores = [[[found.score for found in hits] for hits in shard.lists] if not shard.empty else [] for shard in shards]
    if explain:
        scores = fusion.normalized(scores)
        for shard, lists in zip(shards, scores, strict=True):
            shard.normalized = _by_document(shard, lists)
            shard.described = _ranked(shard, shard.normalized, fusion)
    scores = fusion.normalized(scores)
    merged: list[Fused] = []
    for shard, lists in zip(shards, scores, strict=True):
        ids = shard.ids
        ranked = _ranked(shard, _by_document(shard, lists), fusion)
        merged += [Fused(shard.shard, doc, ids[doc], score, rank) for rank, (doc, score) in enumerate(ranked)]
    return sorted(merged, key=lambda hit: -hit.score)


def _by_document(shard: ShardHits, lists: list[list[float]]) -> dict[int, list[float]]:
    """The normalized scores of every document; 0 where a sub-query did not find it."""
    scores: dict[int, list[float]] = {}
    for number, (hits, normalized) in enumerate(zip(shard.lists, lists, strict=False)):
        for found, score in zip(hits, normalized, strict=True):
            scores.setdefault(found.doc, [0.0] * len(lists))[number] = score
    return scores


def _ranked(shard: ShardHits, scores: dict[int, list[float]], fusion: Fusion) -> list[tuple[int, float]]:
    combined = {doc: fusion.combined(scores[doc]) for doc in scores}
    return sorted(((doc, combined[doc]) for doc in in_hash_order(scores)), key=lambda hit: -hit[1])
