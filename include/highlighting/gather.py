"""From the hits of an answer to the texts that are to be highlighted, and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.highlighting import tags, values
from include.highlighting.items import BatchHighlightingRequest, HighlightingItem
from include.highlighting.plan import Section

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from include.highlighting.asked import SemanticField
    from include.highlighting.items import ItemResult
    from include.highlighting.plan import SearchPlan

_NOTHING = Section()


@dataclass(frozen=True)
class Slot:
    """Where highlights go: one field of one hit.

    Attributes:
        place: where the hit is in the answer: its number, names and numbers of inner hits.
        hit: itself.
        name: of the field, in full.
        field: what was asked for it.
        texts: of the field; several if it is an array.
        problem: why it cannot be highlighted, None if it can.
    """

    place: str
    hit: dict[str, Any]
    name: str
    field: SemanticField
    texts: tuple[str, ...]
    problem: str | None = None

    def items(self) -> list[HighlightingItem]:
        """What a model is asked; ids tell where the answers go."""
        return [
            HighlightingItem(self._id(number), self.field.question, text)
            for number, text in enumerate(self.texts)
            if text.strip()
        ]

    def results(self, found: dict[str, ItemResult]) -> list[tuple[str, ItemResult | None]]:
        """Each text with what came of it; None: it is blank, and was not asked about."""
        return [(text, found.get(self._id(number))) for number, text in enumerate(self.texts)]

    def _id(self, number: int) -> str:
        return f"{self.place}:{self.hit.get('_index')}/{self.hit.get('_id')}:{self.name}:{number}"


def slots_of(plan: SearchPlan, hits: list[dict[str, Any]], first: int = 0) -> list[Slot]:
    """Every field to highlight, in the order of the hits.

    Args:
        plan: of the search.
        hits: of its answer.
        first: number of the first one.
    """
    return [
        slot
        for number, hit in enumerate(hits, first)
        for place, each, section in _with_inner(plan, str(number), hit, plan.hits)
        for slot in _slots(place, each, section)
    ]


def request_of(slots: Iterable[Slot]) -> BatchHighlightingRequest:
    """What is asked of the model for these places."""
    return BatchHighlightingRequest([item for slot in slots for item in slot.items()])


def fill(slot: Slot, found: dict[str, ItemResult]) -> None:
    """Put the highlights into the hit; one that has none of this field stays without the field's key.

    Args:
        slot: where they go.
        found: by the ids of the slot's items.
    """
    texts = [(text, result.spans if result else ()) for text, result in slot.results(found)]
    shown = tags.fragments(texts, slot.field.look)
    if shown:
        slot.hit.setdefault("highlight", {})[slot.name] = shown


def take_out(slots: Iterable[Slot]) -> None:
    """Take the highlights of these places out of their hits, for better ones."""
    for slot in slots:
        slot.hit.get("highlight", {}).pop(slot.name, None)
        if not slot.hit.get("highlight", True):
            del slot.hit["highlight"]


def clean(plan: SearchPlan, hits: list[dict[str, Any]]) -> None:
    """Take out of the hits what only this client asked for."""
    for hit in hits:
        for _, each, section in _with_inner(plan, "", hit, plan.hits):
            if section.fields and section.from_fields and isinstance(each.get("fields"), dict):
                _clean(each, section.user_fields)


def _clean(hit: dict[str, Any], wanted: tuple[str, ...]) -> None:
    kept = _kept(hit["fields"], "", wanted)
    if kept:
        hit["fields"] = kept
    else:
        del hit["fields"]


def _kept(fields: dict[str, Any], path: str, wanted: tuple[str, ...]) -> dict[str, Any]:
    """`fields` without what nobody asked for; those of nested documents are lists of objects."""
    kept: dict[str, Any] = {}
    for name, found in fields.items():
        full = f"{path}{name}"
        if any(values.means(pattern, full) for pattern in wanted):
            kept[name] = found
        elif isinstance(found, list) and any(isinstance(each, dict) for each in found):
            inner = [_kept(each, f"{full}.", wanted) for each in found if isinstance(each, dict)]
            if any(inner):
                kept[name] = [each for each in inner if each]
    return kept


def _with_inner(
    plan: SearchPlan, place: str, hit: dict[str, Any], section: Section
) -> Iterator[tuple[str, dict[str, Any], Section]]:
    """A hit and its inner hits, from outside in."""
    yield place, hit, section
    for name, bucket in (hit.get("inner_hits") or {}).items():
        for number, inner in enumerate(bucket["hits"]["hits"]):
            yield from _with_inner(plan, f"{place}.{name}.{number}", inner, plan.inner.get(name, _NOTHING))


def _slots(place: str, hit: dict[str, Any], section: Section) -> Iterator[Slot]:
    if not section.fields:
        return
    content = values.content_of(hit, section.from_fields)
    asked: dict[str, SemanticField] = {}
    for field in section.fields:
        for name, found in values.texts_of(content, field.name).items():
            if asked.setdefault(name, field) is not field:
                continue  # meant by a field before, the first is the one that counts
            wrong = next((value for value in found if not isinstance(value, str)), None)
            texts = tuple(value for value in found if isinstance(value, str))
            problem = None if wrong is None else f"The field holds {type(wrong).__name__}. Valid: texts."
            yield Slot(place, hit, name, field, texts, problem)


def missing(plan: SearchPlan, slots: Iterable[Slot]) -> list[str]:
    """Warnings about fields that were named, not by a pattern, and had a text in no hit at all."""
    found = {slot.name for slot in slots}
    names = dict.fromkeys(field.name for field in plan.fields() if "*" not in field.name)
    return [
        f"No hit has a text in the field {name!r}. Is the name right, and is _source on? Aliases are not followed."
        for name in names
        if name not in found
    ]
