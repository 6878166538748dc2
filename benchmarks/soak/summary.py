"""What the runs say together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.soak.growth import growth, is_flat

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# What every run serves anew lies among the endpoints, and is taken down by hand or by a rollback.
WATCHED = ("airflow-scheduler", "airflow-workers", "airflow-api-server", "airflow-dag-processor", "aws")
WARM_UP = 2


def summarise(found: Mapping[str, Any]) -> dict[str, Any]:
    """Counts, growth by service, what stayed behind, and whether all is good.

    Args:
        found: `before` (a look) and `runs`, each with a look, or None where it ended beside others.
    """
    runs = found["runs"]
    failed = [run for run in runs if run["state"] != "success"]
    looks = [run["usage"] for run in runs if run["usage"] and run["kind"] != "at once"]
    memory = {name: _series(looks, "memory_mib", name) for name in WATCHED}
    handles = {name: _series(looks, "handles", name) for name in WATCHED}
    grown = [f"memory of {name}" for name, values in memory.items() if not is_flat(values[WARM_UP:])]
    grown += [f"handles of {name}" for name, values in handles.items() if not is_flat(values[WARM_UP:])]
    behind = left_behind(found["before"], runs[-1]["usage"]) if runs else []
    lines = [
        f"{len(runs)} runs, {sum(run['kind'] == 'at once' for run in runs)} of them at once: {len(failed)} failed",
        *(f"{run['run_id']}: {run['state']}: {run['explanation']}" for run in failed),
        *(_told(name, memory[name], handles[name]) for name in WATCHED),
        "grown: " + (", ".join(grown) or "nothing"),
        "left behind: " + (", ".join(behind) or "nothing"),
    ]
    return {
        "runs": len(runs),
        "failed": len(failed),
        "tried_again": sum(len(run["tasks_tried_again"]) for run in runs),
        "growth": {name: _growths(memory[name], handles[name]) for name in WATCHED},
        "grown": grown,
        "left_behind": behind,
        "good": not (failed or grown or behind),
        "lines": lines,
    }


def left_behind(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What is there after the runs and was not before, but for deployed models."""
    found = [f"temporary file {name}" for name in after["temporary_files"] if name not in before["temporary_files"]]
    found += [f"index {name}" for name in after["indices"] if name not in before["indices"]]
    for what in ("open_points_in_time", "running_jobs"):
        if after[what] > before[what]:
            found.append(f"{after[what] - before[what]} {what.replace('_', ' ')}")
    for name in ("airflow-scheduler", "airflow-api-server", "airflow-dag-processor", "aws"):
        more = after["processes"].get(name, 0) - before["processes"].get(name, 0)
        if more > 0:
            found.append(f"{more} processes of {name}")
    return found


def _series(looks: Sequence[Mapping[str, Any]], what: str, name: str) -> list[float]:
    return [look[what].get(name, 0) for look in looks]


def _growths(memory: Sequence[float], handles: Sequence[float]) -> dict[str, float | None]:
    return {"memory": growth(memory[WARM_UP:]), "handles": growth(handles[WARM_UP:])}


def _told(name: str, memory: Sequence[float], handles: Sequence[float]) -> str:
    if not memory:
        return f"{name}: no run"
    ratio = growth(memory[WARM_UP:])
    grown = "" if ratio is None else f", last third over first {ratio:.2f}"
    first, last = memory[0], memory[-1]
    return (
        f"{name}: {first:.0f} MiB after the first run, {last:.0f} after the last{grown}; "
        f"handles {handles[0]:.0f}, {handles[-1]:.0f}"
    )
