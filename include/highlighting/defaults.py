"""What holds for an index where a search does not say it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.highlighting.values import means

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class IndexDefaults:
    """What holds for an index; None: what holds for all.

    Attributes:
        highlight: section of searches that have none of their own.
        model_id: where the body names no model.
        use_batch: several texts a call.
        time_limit: of a request, in seconds.
    """

    highlight: dict[str, Any] | None = None
    model_id: str | None = None
    use_batch: bool | None = None
    time_limit: float | None = None


NONE = IndexDefaults()


def defaults_of(index: str | list[str] | None, defaults: Mapping[str, IndexDefaults]) -> IndexDefaults:
    """The defaults of an index: those of its name, or of the first pattern with `*` that means it.

    Args:
        index: of the search; of several, the first counts.
        defaults: by name or pattern.
    """
    names = index if isinstance(index, list) else str(index or "").split(",")
    if names and names[0] in defaults:
        return defaults[names[0]]
    return next((found for pattern, found in defaults.items() if names and means(pattern, names[0])), NONE)


def with_highlight(body: dict[str, Any], defaults: IndexDefaults) -> dict[str, Any]:
    """The body, with the index's section if it has none."""
    if defaults.highlight is None or "highlight" in body:
        return body
    return {**body, "highlight": defaults.highlight}
