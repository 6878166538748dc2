"""Two rankings as one: reciprocal rank fusion, as OpenSearch's score-ranker-processor computes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.evaluation.metrics import ranked

if TYPE_CHECKING:
    from include.evaluation.metrics import Run

RANK_CONSTANT = 60
DEPTH = 100


def fuse(*runs: Run) -> Run:
    """One run of several: a document's score is the sum of 1 / (60 + rank) over the runs that found it; the best 100.

    Source: Cormack, Clarke and Büttcher, "Reciprocal rank fusion outperforms Condorcet and individual rank learning
    methods", SIGIR 2009; OpenSearch's search pipeline with `score-ranker-processor` and its default rank constant.
    """
    queries = dict.fromkeys(query_id for run in runs for query_id in run)
    return {query_id: _fused([run.get(query_id, {}) for run in runs]) for query_id in queries}


def _fused(rankings: list[dict[str, float]]) -> dict[str, float]:
    scores: dict[str, float] = {}
    for found in rankings:
        for rank, document_id in enumerate(ranked(found), start=1):
            scores[document_id] = scores.get(document_id, 0.0) + 1 / (RANK_CONSTANT + rank)
    return {document_id: scores[document_id] for document_id in ranked(scores)[:DEPTH]}
