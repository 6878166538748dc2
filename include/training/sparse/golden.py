"""Texts of both sides and their weights, by which a deployed sparse model is recognised."""

from __future__ import annotations

import dataclasses
import itertools
import json
from typing import TYPE_CHECKING

from ...inference.weighting.model import vocabulary_of
from ...inference.weighting.vectors import Weights, to_weights
from ..records import read_records
from .evaluate import encode_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sentence_transformers import SparseEncoder

    from ..query_sets import QuerySet

TEXTS = 2


@dataclasses.dataclass(frozen=True)
class Probes:
    """Two documents and two queries."""

    documents: list[str]
    queries: list[str]


def probes_of(pairs: Sequence[Mapping[str, str]], corpus: Path | None, sets: Sequence[QuerySet]) -> Probes:
    """Texts of the evaluation, or of the training pairs where there is none."""
    texts = (
        [record["text"] for record in itertools.islice(read_records(corpus, ("id", "text")), TEXTS)] if corpus else []
    )
    asked = [text for query_set in sets for text in list(query_set.queries.values())[:TEXTS]]
    trained = list(itertools.islice(pairs, TEXTS))
    return Probes(
        _distinct([*texts, *(pair["document"] for pair in trained)]),
        _distinct([*asked, *(pair["query"] for pair in trained)]),
    )


def weights_of(model: SparseEncoder, texts: Sequence[str], is_query: bool) -> list[Weights]:
    """The weighted words of each text, computed in fp32."""
    return to_weights(encode_rows(model, texts, is_query, "fp32"), vocabulary_of(model))


def write_golden(path: Path, model: SparseEncoder, probes: Probes) -> None:
    """Writes {"texts", "weights", "queries", "query_weights"}; a text's weights are {token: weight}."""
    path.parent.mkdir(parents=True, exist_ok=True)
    golden = {
        "texts": probes.documents,
        "weights": weights_of(model, probes.documents, is_query=False),
        "queries": probes.queries,
        "query_weights": weights_of(model, probes.queries, is_query=True),
    }
    path.write_text(json.dumps(golden, ensure_ascii=False), encoding="utf-8")


def _distinct(texts: list[str]) -> list[str]:
    return list(dict.fromkeys(texts))[:TEXTS]
