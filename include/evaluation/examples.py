"""The queries that gained and lost most, with the documents that explain it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.evaluation.compare import BASE, TUNED
from include.evaluation.metrics import ranked

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from include.corpus.document import Document
    from include.evaluation.beir import QuerySet
    from include.evaluation.metrics import Run

LISTED = 10
LISTED_RELEVANT = 5
SHOWN_CHARACTERS = 200

PerQuery = dict[str, dict[str, float]]


def changed_most(per_query: PerQuery, over: str = BASE) -> tuple[list[str], list[str]]:
    """Ids of the queries that gained most and of those that lost most by tuning, at most 10 each.

    Args:
        per_query: each query's value by system.
        over: the system that the tuned one is compared with.
    """
    gains = {query_id: values[TUNED] - values[over] for query_id, values in per_query.items()}
    order = sorted(gains, key=lambda query_id: (gains[query_id], query_id))
    best = [query_id for query_id in reversed(order) if gains[query_id] > 0]
    worst = [query_id for query_id in order if gains[query_id] < 0]
    return best[:LISTED], worst[:LISTED]


def examples(
    query_set: QuerySet, runs: Mapping[str, Run], per_query: PerQuery, documents: Iterable[Document]
) -> dict[str, list[dict[str, Any]]]:
    """`best` and `worst` queries: their text, their value by system, and documents by their first 200 characters.

    Args:
        query_set: queries and judgements.
        runs: what each system found.
        per_query: each query's value by system.
        documents: of the corpus, read once.

    Returns:
        For each query `query_id`, `query`, `scores`, `relevant` (documents that answer it, at most 5) and `first` (by
        system, the document that it put first); a document is `{"id", "text", "relevant"}`, its text None if it is not
        in the corpus.
    """
    best, worst = changed_most(per_query)
    first = {query_id: _first(query_id, runs) for query_id in (*best, *worst)}
    relevant = {query_id: _relevant(query_set.qrels[query_id]) for query_id in first}
    wanted = {name for found in first.values() for name in found.values()}.union(*relevant.values())
    texts = {document.id: document.text[:SHOWN_CHARACTERS] for document in documents if document.id in wanted}

    def described(query_id: str) -> dict[str, Any]:
        judged = query_set.qrels[query_id]

        def shown(name: str) -> dict[str, Any]:
            return {"id": name, "text": texts.get(name), "relevant": judged.get(name, 0) > 0}

        return {
            "query_id": query_id,
            "query": query_set.queries[query_id],
            "scores": per_query[query_id],
            "relevant": [shown(name) for name in relevant[query_id]],
            "first": {system: shown(name) for system, name in first[query_id].items()},
        }

    return {"best": [described(query_id) for query_id in best], "worst": [described(query_id) for query_id in worst]}


def _first(query_id: str, runs: Mapping[str, Run]) -> dict[str, str]:
    found = {system: run.get(query_id) for system, run in runs.items()}
    return {system: ranked(scores)[0] for system, scores in found.items() if scores}


def _relevant(judged: dict[str, int]) -> list[str]:
    answering = [name for name, score in judged.items() if score > 0]
    return sorted(answering, key=lambda name: -judged[name])[:LISTED_RELEVANT]
