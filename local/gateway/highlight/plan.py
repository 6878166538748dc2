"""What a search asks of the semantic highlighter, and the search that the server gets instead."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from local.gateway.highlight.options import HIDDEN, SemanticField, semantic_fields, without_semantic
from local.gateway.highlight.targets import EXTENSION, asks_by_request, is_processed, nested_queries

if TYPE_CHECKING:
    from local.gateway.highlight.rules import Rules

VERBOSE = "verbose_pipeline"


@dataclass(frozen=True)
class InnerHits:
    """Inner hits with semantic fields: their name in a hit, the path of their documents, and their own query."""

    name: str
    path: str
    query: Any
    fields: tuple[SemanticField, ...]


@dataclass(frozen=True)
class Plan:
    """The semantic highlighting of one search.

    Attributes:
        search: its body, as it came.
        fields: what the shards highlight in hits.
        inner_hits: what they highlight in the hits' inner hits.
        processed: whether the answer passes the processor that highlights batches, if the cluster allows it.
    """

    search: dict[str, Any]
    fields: tuple[SemanticField, ...]
    inner_hits: tuple[InnerHits, ...]
    processed: bool

    @property
    def batches(self) -> bool:
        """Whether any field waits for the batch."""
        return self.processed or any(field.batch for field in self.all_fields())

    def all_fields(self) -> list[SemanticField]:
        """Those of hits and of inner hits."""
        return [*self.fields, *(field for inner in self.inner_hits for field in inner.fields)]

    def sources(self) -> list[str]:
        """The parts of `_source` to look into: nested documents whole, as their places among each other count."""
        names = {field.name for field in self.all_fields()}
        return sorted(names | {inner.path.partition(".")[0] for inner in self.inner_hits})

    def next_page(self) -> Plan:
        """The plan for further pages of a scroll: no processor sees those (08 batch_scroll_next)."""
        return replace(self, processed=False)


def plan_of(body: dict[str, Any], rules: Rules) -> Plan | None:
    """What a search asks for, None without semantic fields.

    Args:
        body: of the search.
        rules: of the version; under those of 3.7 a search may ask for batches for all its fields.
    """
    by_request = rules.batch_by_request and asks_by_request(body)
    fields = _fields(body.get("highlight"), by_request)
    inner_hits = tuple(
        inner for nested in nested_queries(body.get("query")) if (inner := _inner_hits(nested, by_request))
    )
    if not fields and not inner_hits:
        return None
    return Plan(dict(body), fields, inner_hits, is_processed(body, rules))


def _fields(highlight: Any, by_request: bool) -> tuple[SemanticField, ...]:
    found = semantic_fields(highlight)
    if by_request:
        found = [replace(field, options={**field.options, "batch_inference": True}) for field in found]
    return tuple(found)


def _inner_hits(nested: dict[str, Any], by_request: bool) -> InnerHits | None:
    inner = nested.get("inner_hits")
    fields = _fields(inner.get("highlight"), by_request) if isinstance(inner, dict) else ()
    if not fields or not isinstance(inner, dict):
        return None
    path = str(nested.get("path"))
    return InnerHits(str(inner.get("name") or path), path, nested.get("query"), fields)


def for_the_server(body: dict[str, Any], rules: Rules) -> dict[str, Any]:
    """The search without anything that a server without neural-search refuses."""
    plain = {name: _hidden(value, name) for name, value in body.items()}
    if rules.batch_by_request and isinstance(plain.get("ext"), dict):
        plain["ext"] = {name: value for name, value in plain["ext"].items() if name != EXTENSION}
    return plain


def with_names(error: dict[str, Any]) -> dict[str, Any]:
    """An error of the server with the fields' own names in it, which were hidden from it."""
    restored: dict[str, Any] = json.loads(json.dumps(error).replace(HIDDEN, ""))
    return restored


def _hidden(value: Any, name: str) -> Any:
    if isinstance(value, list):
        return [_hidden(item, "") for item in value]
    if not isinstance(value, dict):
        return value
    if name == "highlight" and "fields" in value:
        return without_semantic(value)
    return {key: _hidden(item, key) for key, item in value.items()}
