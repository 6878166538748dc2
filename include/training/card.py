"""What the model card says beside sentence-transformers' own text."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .parameters import Parameters
    from .query_sets import QuerySet

_CARD = """

# {model_name}: how it was made

## Data
{pairs:,} (query, document) pairs. The queries were written for the documents of one corpus, so this model is tuned to
that corpus. Documents held out from training are in none of the pairs.

## Evaluation
{evaluation}

## Base model
`{base_model_id}`, weights sha256 `{base_model_sha256}`.

## Parameters
| name | value |
|---|---|
{parameters}

## Intended use
Dense retrieval over the corpus it was tuned on, queries and documents encoded alike and compared by cosine. Texts
longer than {max_sequence_length} tokens are cut. Elsewhere, measure it against the base model first.
"""


def card_sections(parameters: Parameters, facts: Mapping[str, object], documents: int, sets: Sequence[QuerySet]) -> str:
    """Markdown on data, split, evaluation, parameters and use, to be added to a model card.

    Args:
        parameters: of the job.
        facts: what training.json will say: pairs_used, base_model_id and base_model_sha256 are read.
        documents: in the evaluation corpus; 0 without one.
        sets: the query sets of the evaluation.
    """
    return _CARD.format(
        model_name=parameters.model_name,
        pairs=facts["pairs_used"],
        evaluation=_evaluation(documents, sets),
        base_model_id=facts["base_model_id"],
        base_model_sha256=facts["base_model_sha256"],
        parameters="\n".join(f"| {name} | {value} |" for name, value in dataclasses.asdict(parameters).items()),
        max_sequence_length=parameters.max_sequence_length,
    )


def _evaluation(documents: int, sets: Sequence[QuerySet]) -> str:
    if not sets:
        return "None in training: the job had no evaluation channel."
    searched = (
        f"Base and tuned model searched the same {documents:,} documents, held-out ones among them, by exact cosine:"
    )
    return "\n".join([searched, "", *(f"- `{each.name}`: {len(each.queries):,} queries" for each in sets)])
