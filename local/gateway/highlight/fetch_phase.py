"""The shards' part of semantic highlighting: what happens while hits are fetched, before anybody else sees them."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from local.gateway.errors import OpenSearchError
from local.gateway.highlight.failures import ShardFailure, settle
from local.gateway.highlight.fetched import Fetched, Key, Mapped, key_of, look_up, mapped_fields
from local.gateway.highlight.lucene import lucene_queries
from local.gateway.highlight.single import Fetching, Reading, extracted, highlighted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from local.gateway.highlight.clauses import Query
    from local.gateway.highlight.options import SemanticField
    from local.gateway.highlight.plan import InnerHits, Plan
    from local.gateway.upstream import Upstream

# A pattern means fields with words in them; a full name means any field.
_WORD_TYPES = ("text", "keyword", "match_only_text")


@dataclass
class _Shard:
    """One shard's turn-taking: what it still has to read, and what it failed with."""

    waiting: list[Fetched]
    failure: OpenSearchError | None = None


class FetchPhase:
    """Highlights the hits of one answer.

    Args:
        upstream: the server.
        fetching: models and rules.
        plan: of the search.
    """

    def __init__(self, upstream: Upstream, fetching: Fetching, plan: Plan) -> None:
        self._upstream = upstream
        self._fetching = fetching
        self._plan = plan
        self._mapped: dict[str, dict[str, Mapped]] = {}
        self._queries: dict[str, dict[str, Query]] = {}

    async def run(self, answer: dict[str, Any], *, read: list[Key] | None, partial: bool) -> None:
        """Give the hits of `answer` their highlights, in place, and take out those of shards that fail.

        Shards take turns here, a hit each, in the order of their numbers. Those of a cluster race each other.

        Args:
            answer: of the search.
            read: which hits are read how often, where that is not each hit once.
            partial: whether hits are wanted if a shard fails.

        Raises:
            OpenSearchError: all shards failed, or one did and the rest is not wanted.
        """
        by_key: dict[Key, list[dict[str, Any]]] = {}
        for hit in answer["hits"]["hits"]:
            if "_id" in hit:
                by_key.setdefault(key_of(hit), []).append(hit)
        if not by_key:
            return
        found = await self._learn(by_key)
        shards = _shards(found, read)
        await self._take_turns(shards, by_key)
        self._settle(answer, found, shards, partial=partial)

    async def _learn(self, hits: Iterable[Key]) -> dict[Key, Fetched]:
        """What the server knows of the hits, and of the fields and queries in their indices."""
        keys, sources = list(hits), self._plan.sources()
        indices = sorted({index for index, _ in keys})
        names = sorted({field.name for field in self._plan.all_fields()})
        found, self._mapped, _ = await asyncio.gather(
            look_up(self._upstream, keys, sources), mapped_fields(self._upstream, indices, names), self._ask(indices)
        )
        own_names = self._aliased()
        return await look_up(self._upstream, keys, [*sources, *own_names]) if own_names else found

    async def _ask(self, indices: list[str]) -> None:
        """Learn what each index makes of each query."""
        queries = {json.dumps(query): query for query in self._asked()}
        found = await asyncio.gather(*(lucene_queries(self._upstream, query, indices) for query in queries.values()))
        self._queries = dict(zip(queries, found, strict=True))

    def _asked(self) -> list[Any]:
        main = self._plan.search.get("query")
        own = [field.query or main for field in self._plan.fields]
        return own + [field.query or inner.query for inner in self._plan.inner_hits for field in inner.fields]

    async def _take_turns(self, shards: dict[tuple[str, int], _Shard], hits: dict[Key, list[dict[str, Any]]]) -> None:
        while any(shard.waiting for shard in shards.values()):
            for shard in shards.values():
                if shard.waiting:
                    await self._read_next(shard, hits)

    async def _read_next(self, shard: _Shard, hits: dict[Key, list[dict[str, Any]]]) -> None:
        document = shard.waiting.pop(0)
        try:
            await self._read(document, hits.get(document.key, []))
        except OpenSearchError as error:
            shard.failure = error
            shard.waiting.clear()

    async def _read(self, document: Fetched, hits: list[dict[str, Any]]) -> None:
        main = self._plan.search.get("query")
        marked = await self._highlights(document.index, document.source, self._plan.fields, main)
        for hit in hits:
            _add(hit, marked)
            for inner in self._plan.inner_hits:
                await self._read_inner(document, inner, hit)

    async def _read_inner(self, document: Fetched, inner: InnerHits, hit: dict[str, Any]) -> None:
        found = hit.get("inner_hits", {}).get(inner.name, {}).get("hits", {}).get("hits", [])
        for each in sorted(found, key=_offsets):
            source = nested_source(document.source, each.get("_nested"))
            _add(each, await self._highlights(document.index, source, inner.fields, inner.query))

    async def _highlights(
        self, index: str, source: dict[str, Any], fields: tuple[SemanticField, ...], query: Any
    ) -> dict[str, str]:
        wanted = {name: field for field in fields for name in self._names(index, field.name)}
        marked = {}
        for name, field in wanted.items():
            understood = self._queries[json.dumps(field.query or query)][index]
            own_name = self._mapped[index][name].name
            text = await highlighted(self._fetching, Reading(field, own_name, source, understood))
            if text is not None:
                marked[name] = text
        return marked

    def _names(self, index: str, pattern: str) -> list[str]:
        """The fields of an index that `pattern` means; none, if the index has none of them."""
        mapped = self._mapped.get(index, {})
        if "*" not in pattern:
            return [pattern] if pattern in mapped else []
        return [name for name, each in mapped.items() if each.kind in _WORD_TYPES and fnmatchcase(name, pattern)]

    def _aliased(self) -> set[str]:
        """The own names of fields that are asked for by an alias."""
        return {each.name for of in self._mapped.values() for name, each in of.items() if each.name != name}

    def _settle(
        self,
        answer: dict[str, Any],
        found: dict[Key, Fetched],
        shards: dict[tuple[str, int], _Shard],
        *,
        partial: bool,
    ) -> None:
        failed = {place: shard.failure for place, shard in shards.items() if shard.failure is not None}
        if not failed:
            return
        nodes = {document.place_of_shard: document.node for document in found.values()}
        failures = [ShardFailure(*place, node=nodes[place], error=error) for place, error in failed.items()]
        settle(answer, failures, partial=partial)
        gone = {key for key, document in found.items() if document.place_of_shard in failed}
        answer["hits"]["hits"] = [hit for hit in answer["hits"]["hits"] if key_of(hit) not in gone]


def nested_source(source: dict[str, Any], identity: Any) -> dict[str, Any]:
    """The source of a nested document: that of the whole one with nothing beside the path to it.

    Args:
        source: of the whole document.
        identity: `_nested` of the inner hit, `{field, offset}` and perhaps a further `_nested`.
    """
    if not isinstance(identity, dict):
        return source
    found = extracted(source, identity["field"])
    documents = found if isinstance(found, list) else [found]
    document = documents[identity["offset"]] if identity["offset"] < len(documents) else {}
    return {identity["field"]: nested_source(document or {}, identity.get("_nested"))}


def _shards(found: dict[Key, Fetched], read: list[Key] | None) -> dict[tuple[str, int], _Shard]:
    times = Counter(key for key in (found if read is None else read) if key in found)
    documents = sorted((found[key] for key in times.elements()), key=lambda document: document.place)
    places = sorted({document.place_of_shard for document in documents})
    return {place: _Shard([each for each in documents if each.place_of_shard == place]) for place in places}


def _offsets(hit: dict[str, Any]) -> list[int]:
    identity, offsets = hit.get("_nested"), []
    while isinstance(identity, dict):
        offsets.append(int(identity.get("offset", 0)))
        identity = identity.get("_nested")
    return offsets


def _add(hit: dict[str, Any], marked: dict[str, str]) -> None:
    if marked:
        hit["highlight"] = {**hit.get("highlight", {}), **{name: [text] for name, text in marked.items()}}
