"""Does the deployed model answer what the training container computed?"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from include.errors import TerminalError, unquoted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MIN_COSINE = 0.999
# What `neural_sparse` takes.
LARGEST_WEIGHT = 64.0


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
            f"The deployed model does not answer what was trained: cosine {worst:.4f} for text "
            f"{cosines.index(worst) + 1} of {len(texts)}, at least {MIN_COSINE} is expected. Look at the endpoint's "
            "log: another model may be served."
        )
    return worst


def check_weights(
    texts: Sequence[str], expected: Sequence[Mapping[str, float]], answered: Sequence[Mapping[str, float]]
) -> float:
    """The smallest cosine between the weighted words that were expected and those answered, text by text.

    Raises:
        TerminalError: another number of answers, a weight that `neural_sparse` refuses, or a cosine below 0.999.
    """
    if len(answered) != len(texts):
        raise TerminalError(f"The deployed model answered {len(answered)} maps of weights to {len(texts)} texts.")
    refused = [weight for weights in answered for weight in weights.values() if not 0 < weight <= LARGEST_WEIGHT]
    if refused:
        raise TerminalError(f"The deployed model answers weight {refused[0]}; neural_sparse takes (0, 64].")
    pairs = [_components(one, other) for one, other in zip(expected, answered, strict=True)]
    return check_embeddings(texts, [one for one, _ in pairs], [other for _, other in pairs])


def _components(one: Mapping[str, float], other: Mapping[str, float]) -> tuple[list[float], list[float]]:
    """Both as vectors over the words of either; where both have none they are alike."""
    words = sorted({*one, *other})
    if not words:
        return [1.0], [1.0]
    return [one.get(word, 0.0) for word in words], [other.get(word, 0.0) for word in words]


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
                f"The deployed model does not answer what was trained: spans {found} for {unquoted(item['question'])}, "
                f"{expected} were expected. Look at the endpoint's log: another model may be served."
            )
    return len(items)


def _cosine(one: Sequence[float], other: Sequence[float]) -> float:
    if len(one) != len(other):
        raise TerminalError(f"The deployed model answers {len(other)} dimensions; {len(one)} were trained.")
    norms = math.hypot(*one) * math.hypot(*other)
    return sum(a * b for a, b in zip(one, other, strict=True)) / norms if norms else 0.0
