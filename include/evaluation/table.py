"""The comparison as a table in Markdown, for the person who is to decide."""

from __future__ import annotations

from typing import Any

from include.cost.table import approval_lines
from include.evaluation.compare import SYSTEMS
from include.evaluation.gate import KINDS

MORE_SYSTEMS = ("embedding",)


def approval_body(evaluation: dict[str, Any], name: str) -> str:
    """What a person is shown who is asked whether the model is deployed: the gate's reason, a table a query set, cost.

    Args:
        evaluation: as `compare_models` returns it.
        name: that endpoint and model will have.
    """
    tables = [
        f"**{KINDS[kind].capitalize()}** ({found['n_queries']:,})\n\n{metrics_table(found)}"
        for kind, found in evaluation["sets"].items()
    ]
    told = f"Approve: endpoint and model `{name}` are created. Reject, or no answer: nothing is; the artifact stays."
    cost = [approval_lines(evaluation["cost"])] if "cost" in evaluation else []
    return "\n\n".join([evaluation["decision"]["reason"], *tables, *cost, told])


def metrics_table(found: dict[str, Any]) -> str:
    """Each system's measures with their 95 % intervals, a row a system.

    Args:
        found: one query set of the evaluation.
    """
    systems = [system for system in (*SYSTEMS, *MORE_SYSTEMS) if system in found]
    measures = list(found["tuned"])
    rows = [[system, *(_cell(found[system].get(measure)) for measure in measures)] for system in systems]
    rows.append(["tuned, gain", *(_cell(found["gain"].get(measure), "+") for measure in measures)])
    lines = [["system", *measures], ["---"] * (len(measures) + 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(estimate: dict[str, float] | None, sign: str = "") -> str:
    if estimate is None:
        return ""
    value = f"{estimate['value']:{sign}.3f}"
    return f"{value} ({estimate['low']:{sign}.3f} to {estimate['high']:{sign}.3f})" if "low" in estimate else value
