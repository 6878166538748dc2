"""The `highlight` section of a search: which of its fields are semantic, and what the server is to see of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from local.gateway.highlight.tags import Tags

if TYPE_CHECKING:
    from collections.abc import Iterator

TYPE = "semantic"
DEFAULT_TAGS = Tags("<em>", "</em>")
STYLED_TAGS = Tags('<em class="hlt1">', "</em>")
# The server does not know the type. It checks the field's options under a name that no index has.
HIDDEN = "_semantic:"
_KNOWN_TYPE = "plain"
_INTEGER = re.compile(r"[+-]?\d+")


@dataclass(frozen=True)
class SemanticField:
    """One field to highlight, as the shards see it: what it does not say itself is the highlighter's.

    Attributes:
        name: may hold wildcards.
        options: free ones: `model_id`, `batch_inference`, …
        tags: around each span.
        query: its own `highlight_query`, None for the search's.
    """

    name: str
    options: dict[str, Any] = field(default_factory=dict)
    tags: Tags = DEFAULT_TAGS
    query: dict[str, Any] | None = None

    @property
    def batch(self) -> bool:
        """Whether it waits for the batch."""
        return flag(self.options, "batch_inference")


def semantic_fields(highlight: Any) -> list[SemanticField]:
    """The fields that the shards give to the semantic highlighter, in order.

    Args:
        highlight: of a search or of `inner_hits`; anything that is none has no fields.
    """
    if not isinstance(highlight, dict):
        return []
    return [
        SemanticField(
            name,
            free_options(own) or free_options(highlight),
            chosen_tags(own, highlight),
            own.get("highlight_query", highlight.get("highlight_query")),
        )
        for name, own in listed(highlight)
        if own.get("type", highlight.get("type")) == TYPE
    ]


def free_options(section: dict[str, Any]) -> dict[str, Any]:
    """The options that the server has no names for; what is no object goes to the server, which refuses it."""
    options = section.get("options")
    return options if isinstance(options, dict) else {}


def listed(highlight: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and options of each field: `fields` is an object, or a list of objects with one field each."""
    fields = highlight.get("fields")
    for group in fields if isinstance(fields, list) else [fields]:
        for name, own in group.items() if isinstance(group, dict) else ():
            yield name, own if isinstance(own, dict) else {}


def without_semantic(highlight: dict[str, Any]) -> dict[str, Any]:
    """`highlight` for the server: semantic fields are hidden from it, but their options are still checked."""
    everywhere = highlight.get("type")
    fields = [
        {HIDDEN + name: {**own, "type": _KNOWN_TYPE}} if own.get("type", everywhere) == TYPE else {name: own}
        for name, own in listed(highlight)
    ]
    kept = {name: value for name, value in highlight.items() if name != "type" or value != TYPE}
    return {**kept, "fields": fields}


def chosen_tags(*sections: dict[str, Any], default: Tags = DEFAULT_TAGS) -> Tags:
    """The tags of the first section that sets any: `pre_tags` and `post_tags`, or a `tags_schema`; each by itself.

    Args:
        sections: of the request, the most special first.
        default: where none sets any.
    """
    pre = next((found for each in sections if (found := _first(each, "pre_tags", STYLED_TAGS.pre)) is not None), None)
    post = next(
        (found for each in sections if (found := _first(each, "post_tags", STYLED_TAGS.post)) is not None), None
    )
    return Tags(default.pre if pre is None else pre, default.post if post is None else post)


def _first(section: dict[str, Any], name: str, styled: str) -> str | None:
    """The first of one or many tags: only that is ever used."""
    tags = section.get(name)
    if isinstance(tags, list):
        tags = tags[0] if tags else None
    if tags is not None:
        return str(tags)
    return styled if section.get("tags_schema") == "styled" else None


def flag(options: dict[str, Any], name: str) -> bool:
    """Whether a free option is true: a boolean, or `true` in any case of letters."""
    value = options.get(name)
    return value is True or (isinstance(value, str) and value.lower() == "true")


def number(options: dict[str, Any], name: str, default: int) -> int:
    """A free option that is a whole number or a text of one; else `default`."""
    value = options.get(name)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return int(value)
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(value)
    return default
