"""Metrics of a run, query by query, with the names that ir-measures gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from include.errors import TerminalError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from include.evaluation.beir import Qrels

MEASURES = ("nDCG@10", "R@100", "RR@10")

Run = dict[str, dict[str, float]]
PerQuery = dict[str, list[float]]


def read_run(lines: Iterable[str]) -> Run:
    """A TREC run file: `query Q0 document rank score tag` a line; ids are percent-encoded where they hold blanks.

    Raises:
        TerminalError: a line is none.
    """
    run: Run = {}
    for number, line in enumerate(lines, start=1):
        try:
            query_id, _, document_id, _, score, _ = line.split()
            run.setdefault(unquote(query_id), {})[unquote(document_id)] = float(score)
        except ValueError as error:
            raise TerminalError(
                f"Line {number} of a run file is {line!r:.60}, not `query Q0 document rank score tag`: the file was "
                "cut. Clear the task that wrote it."
            ) from error
    return run


def ranked(scores: dict[str, float]) -> list[str]:
    """The documents, best first; equal scores in descending order of the ids, as trec_eval takes them."""
    return sorted(scores, key=lambda document_id: (scores[document_id], document_id), reverse=True)


def run_lines(run: Run, tag: str) -> Iterable[str]:
    """The lines of a TREC run file, best document first."""
    for query_id, scores in run.items():
        for rank, document_id in enumerate(ranked(scores), start=1):
            yield f"{quote(query_id)} Q0 {quote(document_id)} {rank} {scores[document_id]:.9f} {tag}\n"


def per_query(qrels: Qrels, run: Run) -> PerQuery:
    """Each measure's values, one a query in the order of `qrels`; a query that found nothing has 0.

    Source: ir-measures, which computes with trec_eval's code.
    """
    import ir_measures

    measures = [ir_measures.parse_measure(name) for name in MEASURES]
    order = {query_id: place for place, query_id in enumerate(qrels)}
    values: PerQuery = {name: [0.0] * len(order) for name in MEASURES}
    for metric in ir_measures.iter_calc(measures, qrels, run):
        values[str(metric.measure)][order[metric.query_id]] = float(metric.value)
    return values
