"""The few figures that the issue asks for, from all parts; None for what was not measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.benchmark.cells import PREDICT, SEARCH

if TYPE_CHECKING:
    from collections.abc import Iterable

# The published handler in one batch, one thread, ms a document (ml-feasibility study, section 3): beside ours.
PUBLISHED_HANDLER = {"short": 61.0, "long": 434.0, "mixed": 239.0}
FIRST_BATCH = 10


def summarize_parts(parts: dict[str, Any], quality: dict[str, Any] | None) -> dict[str, Any]:
    """The content of `summary`.

    Args:
        parts: `handler`, `end_to_end`, `dynamic`, `spans`, as far as they were measured.
        quality: what the quality benchmark wrote, with `f1`.
    """
    handler = parts.get("handler", {}).get("cells", [])
    cells = parts.get("end_to_end", {}).get("cells", [])
    dynamic, spans = parts.get("dynamic", {}), parts.get("spans", {})
    alone = {cell["hits"]: cell for cell in cells if cell["path"] == SEARCH and cell["clients"] == 1}
    predicted = {cell["hits"]: cell for cell in cells if cell["path"] == PREDICT}
    return {
        "handler_over_floor_max": _most(_values(handler, "batch_over_floor")),
        "batch_over_single_max": _most(_values(handler, "batch_over_single")),
        "padded_over_batch_mixed": _least(
            _values((c for c in handler if c["kind"] == "mixed" and c["documents"] >= FIRST_BATCH), "padded_over_batch")
        ),
        "published_over_batch": _published_over_batch(handler),
        "end_to_end_ratio": {str(k): cell["single_over_batch"]["value"] for k, cell in alone.items()},
        "ms_per_document": {str(k): cell["modes"]["batch"].get("ms_per_document") for k, cell in alone.items()},
        "batch_call_over_floor": {str(k): _value(cell["batch_over_floor"]) for k, cell in alone.items()},
        "predict_batch_over_floor": {str(k): _value(cell["batch_over_floor"]) for k, cell in predicted.items()},
        "dynamic_batching_rate_ratio": _value(dynamic.get("rate_ratio")),
        "dynamic_batching_p50_ratio": _value(dynamic.get("p50_alone_ratio")),
        "span_documents": spans.get("documents"),
        "span_mismatches": spans.get("mismatches"),
        "lost_highlights": len(parts["end_to_end"]["lost_highlights"]) if cells else None,
        "f1": quality.get("f1") if quality else None,
        "device": parts.get("handler", {}).get("device"),
    }


def _values(cells: Iterable[dict[str, Any]], name: str) -> list[float]:
    return [cell["ratios"][name]["value"] for cell in cells]


def _published_over_batch(cells: list[dict[str, Any]]) -> dict[str, float]:
    """The published handler's ms a document divided by ours, in batches of 50 (the largest of a quick run)."""
    sizes = {cell["documents"] for cell in cells}
    size = 50 if 50 in sizes else max(sizes, default=0)
    ours = {c["kind"]: c["systems"]["batch"]["ms_per_document"] for c in cells if c["documents"] == size}
    return {kind: PUBLISHED_HANDLER[kind] / ms for kind, ms in ours.items()}


def _value(ratio: dict[str, Any] | None) -> float | None:
    return ratio["value"] if ratio else None


def _most(values: list[float]) -> float | None:
    return max(values, default=None)


def _least(values: list[float]) -> float | None:
    return min(values, default=None)
