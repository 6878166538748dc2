"""Three questions with their highlights, by which a deployed highlighter is recognised."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ...inference.highlighting.classifier import Options
from ...inference.highlighting.margins import clearness
from ...inference.highlighting.scores import choose
from .predict import predict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ..parameters import Parameters
    from .base import HighlighterBase
    from .records import Quote
    from .task import Task

ITEMS, CANDIDATES = 3, 48


def golden_pairs(quotes: Sequence[Quote], tasks: Sequence[Task]) -> list[tuple[str, str]]:
    """Questions and texts to choose from: of the evaluation, or of the training where there is none."""
    asked = [(question.question, question.context) for task in tasks for question in task.questions]
    return list(dict.fromkeys([*asked, *((quote.question, quote.document) for quote in quotes)]))[:CANDIDATES]


def write_golden(
    path: Path, base: HighlighterBase, pairs: Sequence[tuple[str, str]], parameters: Parameters
) -> list[tuple[str, str]]:
    """Writes {"items": [{"question", "context", "highlights": [{"start", "end"}, …]}, …]} and returns its pairs.

    Offsets are UTF-16 code units, computed in fp32. Of the candidates those three are taken whose sentences are
    chosen most clearly, so that an endpoint which computes in 16 or 8 bits gives the same.
    """
    documents = base.windower.cut(pairs)
    probabilities = predict(base.model, documents, base.ids.padding, "fp32")
    options = Options(parameters.threshold, parameters.fallback_threshold)
    clear = sorted(range(len(pairs)), key=lambda index: -clearness(probabilities[index], options))[:ITEMS]
    items: list[dict[str, Any]] = []
    for index in clear:
        question, context = pairs[index]
        chosen = choose(probabilities[index], parameters.threshold, parameters.fallback_threshold)
        spans = [documents[index].sentences[number] for number in chosen]
        highlights = [{"start": _utf16(context[:start]), "end": _utf16(context[:end])} for start, end in spans]
        items.append({"question": question, "context": context, "highlights": highlights})
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"items": items}, ensure_ascii=False), encoding="utf-8")
    return [pairs[index] for index in clear]


def _utf16(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
