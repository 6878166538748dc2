"""Does the deployed model answer what the training container computed?"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from include.errors import TerminalError

if TYPE_CHECKING:
    from collections.abc import Sequence

MIN_COSINE = 0.999


def check_embeddings(
    texts: Sequence[str], expected: Sequence[Sequence[float]], answered: Sequence[Sequence[float]]
) -> float:
    """The smallest cosine between what was expected and what was answered, text by text.

    Raises:
        TerminalError: another number of vectors, another dimension, or a cosine below 0.999.
    """
    if len(answered) != len(texts):
        raise TerminalError(f"The deployed model answered {len(answered)} vectors to {len(texts)} texts.")
    cosines = [_cosine(one, other) for one, other in zip(expected, answered, strict=True)]
    worst = min(cosines, key=lambda cosine: -math.inf if math.isnan(cosine) else cosine)
    if not worst >= MIN_COSINE:  # so that nan is refused too
        raise TerminalError(
            f"The deployed model does not answer what was trained: cosine {worst:.4f} for "
            f"{texts[cosines.index(worst)]!r:.80}, at least {MIN_COSINE} is expected. Look at the endpoint's log: "
            "another model may be served."
        )
    return worst


def check_highlights(items: Sequence[dict[str, Any]], answered: Sequence[Sequence[dict[str, Any]]]) -> int:
    """How many questions the deployed highlighter answered with exactly the spans of the training container.

    Args:
        items: `{"question", "context", "highlights": [{"start", "end"}, …]}` as the training container computed them.
        answered: `[{"start", "end"}, …]` for each, as the deployed model answered.

    Raises:
        TerminalError: another number of answers, or other spans.
    """
    if len(answered) != len(items):
        raise TerminalError(f"The deployed model answered {len(answered)} times to {len(items)} questions.")
    for item, spans in zip(items, answered, strict=True):
        expected, found = ([(int(s["start"]), int(s["end"])) for s in each] for each in (item["highlights"], spans))
        if expected != found:
            raise TerminalError(
                f"The deployed model does not answer what was trained: spans {found} for {item['question']!r:.80}, "
                f"{expected} were expected. Look at the endpoint's log: another model may be served."
            )
    return len(items)


def _cosine(one: Sequence[float], other: Sequence[float]) -> float:
    if len(one) != len(other):
        raise TerminalError(f"The deployed model answers {len(other)} dimensions; {len(one)} were trained.")
    norms = math.hypot(*one) * math.hypot(*other)
    return sum(a * b for a, b in zip(one, other, strict=True)) / norms if norms else 0.0
