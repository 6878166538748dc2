"""What a batch is to highlight: read from the request alone, as the answer's processor reads it."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as attribute
from typing import TYPE_CHECKING, Any

from local.gateway.errors import refuse
from local.gateway.highlight import asked
from local.gateway.highlight.options import DEFAULT_TAGS, TYPE, chosen_tags, flag, free_options, listed, number
from local.gateway.highlight.tags import Tags

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.gateway.highlight.rules import Rules

DEFAULT_BATCH = 100
EXTENSION = "semantic_highlighting_batch"


@dataclass(frozen=True)
class Target:
    """A field to highlight.

    Attributes:
        field: as it is asked for.
        tags: around each span.
        options: free ones.
        leaves: a source without the whole name has the text under its last part (3.7).
        inner_hits: name of the inner hits it is of, None for the hits themselves.
        path: of the nested documents then.
    """

    field: str
    tags: Tags = DEFAULT_TAGS
    options: dict[str, Any] = attribute(default_factory=dict)
    leaves: bool = False
    inner_hits: str | None = None
    path: str = ""

    @property
    def no_match_size(self) -> int:
        """How much of a text without spans is shown, in UTF-16 units (3.7)."""
        return number(self.options, "no_match_size", 0)

    @property
    def html(self) -> bool:
        """Whether the text is escaped for HTML (3.7)."""
        return str(self.options.get("encoder")).lower() == "html"

    def hits_in(self, hit: dict[str, Any]) -> list[dict[str, Any]]:
        """The hits to highlight in one of the answer: itself, or its inner hits."""
        if self.inner_hits is None:
            return [hit]
        bucket = hit.get("inner_hits", {}).get(self.inner_hits, {})
        return list(bucket.get("hits", {}).get("hits", []))

    def value_in(self, hit: dict[str, Any]) -> Any:
        """What the hit's `_source` has under the field's name, dots and all."""
        source = hit.get("_source") or {}
        names = [self.field, self.field.removeprefix(f"{self.path}."), self.field.rpartition(".")[2]]
        return next(
            (source[name] for name in names[: None if self.leaves else 1] if source.get(name) is not None), None
        )


@dataclass(frozen=True)
class Job:
    """The batches of one search."""

    targets: tuple[Target, ...]
    model_id: str
    question: str
    batch_size: int


def is_processed(body: dict[str, Any], rules: Rules) -> bool:
    """Whether a search gets the processor that highlights batches, where the cluster allows it.

    Args:
        body: of the search.
        rules: of the version.
    """
    if rules.batch_of_one_field:
        return bool(_own_fields(body.get("highlight")))
    targets = all_targets(body) if asks_by_request(body) or _own_fields(body.get("highlight")) else []
    return any(asks_by_request(body) or flag(target.options, "batch_inference") for target in targets)


def asks_by_request(body: dict[str, Any]) -> bool:
    """Whether `ext.semantic_highlighting_batch` is true."""
    extensions = body.get("ext")
    return isinstance(extensions, dict) and flag(extensions, EXTENSION)


def job(body: dict[str, Any], rules: Rules) -> Job | None:
    """What the batches of a search are; None: there is nothing to do, or not enough is said.

    Args:
        body: of the search, with its own query.
        rules: of the version.

    Raises:
        OpenSearchError: 400, not enough is said; under the rules of 3.7.
    """
    return _job_of_one_field(body, rules) if rules.batch_of_one_field else _job_of_all(body, rules)


def _job_of_one_field(body: dict[str, Any], rules: Rules) -> Job | None:
    """Under the rules of 3.4: `options` of the highlighter, not of the field, decide, but for the model."""
    highlight = body["highlight"]
    options = free_options(highlight)
    (name, _), *_ = fields = _own_fields(highlight)
    every = [options, *(free_options(each) for _, each in fields)]
    model_id = _first_text(every, "model_id")
    question = asked.question(body.get("query"))
    size = number(options, rules.batch_size_option, DEFAULT_BATCH)
    if not flag(options, "batch_inference") or not (name and model_id and question) or size <= 0:
        return None
    named = Tags(_first_text(every, "pre_tag", DEFAULT_TAGS.pre), _first_text(every, "post_tag", DEFAULT_TAGS.post))
    return Job((Target(name, chosen_tags(highlight, default=named)),), model_id, question, size)


def _first_text(options: list[dict[str, Any]], name: str, default: str = "") -> str:
    return next((each[name] for each in options if isinstance(each.get(name), str)), default)


def _job_of_all(body: dict[str, Any], rules: Rules) -> Job | None:
    targets = all_targets(body)
    question = _question(body)
    if question is None:
        raise refuse("highlight_no_question_3_7")
    for target in targets:
        if not isinstance(target.options.get("model_id"), str) or not target.options["model_id"]:
            raise refuse("highlight_model_id_3_7", field=target.field)
    sizes = [number(target.options, rules.batch_size_option, 0) for target in targets]
    size = next((size for size in sizes if size), DEFAULT_BATCH)
    if size < 0:
        raise refuse("highlight_batch_size_3_7", name=rules.batch_size_option, size=size)
    return Job(tuple(targets), targets[0].options["model_id"], question, size)


def _question(body: dict[str, Any]) -> str | None:
    highlight = body.get("highlight")
    own = highlight.get("highlight_query") if isinstance(highlight, dict) else None
    found = asked.question(own, containers=True) if own is not None else None
    return found if found is not None else asked.question(body.get("query"), containers=True)


def all_targets(body: dict[str, Any]) -> list[Target]:
    """Every semantic field of a search, those of inner hits included."""
    targets = [_target(body.get("highlight"), name, own) for name, own in _own_fields(body.get("highlight"))]
    for nested in nested_queries(body.get("query")):
        inner, path = nested.get("inner_hits"), str(nested.get("path"))
        inner = inner if isinstance(inner, dict) else {}
        highlight = inner.get("highlight")
        for name, own in _own_fields(highlight):
            targets.append(_target(highlight, name, own, inner_hits=str(inner.get("name") or path), path=path))
    return targets


def nested_queries(query: Any) -> Iterator[dict[str, Any]]:
    """The `nested` queries in a query, from outside in."""
    if isinstance(query, list):
        for each in query:
            yield from nested_queries(each)
    elif isinstance(query, dict):
        for kind, options in query.items():
            if kind == "nested" and isinstance(options, dict):
                yield options
            yield from nested_queries(options)


def _own_fields(highlight: Any) -> list[tuple[str, dict[str, Any]]]:
    """The fields that are semantic by themselves, not by the highlighter's type."""
    if not isinstance(highlight, dict):
        return []
    return [(name, own) for name, own in listed(highlight) if own.get("type") == TYPE]


def _target(highlight: Any, name: str, own: dict[str, Any], **inner: Any) -> Target:
    options = {**free_options(highlight), **free_options(own)}
    return Target(name, chosen_tags(own, highlight), options, leaves=True, **inner)
