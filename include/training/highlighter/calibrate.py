"""Moves a tuned model's logits so that the threshold stands where it separates best.

Loss and threshold want different things: what the model learns is the probability that a sentence is marked, and the
threshold with the best F1 lies where that falls out of it. Tools for the published highlighter have 0.5 built in; so
the classifier's bias is moved, and the threshold stays.
"""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING

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
CANDIDATES = np.linspace(0.1, 0.9, 81)


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
) -> float:
    """Moves the bias of the classifier; returns by how much the logits moved.

    Args:
        base: with the tuned model.
        kept: quotes that it was not tuned on.
        negatives: whole negatives of their questions.
        parameters: thresholds.
        precision: of the forward passes.
    """
    pairs = [(quote.question, quote.document) for quote in kept]
    pairs += [(negative.question, negative.document) for negative in negatives]
    spans = [[quote.span] for quote in kept] + [[] for _ in negatives]
    documents = base.windower.cut(pairs)
    gold = [marked_sentences(each.sentences, marks) for each, marks in zip(documents, spans, strict=True)]
    probabilities = predict(base.model, documents, base.ids.padding, precision)
    moves = [_logit(parameters.threshold) - _logit(float(candidate)) for candidate in CANDIDATES]
    move = _middle_of_best([_f1(probabilities, gold, each, parameters) for each in moves], moves)
    with torch.no_grad():
        base.model.classifier.bias += move
    return move


def _f1(
    probabilities: Sequence[np.ndarray], gold: Sequence[Sequence[int]], move: float, parameters: Parameters
) -> float:
    moved = [_moved(each, move) for each in probabilities]
    chosen = [choose(each, parameters.threshold, parameters.fallback_threshold) for each in moved]
    right, predicted, marked = counts(gold, chosen).sum(axis=0)
    return float(2 * right / max(predicted + marked, 1))


def _moved(probabilities: np.ndarray, move: float) -> np.ndarray:
    odds = probabilities / np.maximum(1 - probabilities, 1e-12) * math.exp(move)
    return np.asarray(odds / (1 + odds))


def _middle_of_best(scores: list[float], moves: list[float]) -> float:
    """The middle of the moves whose F1 is within 0.002 of the best: the best alone is often a chance peak."""
    near = [move for score, move in zip(scores, moves, strict=True) if score >= max(scores) - 0.002]
    return near[len(near) // 2]


def _logit(probability: float) -> float:
    return math.log(probability / (1 - probability))
