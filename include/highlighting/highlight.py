"""Highlighting what was gathered: asks the models, fills the hits, and tells what came of each place."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from include.highlighting.gather import fill, request_of
from include.highlighting.report import HighlightFailure, HighlightingReport, failure_at

if TYPE_CHECKING:
    from collections.abc import Iterable

    from include.highlighting.deadline import Deadline
    from include.highlighting.dispatch import CallOptions
    from include.highlighting.engine import Engine
    from include.highlighting.gather import Slot
    from include.highlighting.items import ItemResult


@dataclass
class Tally:
    """What came of the places so far."""

    path: str = "client"
    highlighted: int = 0
    nothing_found: int = 0
    failed: list[HighlightFailure] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def report(self, took: float) -> HighlightingReport:
        """The final report.

        Args:
            took: seconds.
        """
        warnings = tuple(dict.fromkeys(self.warnings))
        took_ms = round(took * 1000)
        return HighlightingReport(
            self.path, self.highlighted, self.nothing_found, tuple(self.failed), warnings, took_ms
        )

    def add_shown(self, slot: Slot) -> None:
        """Count one place that the server highlighted, or had nothing to highlight in."""
        shown = (slot.hit.get("highlight") or {}).get(slot.name) or []
        is_marked = any(slot.field.look.tags.pre in text for text in shown)
        self.highlighted += is_marked
        self.nothing_found += not is_marked

    def add(self, slot: Slot, found: dict[str, ItemResult]) -> None:
        """Count one place whose hit is filled."""
        results = [result for _, result in slot.results(found) if result is not None]
        reasons = dict.fromkeys(result.failure for result in results if result.failure)
        reason = " ".join(filter(None, [slot.problem, *reasons]))
        self.warnings += [result.warning for result in results if result.warning]
        if reason:
            self.failed.append(failure_at(slot, reason))
        if any(result.spans for result in results):
            self.highlighted += 1
        elif not reason:
            self.nothing_found += 1


def highlight_slots(
    engine: Engine, slots: Iterable[Slot], options: CallOptions, deadline: Deadline, tally: Tally
) -> None:
    """Give the hits of these places their highlights.

    Args:
        engine: asks the models.
        slots: the places; each model's are asked for together.
        options: how models are called.
        deadline: when what is there has to do.
        tally: of what came of it.
    """
    of_model: dict[str, list[Slot]] = defaultdict(list)
    for slot in slots:
        of_model[slot.field.model_id].append(slot)
    for model_id, places in of_model.items():
        result = engine.highlight(request_of(places), model_id, options, deadline)
        found = {each.document_id: each for each in result.results}
        for slot in places:
            fill(slot, found)
            tally.add(slot, found)
