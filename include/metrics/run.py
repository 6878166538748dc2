"""What a run measured: from its report, or from its failures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.metrics.measure import Measure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from include.failure import Failure

BEFORE_PHASES = "before"
"""The phase of tasks that stand in no group."""


def measures_of_report(report: dict[str, Any]) -> list[Measure]:
    """The measures of a run that came to its end.

    Args:
        report: the content of `report.json`.
    """
    phases = report["phases"]
    pairs = phases["queries"]["counts"]
    return [
        Measure("failed_runs", 0),
        *_known("documents", phases["corpus"]["counts"].get("sampled")),
        *_known("pairs", pairs.get("train")),
        *_dropped(pairs.get("dropped", {})),
        *_loss(report["training"]),
        *_quality(report),
        *(Measure("phase_seconds", seconds, _phase(phase)) for phase, seconds in report["seconds"].items()),
        *_costs(phases),
        *_known("endpoint_latency_ms", (report["registration"] or {}).get("latency_ms")),
    ]


def measures_of_failure(failures: Iterable[Failure], seconds: dict[str, float]) -> list[Measure]:
    """The measures of a run that failed: once in all, and once for each phase in which tasks failed.

    Args:
        failures: of its tasks.
        seconds: by phase, time that its tasks took.
    """
    phases = {failure.task_id.partition(".")[0] if "." in failure.task_id else BEFORE_PHASES for failure in failures}
    return [
        Measure("failed_runs", 1),
        *(Measure("failed_runs", 1, _phase(phase)) for phase in sorted(phases)),
        *(Measure("phase_seconds", taken, _phase(phase)) for phase, taken in seconds.items()),
    ]


def _phase(name: str) -> tuple[tuple[str, str], ...]:
    return (("phase", name),)


def _known(name: str, value: float | None) -> list[Measure]:
    return [] if value is None else [Measure(name, value)]


def _dropped(reasons: dict[str, int]) -> Iterator[Measure]:
    yield Measure("dropped_pairs", sum(reasons.values()))
    for reason, count in reasons.items():
        yield Measure("dropped_pairs", count, (("reason", reason),))


def _loss(training: dict[str, Any]) -> list[Measure]:
    history = training.get("loss_history") or []
    return _known("train_loss", history[-1]["loss"] if history else None)


def _quality(report: dict[str, Any]) -> Iterator[Measure]:
    """nDCG@10 of base and tuned model on the queries that decided; a highlighter has none."""
    if report["measure"] != "nDCG@10":
        return
    compared = report["evaluation"][report["decided_on"]]
    for system in ("base", "tuned"):
        yield Measure(f"ndcg_at_10_{system}", compared[system]["nDCG@10"]["value"])


def _costs(phases: dict[str, Any]) -> Iterator[Measure]:
    """What each phase cost, where its manifest says so, and the sum of those."""
    costs = {phase: found["cost_usd"] for phase, found in phases.items() if found.get("cost_usd") is not None}
    if costs:
        yield Measure("cost_usd", sum(costs.values()))
    for phase, cost in costs.items():
        yield Measure("cost_usd", cost, _phase(phase))
