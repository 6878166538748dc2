"""What is asked of a model, and what came of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from include.highlighting.errors import InvalidHighlightError

if TYPE_CHECKING:
    from include.highlighting.spans import Span


@dataclass(frozen=True)
class HighlightingItem:
    """One text to highlight.

    Attributes:
        document_id: tells this text from the others of its request; any text but "".
        question: what to look for.
        context: the text, as long as it likes.

    Raises:
        InvalidHighlightError: one of them is not a text, or blank.
    """

    document_id: str
    question: str
    context: str

    def __post_init__(self) -> None:
        for name in ("document_id", "question", "context"):
            value = getattr(self, name)
            if not isinstance(value, str) or not value.strip():
                raise InvalidHighlightError(
                    f"{name} of a HighlightingItem is {value!r}. Valid: a text that is not blank. "
                    "Leave out documents that have none."
                )


@dataclass(frozen=True)
class BatchHighlightingRequest:
    """Texts to highlight with one model.

    Attributes:
        items: each with a `document_id` of its own, by which answers find their way back.

    Raises:
        InvalidHighlightError: something else than items is among them, or an id comes twice.
    """

    items: tuple[HighlightingItem, ...]

    def __init__(self, items: list[HighlightingItem] | tuple[HighlightingItem, ...]) -> None:
        object.__setattr__(self, "items", tuple(items))
        wrong = next((item for item in self.items if not isinstance(item, HighlightingItem)), None)
        if wrong is not None:
            raise InvalidHighlightError(f"items holds {wrong!r}. Valid: HighlightingItem(document_id, question, text).")
        twice = [key for key, count in Counter(item.document_id for item in self.items).items() if count > 1]
        if twice:
            raise InvalidHighlightError(
                f"document_id {twice[0]!r} comes more than once. Valid: one item an id; add the field's name to the id."
            )


@dataclass(frozen=True)
class ItemResult:
    """What came of one item.

    Attributes:
        document_id: of the item.
        spans: UTF-16 offsets; sorted, disjoint, inside the context. Empty: the model found nothing worth highlighting.
        failure: why there is no answer; None if there is one.
        warning: what was put right in the model's answer.
    """

    document_id: str
    spans: tuple[Span, ...] = ()
    failure: str | None = None
    warning: str | None = None


@dataclass(frozen=True)
class BatchHighlightingResult:
    """What came of a request: one result an item, in the order of the items."""

    results: tuple[ItemResult, ...]
    _by_id: dict[str, ItemResult] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_id", {result.document_id: result for result in self.results})

    def __getitem__(self, document_id: str) -> ItemResult:
        return self._by_id[document_id]

    @property
    def failed(self) -> tuple[ItemResult, ...]:
        """The items that have no answer."""
        return tuple(result for result in self.results if result.failure is not None)
