"""A few texts and their vectors, by which a deployed model is recognised."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, NamedTuple

from .encode import encode
from .prompts import DOCUMENT, QUERY
from .records import read_records

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from sentence_transformers import SentenceTransformer

    from .pairs import Pair
    from .query_sets import QuerySet

EACH = 2


class GoldenTexts(NamedTuple):
    """Texts of either side; a query may be among the documents too."""

    documents: list[str]
    queries: list[str]


def golden_texts(pairs: Sequence[Pair], corpus: Path | None, sets: Sequence[QuerySet]) -> GoldenTexts:
    """Two documents and up to two queries of the evaluation, or of the training pairs where there is no evaluation."""
    documents = (
        [record["text"] for record in itertools.islice(read_records(corpus, ("id", "text")), EACH)] if corpus else []
    )
    queries = [text for query_set in sets for text in query_set.queries.values()]
    return GoldenTexts(
        _first([*documents, *(pair.document for pair in pairs)]), _first([*queries, *(pair.query for pair in pairs)])
    )


def _first(texts: Iterable[str]) -> list[str]:
    return list(itertools.islice(dict.fromkeys(texts), EACH))


def write_golden(path: Path, model: SentenceTransformer, texts: GoldenTexts) -> None:
    """Writes the texts and their vectors: {"texts", "embeddings", "queries", "query_embeddings"}.

    The vectors are float32, of unit length, computed in fp32; each text has the prompt of its side.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    golden = {
        "texts": texts.documents,
        "embeddings": encode(model, texts.documents, "fp32", DOCUMENT).tolist(),
        "queries": texts.queries,
        "query_embeddings": encode(model, texts.queries, "fp32", QUERY).tolist(),
    }
    path.write_text(json.dumps(golden), encoding="utf-8")
