"""Scales and shifts a tuned model's logits so that the thresholds stand where they separate best.

Loss and thresholds want different things: what the model learns is the probability that a sentence is marked, and the
thresholds with the best F1 lie where they fall out of it. Tools for the published highlighter have 0.5 and 0.05 built
in; so the classifier's weight is scaled and its bias moved, which places both, and the thresholds stay.
"""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from ...inference.highlighting.scores import choose
from .labels import marked_sentences
from .measures import counts
from .predict import predict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..parameters import Parameters
    from .base import HighlighterBase
    from .negatives import Negative
    from .records import Quote

# A threshold from fewer questions would be chance; more would only take time.
LEAST_QUESTIONS, MOST_QUESTIONS = 40, 400
# Logits at which a sentence could be highlighted, and at which the best could be if none is.
CANDIDATES = np.arange(-3.0, 6.01, 0.25)
FALLBACK_CANDIDATES = np.arange(-7.0, 3.01, 0.5)
# Settings whose F1 is so near the best's are as good; the best alone is often a chance peak.
NEAR = 0.002


class Calibration(NamedTuple):
    """What became of a logit: `scale * logit + shift`."""

    scale: float
    shift: float


def split_for_calibration(quotes: Sequence[Quote], share: float, seed: int) -> tuple[list[Quote], list[Quote]]:
    """Quotes to train on, and those of `share` of the documents, on which the threshold is placed.

    No document is on both sides. The second list is empty where it would be too short to say anything.
    """
    documents = list(dict.fromkeys(quote.document for quote in quotes))
    drawn = random.Random(seed).sample(documents, round(share * len(documents)))  # noqa: S311 - a sample
    kept: list[Quote] = []
    held = set(drawn)
    for quote in quotes:
        if quote.document in held and len(kept) < MOST_QUESTIONS:
            kept.append(quote)
    if len(kept) < LEAST_QUESTIONS:
        return list(quotes), []
    return [quote for quote in quotes if quote.document not in held], kept


def calibrate(
    base: HighlighterBase, kept: Sequence[Quote], negatives: Sequence[Negative], parameters: Parameters, precision: str
) -> Calibration:
    """Scales and shifts the classifier; returns by what.

    Args:
        base: with the tuned model.
        kept: quotes that it was not tuned on.
        negatives: whole negatives of their questions.
        parameters: thresholds; with a fall-back above the threshold, which never happens, the logits are only shifted.
        precision: of the forward passes.
    """
    pairs = [(quote.question, quote.document) for quote in kept]
    pairs += [(negative.question, negative.document) for negative in negatives]
    spans = [[quote.span] for quote in kept] + [[] for _ in negatives]
    documents = base.windower.cut(pairs)
    gold = [marked_sentences(each.sentences, marks) for each, marks in zip(documents, spans, strict=True)]
    logits = [_logits(each) for each in predict(base.model, documents, base.ids.padding, precision)]
    found = _calibration(_best_places(logits, gold, parameters), parameters)
    with torch.no_grad():
        base.model.classifier.weight *= found.scale
        base.model.classifier.bias.mul_(found.scale).add_(found.shift)
    return found


def _best_places(
    logits: Sequence[np.ndarray], gold: Sequence[Sequence[int]], parameters: Parameters
) -> tuple[float, float]:
    """Where threshold and fall-back would best stand: of the settings near the best, the one in their middle."""
    falls_back = parameters.fallback_threshold < parameters.threshold
    fallbacks = FALLBACK_CANDIDATES if falls_back else np.array([np.inf])
    places = [(float(one), float(other)) for one in CANDIDATES for other in fallbacks if other < one or not falls_back]
    scores = np.array([_f1(logits, gold, one, other) for one, other in places])
    near = [place for place, score in zip(places, scores, strict=True) if score >= scores.max() - NEAR]
    middle = np.median([place if falls_back else (place[0], 0.0) for place in near], axis=0)
    return min(near, key=lambda place: abs(place[0] - middle[0]) + (abs(place[1] - middle[1]) if falls_back else 0.0))


def _calibration(places: tuple[float, float], parameters: Parameters) -> Calibration:
    place, fallback = places
    target = _logit(parameters.threshold)
    if not math.isfinite(fallback):
        return Calibration(1.0, target - place)
    scale = (target - _logit(parameters.fallback_threshold)) / (place - fallback)
    return Calibration(scale, target - scale * place)


def _f1(logits: Sequence[np.ndarray], gold: Sequence[Sequence[int]], place: float, fallback: float) -> float:
    right, predicted, marked = counts(gold, [choose(each, place, fallback) for each in logits]).sum(axis=0)
    return float(2 * right / max(predicted + marked, 1))


def _logits(probabilities: np.ndarray) -> np.ndarray:
    inside = np.clip(probabilities, 1e-12, 1 - 1e-12)
    return np.asarray(np.log(inside / (1 - inside)))


def _logit(probability: float) -> float:
    inside = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(inside / (1 - inside))
