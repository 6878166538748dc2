"""How many texts go into a batch, and what is known of how a model takes them."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from include.highlighting.errors import InvalidHighlightError

if TYPE_CHECKING:
    from include.highlighting.items import HighlightingItem

# Probes that have to agree before a model counts as one that takes no batches, unless it says so itself.
EVIDENCE = 2


@dataclass(frozen=True)
class BatchLimits:
    """What fits into a call.

    Attributes:
        first_items: texts of the first batch.
        max_items: texts of any batch; the model's own limit.
        max_characters: characters of a batch, questions and texts together; a longer text goes alone.
        target_seconds: how long a batch should take. One that took less than half of it lets the next be twice as
            large, one that took longer makes the next as much smaller.

    Raises:
        InvalidHighlightError: one of them is not positive.
    """

    first_items: int = 32
    max_items: int = 100
    max_characters: int = 500_000
    target_seconds: float = 1.0

    def __post_init__(self) -> None:
        for name in ("first_items", "max_items", "max_characters", "target_seconds"):
            if getattr(self, name) <= 0:
                raise InvalidHighlightError(f"{name} is {getattr(self, name)!r}. Valid: more than 0.")


@dataclass
class BatchState:
    """What is known of one model, by all searches.

    Attributes:
        limits: what was said of it.
        takes_batches: None as long as nobody knows.
        size: texts of the next batch.
        ceiling: texts that are known to fit.
    """

    limits: BatchLimits
    takes_batches: bool | None = None
    size: int = field(init=False)
    ceiling: int = field(init=False)
    _against: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __post_init__(self) -> None:
        self.ceiling = self.limits.max_items
        self.size = min(self.limits.first_items, self.ceiling)

    def took(self, items: int, seconds: float) -> None:
        """A batch succeeded: the next may be larger, or has to be smaller."""
        target = self.limits.target_seconds
        with self._lock:
            self.takes_batches, self._against = True, 0
            if seconds > target:
                self.size = max(1, min(self.size, int(items * target / seconds)))
            elif items >= self.size and seconds < target / 2:
                self.size = min(self.ceiling, self.size * 2)

    def was_too_large(self, items: int) -> None:
        """The model refused a batch for its size: none will be larger than half of it again."""
        with self._lock:
            self.ceiling = max(1, min(self.ceiling, items // 2))
            self.size = min(self.size, self.ceiling)

    def did_better_in_halves(self, items: int) -> None:
        """A batch failed, and all of its texts succeeded in smaller ones: the next is no larger than those."""
        with self._lock:
            self.size = max(1, min(self.size, items // 2))

    def spoke_against_batches(self, certain: bool) -> None:
        """A single call succeeded where a batch of the same text did not; `certain`: the model said why."""
        with self._lock:
            self._against += 1
            if certain or (self.takes_batches is None and self._against >= EVIDENCE):
                self.takes_batches = False


class WorkQueue:
    """Texts that wait for a batch; batches are cut as they are taken, by what is known then.

    Args:
        items: in the order in which they are wanted.
    """

    def __init__(self, items: list[HighlightingItem]) -> None:
        self._items = deque(items)
        self._lock = threading.Lock()

    def take(self, size: int, max_characters: int) -> list[HighlightingItem]:
        """The next texts, at most `size` and `max_characters` of them, but one at least; none if none is left."""
        taken: list[HighlightingItem] = []
        characters = 0
        with self._lock:
            while self._items and len(taken) < size:
                characters += len(self._items[0].question) + len(self._items[0].context)
                if taken and characters > max_characters:
                    break
                taken.append(self._items.popleft())
        return taken
