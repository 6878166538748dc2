"""What the demo leaves and shows at its end."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Column, Table
from rich.text import Text

from include.report.charts import LABELS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from local.demo.examples import Example

SYSTEMS = ("bm25", "embedding", "base", "base+bm25", "tuned", "tuned+bm25")
IDS = ("connector_id", "model_group_id", "model_id", "model_state")
BAR = 30
BESIDE_BAR = 38
"""Columns of a line of the table that its bar and label leave."""
BEFORE = {"dense": "base", "sparse": "before training"}
PIPELINES = ("query_model_id", "ingest_pipeline", "search_pipeline")


def result_of(report: dict[str, Any], seconds: dict[str, float], report_path: Path) -> dict[str, Any]:
    """The content of `result.json`."""
    found, registration = report["evaluation"][report["decided_on"]], report["registration"] or {}
    measure = report["measure"]
    return {
        "outcome": report["outcome"],
        "model_type": report["settings"]["model"]["model_type"],
        "measure": measure,
        **{
            system: {name: estimate["value"] for name, estimate in found[system].items()}
            for system in SYSTEMS
            if system in found
        },
        "intervals": {system: found[system][measure] for system in (*SYSTEMS, "gain") if system in found},
        "queries": report["decided_on"],
        "n_queries": found["n_queries"],
        "p_value": report["decision"]["checks"][0]["p_value"],
        "engine": report["engine"],
        "deployed": report["deployed"],
        "decision": report["decision"]["reason"],
        **{name: registration.get(name) for name in IDS},
        **{name: registration[name] for name in PIPELINES if name in registration},
        "endpoint_name": report["endpoint_name"] if report["deployed"] else None,
        "benchmark": report["benchmark"],
        "cost_usd": {"estimated": report["cost"]["estimated_usd"], "billed": report["cost"]["actual_usd"]},
        "seconds": seconds,
        "report": str(report_path),
    }


def write_result(result: dict[str, Any], path: Path) -> None:
    """Leave `result.json`."""
    path.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


def show_result(result: dict[str, Any]) -> None:
    """Bars of the main measure with their intervals, what the gate decided, and the ids in OpenSearch."""
    console = Console()
    console.print()
    table = Table("", result["measure"], "95 % interval", "", box=None, padding=(0, 2))
    labels = LABELS[result["model_type"]]
    bar = min(BAR, console.width - max(len(labels[system]) for system in SYSTEMS if system in labels) - BESIDE_BAR)
    for system in (system for system in SYSTEMS if system in result["intervals"]):
        interval = result["intervals"][system]
        table.add_row(
            labels[system],
            f"{interval['value']:.3f}",
            f"{interval['low']:.3f} to {interval['high']:.3f}",
            "█" * round(bar * interval["value"]),
            style="bold green" if system == "tuned" else "",
        )
    gain = result["intervals"]["gain"]
    finds = result["model_type"] != "highlighter"
    kind = "judged" if result["queries"] == "judged" else "held-out synthetic"
    asked, over = ("queries", BEFORE[result["model_type"]]) if finds else ("questions", "the best baseline")
    console.print(f"[bold]{result['n_queries']:,} {kind} {asked}, none of them seen in training[/bold]")
    console.print(table)
    console.print(
        f"  tuned minus {over}: {gain['value']:+.3f} ({gain['low']:+.3f} to {gain['high']:+.3f}): {result['outcome']}"
    )
    console.print()
    console.print("[bold]The gate[/bold]")
    console.print(Padding(Text(result["decision"]), (0, 0, 0, 2)))
    console.print()
    cost = result["cost_usd"]
    console.print("[bold]Cost[/bold]")
    billed, estimated = (_usd(cost[name]) for name in ("billed", "estimated"))
    console.print(f"  by the price table {billed}, estimated before {estimated}")
    console.print("  AWS is a stand-in here: nothing is billed")
    console.print()
    if not result["deployed"]:
        console.print("[bold]Nothing was deployed.[/bold] The model is kept; the report says where.")
        return
    console.print("[bold]In OpenSearch, served by a SageMaker endpoint[/bold]")
    for name in (*IDS, *PIPELINES, "endpoint_name"):
        if name in result:
            console.print(f"  {name.replace('_', ' '):<15} {result[name]}")


def _usd(amount: float | None) -> str:
    return "unknown" if amount is None else f"${amount:.4f}"


def show_examples(examples: Sequence[Example], queries: str, clause: str) -> None:
    """Each query with the best documents of both systems side by side.

    Args:
        examples: what was searched for, and found.
        queries: kind of the query set, `judged` or `heldout`.
        clause: the query that found them in OpenSearch.
    """
    console = Console()
    console.print()
    mark = "judged relevant" if queries == "judged" else "the document that the query was written from"
    console.print(f"[bold]Three of those queries, searched in OpenSearch with a {clause} query[/bold]")
    console.print(f"  ✓ {mark}")
    for example in examples:
        console.print()
        console.print(Text(f"  “{example.query}”  ({example.why})"), soft_wrap=True)
        columns = [Column(system, overflow="fold") for system in example.hits]
        table = Table(*columns, box=None, padding=(0, 2), header_style="dim")
        for row in zip(*example.hits.values(), strict=False):
            table.add_row(*(Text(f"{name} ✓" if relevant else name) for name, relevant in row))
        console.print(table)


def show_places(places: dict[str, str]) -> None:
    """Where to look next."""
    console = Console()
    console.print()
    for name, place in places.items():
        console.print(f"  {name:<11} {place}", soft_wrap=True)
