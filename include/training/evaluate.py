"""What a model finds: the runs of every query set over the evaluation corpus."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from .encode import encode
from .prompts import QUERY
from .records import read_records
from .search import Hit, top_documents

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from sentence_transformers import SentenceTransformer

    from .query_sets import QuerySet

DEPTH = 100
# Documents read, sorted by length and encoded at a time: bounds the memory, and logs progress.
BLOCK = {"cpu": 640, "cuda": 16_384}
Progress = Callable[[int], None]


def search_corpus(
    model: SentenceTransformer, precision: str, corpus: Path, sets: Sequence[QuerySet], progress: Progress
) -> dict[str, dict[str, list[Hit]]]:
    """The best documents of every query, by exact cosine: {set: {query id: hits, best first}}.

    Args:
        model: encodes queries and documents, each with the prompt of its side.
        precision: of the forward passes.
        corpus: folder of `*.jsonl` of {"id", "text"}; streamed, never held whole.
        sets: the queries.
        progress: called with how many documents are done.
    """
    texts = [text for query_set in sets for text in query_set.queries.values()]
    found = iter(
        top_documents(encode(model, texts, precision, QUERY), _blocks(model, precision, corpus, progress), DEPTH)
    )
    return {query_set.name: {query_id: next(found) for query_id in query_set.queries} for query_set in sets}


def count_documents(corpus: Path) -> int:
    """Documents in the evaluation corpus, each line checked."""
    return sum(1 for _ in read_records(corpus, ("id", "text")))


def _blocks(
    model: SentenceTransformer, precision: str, corpus: Path, progress: Progress
) -> Iterator[tuple[list[str], np.ndarray]]:
    records = read_records(corpus, ("id", "text"))
    size = BLOCK.get(model.device.type, BLOCK["cpu"])
    done = 0
    while block := list(itertools.islice(records, size)):
        yield [record["id"] for record in block], encode(model, [record["text"] for record in block], precision)
        done += len(block)
        progress(done)
