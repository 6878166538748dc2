"""Three texts and their vectors, by which a deployed model is recognised."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING

from .encode import encode
from .records import read_records

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sentence_transformers import SentenceTransformer

    from .pairs import Pair
    from .query_sets import QuerySet

TEXTS = 3


def golden_texts(pairs: Sequence[Pair], corpus: Path | None, sets: Sequence[QuerySet]) -> list[str]:
    """Two documents and a query of the evaluation, or of the training pairs where there is no evaluation."""
    documents = (
        [record["text"] for record in itertools.islice(read_records(corpus, ("id", "text")), 2)] if corpus else []
    )
    queries = [text for query_set in sets for text in query_set.queries.values()]
    trained = [text for pair in pairs for text in (pair.document, pair.query)]
    return list(dict.fromkeys([*documents, *queries[:1], *trained[: 2 * TEXTS]]))[:TEXTS]


def write_golden(path: Path, model: SentenceTransformer, texts: Sequence[str]) -> None:
    """Writes {"texts": [...], "embeddings": [[...], ...]}: float32 vectors of unit length, computed in fp32."""
    path.parent.mkdir(parents=True, exist_ok=True)
    embeddings = encode(model, texts, "fp32").tolist()
    path.write_text(json.dumps({"texts": list(texts), "embeddings": embeddings}), encoding="utf-8")
