"""The rows of training: a query, its document, its hard negatives, and what a teacher gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .pairs import Pair

QUERY, DOCUMENT, LABEL = "query", "document", "label"


def negative_column(place: int) -> str:
    """Name of the column of the negatives at a place, from 1."""
    return f"negative_{place}"


def build_columns(
    pairs: Sequence[Pair],
    negatives: Sequence[Sequence[str]],
    scores: Sequence[Sequence[float]] = (),
    one_negative: bool = False,
) -> dict[str, list[Any]]:
    """Columns of equal length, in the order in which the losses take them.

    Args:
        pairs: queries and documents.
        negatives: as many of each pair, or none at all.
        scores: of each pair's document and of its negatives; none without a teacher.
        one_negative: makes a row for each negative, instead of a column.
    """
    if one_negative and negatives:
        rows = [(pair, [text]) for pair, texts in zip(pairs, negatives, strict=True) for text in texts]
    else:
        rows = [(pair, list(texts)) for pair, texts in zip(pairs, negatives or [()] * len(pairs), strict=True)]
    columns: dict[str, list[Any]] = {
        QUERY: [pair.query for pair, _ in rows],
        DOCUMENT: [pair.document for pair, _ in rows],
    }
    for place in range(len(rows[0][1]) if rows else 0):
        columns[negative_column(place + 1)] = [texts[place] for _, texts in rows]
    return columns | ({LABEL: [list(each) for each in scores]} if scores else {})
