"""What is told beside the hits: what was highlighted, what was not, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from include.highlighting.gather import Slot

# Where it stands in the response.
KEY = "semantic_highlighting"


@dataclass(frozen=True)
class HighlightFailure:
    """One field of one hit that could not be highlighted, or not all of it.

    Attributes:
        index: of the document.
        document_id: its `_id`.
        field: in full.
        reason: what was received, and what is valid.
        place: number of the hit in the answer; for inner hits followed by their name and number.
    """

    index: str
    document_id: str
    field: str
    reason: str
    place: str

    def as_dict(self) -> dict[str, str]:
        """With the names of a search response."""
        return {
            "_index": self.index,
            "_id": self.document_id,
            "field": self.field,
            "reason": self.reason,
            "place": self.place,
        }


@dataclass(frozen=True)
class HighlightingReport:
    """What came of the highlighting of one search.

    Attributes:
        path: `client`, or `server` where the server's own highlighter answered (what it left out may still be ours).
        highlighted: fields of hits that have highlights.
        nothing_found: fields in which the model found nothing worth highlighting.
        failed: fields that could not be highlighted, or not all of their texts.
        warnings: what else is worth knowing.
        took_ms: milliseconds of it all, the search included.
    """

    path: str
    highlighted: int
    nothing_found: int
    failed: tuple[HighlightFailure, ...]
    warnings: tuple[str, ...]
    took_ms: int

    @property
    def complete(self) -> bool:
        """Whether every text has an answer."""
        return not self.failed

    def as_dict(self) -> dict[str, Any]:
        """For the response."""
        return {
            "path": self.path,
            "complete": self.complete,
            "highlighted": self.highlighted,
            "nothing_found": self.nothing_found,
            "failed": [failure.as_dict() for failure in self.failed],
            "warnings": list(self.warnings),
            "took_ms": self.took_ms,
        }


class HighlightedResponse(dict[str, Any]):
    """A search response with highlights; `report` tells the same as its key `semantic_highlighting`."""

    def __init__(self, response: dict[str, Any], report: HighlightingReport) -> None:
        super().__init__({**response, KEY: report.as_dict()})
        self.report = report


def failure_at(slot: Slot, reason: str) -> HighlightFailure:
    """The failure of one place."""
    hit = slot.hit
    return HighlightFailure(str(hit.get("_index")), str(hit.get("_id")), slot.name, reason, slot.place)
