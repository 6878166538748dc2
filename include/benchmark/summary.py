"""The figures of one cell, from its calls."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from include.benchmark.cells import BATCH, NONE, SINGLE
from include.benchmark.spans import Spans, count, differing
from include.benchmark.statistics import latencies, ratio_of_medians

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from include.benchmark.cells import Cell
    from include.benchmark.load import Call, Measured

LISTED = 5


def summarize(cell: Cell, measured: Measured, seed: int) -> dict[str, Any]:
    """Modes with their figures, the ratio of single to batch with its interval, and the parity of spans.

    `highlighting_ms` of a mode is its median above that of the plain search, `ms_per_document` that by document
    (without a plain search, the call's own median).
    """
    modes = {mode: _mode(calls, measured.seconds[mode]) for mode, calls in measured.calls.items()}
    plain = modes.get(NONE, {}).get("p50_ms", 0.0)
    for mode, figures in modes.items():
        if mode != NONE and figures["documents"]:
            figures["highlighting_ms"] = figures["p50_ms"] - plain
            figures["ms_per_document"] = figures["highlighting_ms"] * figures["answered"] / figures["documents"]
    summary: dict[str, Any] = {**cell.as_dict(), "complete": measured.complete, "modes": modes}
    if {SINGLE, BATCH} <= modes.keys():
        pairs = list(_answered_pairs(measured.calls[SINGLE], measured.calls[BATCH]))
        summary["single_over_batch"] = _ratio(pairs, seed)
        summary["parity"] = parity(pairs)
    return summary


def parity(pairs: Sequence[tuple[Call, Call]]) -> dict[str, Any]:
    """How many documents were highlighted in both modes, how many differently, and some of those."""
    documents, wrong = 0, []
    for single, batch in pairs:
        one, other = single.spans or {}, batch.spans or {}
        documents += len(one.keys() | other.keys())
        wrong += [_difference(single.query, name, one, other) for name in differing(one, other)]
    return {"documents": documents, "differing": len(wrong), "examples": wrong[:LISTED]}


def lost_highlights(cells: Sequence[dict[str, Any]]) -> list[str]:
    """A sentence for each cell whose batch mode returned fewer highlights than its single mode, or none at all."""
    return [sentence for cell in cells if SINGLE in cell["modes"] for sentence in _lost(cell)]


def _lost(cell: dict[str, Any]) -> Iterator[str]:
    single, batch = cell["modes"][SINGLE], cell["modes"].get(BATCH)
    where = f"{cell['path']}, {cell['length']} documents, {cell['hits']} hits, {cell['clients']} clients"
    if not single["highlights"]:
        yield (
            f"{where}: single mode returned no highlights ({single['answered']} of {single['n']} queries answered"
            f"{_most_common(single)})."
        )
    elif batch and batch["highlights"] < single["highlights"]:
        yield (
            f"{where}: batch mode returned {batch['highlights']} highlights, single mode {single['highlights']} "
            f"({batch['errors']} of {batch['n']} batch queries failed{_most_common(batch)})."
        )


def _most_common(mode: dict[str, Any]) -> str:
    reasons = mode["reasons"]
    return f", most often with {next(iter(reasons))!r}" if reasons else ""


def _mode(calls: Sequence[Call], seconds: float) -> dict[str, Any]:
    answered = [call for call in calls if call.spans is not None]
    counts = [count(call.spans or {}) for call in answered]
    reasons = Counter(call.error for call in calls if call.error)
    return {
        "n": len(calls),
        "answered": len(answered),
        "errors": len(calls) - len(answered),
        "reasons": dict(reasons.most_common(LISTED)),
        **latencies([call.ms for call in answered]),
        "ops_per_second": len(answered) / seconds if seconds else 0.0,
        "documents": sum(len(call.spans or {}) for call in answered),
        "highlights": sum(highlights for highlights, _ in counts),
        "highlighted_documents": sum(documents for _, documents in counts),
    }


def _answered_pairs(single: Sequence[Call], batch: Sequence[Call]) -> Iterator[tuple[Call, Call]]:
    for one, other in zip(single, batch, strict=True):
        if one.spans is not None and other.spans is not None:
            yield one, other


def _ratio(pairs: Sequence[tuple[Call, Call]], seed: int) -> dict[str, Any] | None:
    return ratio_of_medians([one.ms for one, _ in pairs], [other.ms for _, other in pairs], seed)


def _difference(query: int, name: str, one: Spans, other: Spans) -> dict[str, Any]:
    return {"query": query, "document": name, "single": one.get(name), "batch": other.get(name)}
