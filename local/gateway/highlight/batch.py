"""Highlighting the hits of a whole answer with one call of the model for many of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.gateway.dataset import Parameters
from local.gateway.errors import refuse
from local.gateway.highlight import spans, tags
from local.gateway.java.jackson import quoted
from local.gateway.java.values import Utf16, failed_cast, to_string

if TYPE_CHECKING:
    from local.gateway.highlight.rules import Rules
    from local.gateway.highlight.targets import Job, Target
    from local.gateway.predict import Predictions

STRING = "java.lang.String"


@dataclass(frozen=True)
class Row:
    """One text of a batch, and the hit that it is of."""

    target: Target
    hit: dict[str, Any]
    text: str


async def highlight(predictions: Predictions, job: Job, hits: list[dict[str, Any]], rules: Rules) -> None:
    """Give `hits` their highlights, in place.

    Args:
        predictions: runs the model.
        job: what is to be highlighted.
        hits: of the answer, with their `_source`.
        rules: of the version.

    Raises:
        OpenSearchError: as the model's error says; 500, it did not answer for each text, or a text is a list.
    """
    rows = [row for target in job.targets for row in _rows(target, hits)]
    for start in range(0, len(rows), job.batch_size):
        part = rows[start : start + job.batch_size]
        answer = await predictions.run(job.model_id, Parameters({"inputs": _inputs(job.question, part)}))
        found = spans.of_many_texts(answer)
        if len(found) != len(part):
            raise refuse("highlight_batch_mismatch")
        for row, items in zip(part, found, strict=True):
            _mark(row, items, rules)


def _rows(target: Target, hits: list[dict[str, Any]]) -> list[Row]:
    found = [Row(target, hit, _joined(target.value_in(hit))) for top in hits for hit in target.hits_in(top)]
    return [row for row in found if row.text]


def _joined(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(to_string(item) for item in value if item is not None)
    return "" if value is None else to_string(value)


def _inputs(question: str, rows: list[Row]) -> str:
    pairs = (f'{{"question":{quoted(question)},"context":{quoted(row.text)}}}' for row in rows)
    return f"[{','.join(pairs)}]"


def _mark(row: Row, items: list[dict[str, Any]], rules: Rules) -> None:
    value = row.target.value_in(row.hit)
    if not isinstance(value, str):
        if rules.strict_spans:
            return
        failed_cast(value, STRING)
    mark = _marked_strictly if rules.strict_spans else _marked
    marked = mark(value, items, row.target)
    if marked is not None:
        row.hit["highlight"] = {**row.hit.get("highlight", {}), row.target.field: [marked]}


def _marked(text: str, items: list[dict[str, Any]], target: Target) -> str | None:
    return tags.tagged_from_the_end(text, items, target.tags)


def _marked_strictly(text: str, items: list[dict[str, Any]], target: Target) -> str | None:
    """As 3.7 marks: nothing without spans, unless `no_match_size` asks for the beginning of the text."""
    if not items:
        if target.no_match_size <= 0:
            return None
        beginning = str(Utf16(text).slice(0, target.no_match_size))
        return tags.html(beginning) if target.html else beginning
    marked = tags.tagged_strictly(text, items, target.tags)
    return tags.html_between(marked, target.tags) if target.html else marked
