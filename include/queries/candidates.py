"""What BM25 finds for the queries of the pairs: hard negatives, and whether a pair's query finds its document."""

from __future__ import annotations

import json
import logging
from itertools import islice
from typing import TYPE_CHECKING

from include.evaluation.bm25 import search_bm25

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Set

    from opensearchpy import OpenSearch

log = logging.getLogger(__name__)

MAX_HITS = 50
# Held-out documents are left out of the hits, so more are searched than are kept.
SEARCHED = 100
PAIRS_AT_A_TIME = 1_000


def find_candidates(
    client: OpenSearch, index: str, pairs: Iterable[Mapping[str, str]], depth: int, held_out: Set[str]
) -> Iterator[str]:
    """A line a pair: `{"query", "document_id", "rank", "hits"}`, in the pairs' order.

    `rank` is the place, from 1, at which BM25 finds the pair's document, null beyond `max(depth, 50)`. `hits` are the
    ids of the documents that it finds, best first, at most 50; those that are held out are left out, because a hard
    negative is trained on too.

    Args:
        client: of the cluster.
        index: with all documents that are searched.
        pairs: `{"query", "document_id"}`; a thousand are held at a time.
        depth: up to which a rank is told.
        held_out: ids of documents that must not be trained on.

    Raises:
        RetryableError: the cluster could not answer now.
        TerminalError: it cannot answer a query.
    """
    deepest = max(depth, MAX_HITS)
    rest, done = iter(pairs), 0
    while chunk := list(islice(rest, PAIRS_AT_A_TIME)):
        queries = {str(number): pair["query"] for number, pair in enumerate(chunk)}
        run = search_bm25(client, index, queries, max(deepest, SEARCHED))
        for number, pair in enumerate(chunk):
            yield _line(pair, list(run[str(number)]), deepest, held_out)
        done += len(chunk)
        log.info("BM25 has searched for %d pairs", done)


def _line(pair: Mapping[str, str], found: list[str], deepest: int, held_out: Set[str]) -> str:
    ranks = {name: rank for rank, name in enumerate(found[:deepest], 1)}
    hits = list(islice((name for name in found if name not in held_out), MAX_HITS))
    fields = {"query": pair["query"], "document_id": pair["document_id"], "rank": ranks.get(pair["document_id"])}
    return json.dumps({**fields, "hits": hits}, ensure_ascii=False) + "\n"
