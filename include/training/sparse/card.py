"""What the model card of a sparse model says beside sentence-transformers' own text."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..parameters import Parameters
    from ..query_sets import QuerySet

_STARTS = {
    "lexical": "Untrained, a document's own tokens have BM25's weights; training changed how much each counts.",
    "splade": "The masked-language head of the base model weighs every word of its vocabulary (SPLADE).",
}
_SIDES = {
    "doc-only": "Queries are not encoded: a table has the weight of each token.",
    "bi-encoder": "Queries go through the same encoder as documents.",
}
_CARD = """

# {model_name}: how it was made

## Data
{pairs:,} (query, document) pairs. The queries were written for the documents of one corpus, so this model is tuned to
that corpus. Documents held out from training are in none of the pairs.

## How it weighs
{start} {sides}

## Evaluation
{evaluation}

## Base model
`{base_model_id}`, weights sha256 `{base_model_sha256}`.

## Parameters
| name | value |
|---|---|
{parameters}

## Intended use
OpenSearch's `neural_sparse` query over a `rank_features` field of the corpus it was tuned on. Documents longer than
{max_sequence_length} tokens are cut. Elsewhere, measure it against BM25 first.
"""


def card_sections(parameters: Parameters, facts: Mapping[str, object], documents: int, sets: Sequence[QuerySet]) -> str:
    """Markdown on data, weights, evaluation, parameters and use.

    Args:
        parameters: of the job.
        facts: what training.json will say: sparse_start, pairs_used, base_model_id and base_model_sha256 are read.
        documents: in the evaluation corpus; 0 without one.
        sets: the query sets of the evaluation.
    """
    return _CARD.format(
        model_name=parameters.model_name,
        pairs=facts["pairs_used"],
        start=_STARTS[str(facts["sparse_start"])],
        sides=_SIDES[parameters.sparse_mode],
        evaluation=_evaluation(documents, sets),
        base_model_id=facts["base_model_id"],
        base_model_sha256=facts["base_model_sha256"],
        parameters="\n".join(f"| {name} | {value} |" for name, value in dataclasses.asdict(parameters).items()),
        max_sequence_length=parameters.max_sequence_length,
    )


def _evaluation(documents: int, sets: Sequence[QuerySet]) -> str:
    if not sets:
        return "None in training: the job had no evaluation channel."
    searched = f"The model before and after training searched the same {documents:,} documents, by exact dot product:"
    return "\n".join([searched, "", *(f"- `{each.name}`: {len(each.queries):,} queries" for each in sets)])
