"""The `highlight` section of a search: its semantic fields, and what is left of it for the server."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from include.highlighting.errors import InvalidHighlightError
from include.highlighting.tags import PLAIN, Look, Tags

if TYPE_CHECKING:
    from collections.abc import Iterator

SEMANTIC = "semantic"
STYLED = Tags('<em class="hlt1">', "</em>")
ENCODERS = ("default", "html")


@dataclass(frozen=True)
class SemanticField:
    """One field to highlight.

    Attributes:
        name: of the field; may hold `*`.
        model_id: of the model that highlights it.
        look: tags, encoder, fragments.
        question: what to look for in it.
        own_question: whether that is not simply the text of the search's query.
    """

    name: str
    model_id: str
    look: Look = PLAIN
    question: str = ""
    own_question: bool = False


@dataclass(frozen=True)
class AskedField:
    """One semantic field as the body has it: what it does not say itself is the section's."""

    name: str
    options: dict[str, Any] = field(default_factory=dict)
    look: Look = PLAIN
    highlight_query: Any = None


def asked_fields(highlight: object) -> list[AskedField]:
    """The semantic fields of a `highlight` section, in order; something that is none has none.

    Raises:
        InvalidHighlightError: an option of one of them has a wrong value.
    """
    if not isinstance(highlight, dict):
        return []
    return [
        AskedField(
            name,
            {**_options(highlight), **_options(own)},
            _look(own, highlight),
            own.get("highlight_query", highlight.get("highlight_query")),
        )
        for name, own in listed(highlight)
        if own.get("type", highlight.get("type")) == SEMANTIC
    ]


def without_semantic(highlight: dict[str, Any]) -> dict[str, Any] | None:
    """`highlight` without its semantic fields; None if nothing is left for the server."""
    everywhere = highlight.get("type")
    left = [{name: own} for name, own in listed(highlight) if own.get("type", everywhere) != SEMANTIC]
    if not left:
        return None
    kept = {name: value for name, value in highlight.items() if name != "type" or value != SEMANTIC}
    is_list = isinstance(highlight.get("fields"), list)
    return {**kept, "fields": left if is_list else {name: own for each in left for name, own in each.items()}}


def listed(highlight: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and options of each field: `fields` is an object, or a list of objects."""
    fields = highlight.get("fields")
    for group in fields if isinstance(fields, list) else [fields]:
        for name, own in group.items() if isinstance(group, dict) else ():
            yield name, own if isinstance(own, dict) else {}


def _options(section: dict[str, Any]) -> dict[str, Any]:
    options = section.get("options")
    return options if isinstance(options, dict) else {}


def _look(own: dict[str, Any], highlight: dict[str, Any]) -> Look:
    sections = [own, _options(own), highlight, _options(highlight)]
    encoder = str(_first(sections, "encoder", "default")).lower()
    if encoder not in ENCODERS:
        raise InvalidHighlightError(f"encoder is {encoder!r}. Valid values: {', '.join(ENCODERS)}.")
    return Look(
        Tags(_tag(sections, "pre"), _tag(sections, "post")),
        html=encoder == "html",
        fragments=_count(sections, "number_of_fragments"),
        no_match_size=_count(sections, "no_match_size"),
    )


def _tag(sections: list[dict[str, Any]], kind: str) -> str:
    """The first of one or many tags, or the schema's; `pre_tag` is a name of the semantic highlighter's own options."""
    for section in sections:
        tags = section.get(f"{kind}_tags", section.get(f"{kind}_tag"))
        if isinstance(tags, list):
            tags = tags[0] if tags else None
        if tags is not None:
            return str(tags)
        if section.get("tags_schema") == "styled":
            return str(getattr(STYLED, kind))
    return str(getattr(Tags(), kind))


def _count(sections: list[dict[str, Any]], name: str) -> int:
    value = _first(sections, name, 0)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise InvalidHighlightError(f"{name} is {value!r}. Valid: a whole number, 0 or more.")
    return value


def _first(sections: list[dict[str, Any]], name: str, default: object) -> Any:
    return next((section[name] for section in sections if section.get(name) is not None), default)
