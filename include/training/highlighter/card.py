"""The model card of a highlighter."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..parameters import Parameters

_CARD = """---
library_name: transformers
tags: [semantic-highlighting, opensearch, sentence-extraction]
---

# {model_name}: how it was made
A highlighter: it reads a question with a text and says of each sentence how likely it answers the question.

## Data
{quotes:,} questions, each written from one sentence of a document: that sentence is the positive, the document's others
are negatives. {negatives:,} more questions stand beside a document that does not answer them. Documents held out from
training are in none of them.

## Evaluation
{evaluation}

## Base model
`{base_model_id}`, weights sha256 `{base_model_sha256}`.

## Parameters
| name | value |
|---|---|
{parameters}

## Intended use
Highlighting in search results over the corpus it was tuned on, through the code in `code/`: a sentence with a
probability of at least {threshold} is highlighted, or the best if it has {fallback_threshold}. The weights have the
names of `opensearch-semantic-highlighter-v1`. Elsewhere, measure it first.
"""
_TABLE = """| set | system | precision | recall | F1 | 95 % interval | questions |
|---|---|---|---|---|---|---|
"""


def highlighter_card(parameters: Parameters, facts: Mapping[str, Any]) -> str:
    """Markdown on data, evaluation, base model, parameters and use, from the facts of training.json."""
    return _CARD.format(
        model_name=parameters.model_name,
        quotes=facts["pairs_used"],
        negatives=facts["negatives"],
        evaluation=_evaluation(facts["evaluation"]),
        base_model_id=facts["base_model_id"],
        base_model_sha256=facts["base_model_sha256"],
        parameters="\n".join(f"| {name} | {value} |" for name, value in dataclasses.asdict(parameters).items()),
        threshold=parameters.threshold,
        fallback_threshold=parameters.fallback_threshold,
    )


def _evaluation(results: Mapping[str, Any]) -> str:
    if not results:
        return "None in training: the job had no evaluation channel."
    rows = [
        f"| {name} | {system} | {each['precision']:.3f} | {each['recall']:.3f} | {each['f1']:.3f} "
        f"| {each['f1_low']:.3f} to {each['f1_high']:.3f} | {each['n']:,} |"
        for name, result in results.items()
        for system, each in result["systems"].items()
    ]
    return _TABLE + "\n".join(rows)
