"""The server's own semantic highlighter: the body that it takes, and what it cannot do (research/ml-commons.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.highlighting import cluster
from include.highlighting.asked import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from include.highlighting.cluster import Version
    from include.highlighting.gather import Slot
    from include.highlighting.plan import SearchPlan

EXTENSION = "semantic_highlighting_batch"


@dataclass(frozen=True)
class ServerSide:
    """How a server highlights.

    Attributes:
        version: of the server.
        use_batch: whether it is asked for batches.
        max_items: texts a batch.
    """

    version: Version
    use_batch: bool
    max_items: int

    @property
    def _release(self) -> tuple[int, int]:
        return self.version.major, self.version.minor

    @property
    def in_batches(self) -> bool:
        """Whether it will make batches; there are none before 3.3."""
        return self.use_batch and self._release >= cluster.BATCHES

    def cannot(self, plan: SearchPlan, body: dict[str, Any]) -> str | None:
        """Why the server would answer a search wrongly, without saying so; None if it would not.

        Args:
            plan: of the search.
            body: as the user wrote it.
        """
        return next(self._reasons(plan, body), None)

    def _reasons(self, plan: SearchPlan, body: dict[str, Any]) -> Iterator[str]:
        fields = list(plan.fields())
        is_new = self._release >= cluster.BATCHES_BY_REQUEST
        if len({field.model_id for field in fields}) > 1:
            yield "it takes one model a search"
        if any(field.own_question for field in fields):
            yield "it may not use the question that was given"
        if any(field.look.fragments for field in fields):
            yield "it shows no fragments"
        if any(field.look.html for field in fields) and not (is_new and self.in_batches):
            yield "it escapes no HTML"
        if self.in_batches and not is_new and _has_own_tags(body.get("highlight")):
            yield "it takes no tags of single fields"
        if self.in_batches and any("${" in field.question for field in fields):
            yield "ML Commons would replace ${…} in the question"

    def body(self, body: dict[str, Any], plan: SearchPlan) -> dict[str, Any]:
        """The search as the server takes it.

        Args:
            body: as the user wrote it.
            plan: of the search; what it needs of the documents is asked for too.
        """
        model_id = next(plan.fields()).model_id
        changed = {**body, "query": _with_options(body.get("query"), self._options(model_id))}
        if isinstance(body.get("highlight"), dict):
            changed["highlight"] = _with_model(body["highlight"], self._options(model_id))
        if body.get("query") is None:
            del changed["query"]
        if "fields" in plan.body:
            changed["fields"] = plan.body["fields"]
        if self.in_batches and self._release >= cluster.BATCHES_BY_REQUEST:
            changed["ext"] = {**(body.get("ext") or {}), EXTENSION: True}
        return changed

    def _options(self, model_id: str) -> dict[str, Any]:
        if not self.in_batches:
            return {"model_id": model_id}
        is_new = self._release >= cluster.BATCHES_BY_REQUEST
        size = "max_inference_batch_size" if is_new else "max_batch_size"
        return {"model_id": model_id, "batch_inference": True, size: self.max_items}

    def left_out(self, slots: Iterable[Slot]) -> list[Slot]:
        """The places that the server did not highlight, though there may be something, or not rightly.

        ML Commons replaces `${parameters.x}` in texts, so that offsets after it are wrong. From 3.7 the server says
        nothing of texts without spans: where it highlighted the field in some hit, and the text is one that it reads,
        nothing means that there is nothing.
        """
        places = list(slots)
        done = {slot.name for slot in places if _is_highlighted(slot)}
        says_nothing = self.in_batches and self._release >= cluster.BATCHES_BY_REQUEST
        silent = [
            slot
            for slot in places
            if not _is_highlighted(slot)
            and not (says_nothing and slot.name in done and "." not in slot.name and len(slot.texts) == 1)
        ]
        return [*silent, *(slot for slot in places if _is_highlighted(slot) and _is_replaced(slot))]


def _has_own_tags(highlight: Any) -> bool:
    return isinstance(highlight, dict) and any(
        name in own for _, own in listed(highlight) for name in ("pre_tags", "post_tags", "tags_schema")
    )


def _is_highlighted(slot: Slot) -> bool:
    return slot.name in (slot.hit.get("highlight") or {})


def _is_replaced(slot: Slot) -> bool:
    return any("${" in text for text in slot.texts)


def _with_model(highlight: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    own = highlight.get("options")
    return {**highlight, "options": {**(own if isinstance(own, dict) else {}), **options}}


def _with_options(query: Any, options: dict[str, Any]) -> Any:
    """The query with the options in the `highlight` of every `inner_hits`."""
    if isinstance(query, list):
        return [_with_options(each, options) for each in query]
    if not isinstance(query, dict):
        return query
    changed = {name: _with_options(value, options) for name, value in query.items()}
    inner = query.get("inner_hits")
    if isinstance(inner, dict) and isinstance(inner.get("highlight"), dict):
        changed["inner_hits"] = {**inner, "highlight": _with_model(inner["highlight"], options)}
    return changed
