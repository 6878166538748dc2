"""The entries of `promotions.json`: what was deployed, and what was gone back to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.errors import TerminalError

if TYPE_CHECKING:
    from datetime import datetime

    from include.plan import Plan

PROMOTION, ROLLBACK = "promotion", "rollback"
IDS = ("connector_id", "model_group_id", "model_id", "query_model_id", "ingest_pipeline", "search_pipeline")

Entry = dict[str, Any]


def promotions_uri(bucket: str, prefix: str, model_name: str) -> str:
    """Where the promotions of a model are kept, beside the folders of its runs."""
    return f"s3://{bucket}/{prefix}/{model_name}/promotions.json"


def promotion_entry(
    plan: Plan,
    artifact: dict[str, Any],
    evaluation: dict[str, Any],
    registration: dict[str, Any],
    serving: str,
    at: datetime,
) -> Entry:
    """The entry of a run whose model is deployed and checked.

    Args:
        plan: of the run.
        artifact: URI and sha256 of the model archive.
        evaluation: with the gate's `decision`.
        registration: ids in the cluster.
        serving: key of how it is served, see `include.reuse.deployment.serving_key`.
        at: now.
    """
    layout, check = plan.layout, evaluation["decision"]["checks"][0]
    return {
        "kind": PROMOTION,
        "run": layout.run,
        "at": at.isoformat(timespec="seconds"),
        "model_type": plan.settings.model.model_type,
        "endpoint_name": layout.name,
        **{name: registration.get(name) for name in IDS},
        "artifact": artifact["uri"],
        "sha256": artifact["sha256"],
        "serving": serving,
        "folder": layout.uri(),
        "measure": evaluation["measure"],
        "gain": check["gain"],
        "p_value": check["p_value"],
    }


def rollback_entry(previous: Entry, newer: Entry, dag_run_id: str, at: datetime) -> Entry:
    """The entry that makes a previous model the current one again."""
    return {
        **previous,
        "kind": ROLLBACK,
        "at": at.isoformat(timespec="seconds"),
        "from_run": newer["run"],
        "dag_run_id": dag_run_id,
    }


def live(entries: list[Entry]) -> list[Entry]:
    """The promotions that a rollback can go through, the current one last: without those that were gone back from."""
    stack: list[Entry] = []
    for entry in entries:
        if entry["kind"] == PROMOTION:
            stack = [*(kept for kept in stack if kept["run"] != entry["run"]), entry]
            continue
        while stack and stack[-1]["run"] != entry["run"]:
            stack.pop()
    return stack


def way_back(entries: list[Entry], dag_run_id: str, where: str) -> tuple[Entry, Entry, bool]:
    """The promotion to go back to, the one to go back from, and whether this DAG run has recorded that already.

    Args:
        entries: of `promotions.json`, newest last.
        dag_run_id: of the rollback; a second try finds its own entry and goes no further back.
        where: the entries are kept, for the error.

    Raises:
        TerminalError: there is no promotion before the current one.
    """
    stack = live(entries)
    last = entries[-1] if entries else {}
    if last.get("kind") == ROLLBACK and last.get("dag_run_id") == dag_run_id:
        newer = next(e for e in reversed(entries) if e["kind"] == PROMOTION and e["run"] == last["from_run"])
        return stack[-1], newer, True
    if len(stack) < 2:
        there = f"only {stack[0]['run']}" if stack else "none"
        raise TerminalError(
            f"{where} has no promotion before the current one ({there}): there is no model to go back to. Check "
            "model_name, bucket and prefix; to take the current model away, delete its endpoint and model."
        )
    return stack[-2], stack[-1], False
