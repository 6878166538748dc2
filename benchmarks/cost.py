"""`make bench-cost`: is what a run is estimated to cost what the stand-in meters, by the price table?

The demo's corpus and settings, twice in a stack of their own, everything made anew and nothing deployed: the first run
is estimated by the rule and the tables, the second is corrected by the bill of the first. The stand-in counts tokens
with a BERT tokenizer and the seconds that the job took on this machine; prices are the table's, the query writer at
Nova Lite's.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import Any

import httpx

from benchmarks.soak.stack import Stack, running, small_conf
from include.cost.prices import price_table
from local import stack
from local.console import say
from local.demo.airflow_api import DAG_ID, Airflow
from local.demo.inputs import BUCKET, put_demo_corpus
from local.processes import pause
from local.services import PRICES

RUNS = 2


def main() -> int:
    """Run it; the exit status is 0 if the last run's estimate is within 10 % of what was metered."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cost", description=__doc__)
    parser.add_argument("--small", action="store_true", help="160 documents and 64 pairs")
    parser.add_argument("--runs", type=int, default=RUNS, help="default: %(default)s")
    options = parser.parse_args()
    directory = stack.local_directory() / "bench-cost"
    with running(directory) as started:
        conf = small_conf() if options.small else put_demo_corpus(started.session, started.search, "dense").conf
        conf |= {"reuse": "never", "promote": "never", "model_name": "cost"}
        rows = [_run(started, number, conf) for number in range(options.runs)]
    out = stack.local_directory() / "cost.json"
    out.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")
    say(f"\n{out}")
    return 0 if abs(rows[-1]["total"]["ratio"] - 1) <= 0.1 else 1


def _run(started: Stack, number: int, conf: dict[str, Any]) -> dict[str, Any]:
    airflow, run_id = started.dags[DAG_ID], f"cost-{number}"
    airflow.trigger(run_id, conf)
    while (state := _state(airflow, run_id)) not in ("success", "failed"):
        pause(1)
    if state == "failed":
        raise RuntimeError(airflow.xcom(run_id, "explain_failure", "explanation"))
    report = _report(started, airflow.xcom(run_id, "write_report", "return_value"))
    usage = httpx.get(f"{os.environ['AWS_ENDPOINT_URL']}/_local/usage").raise_for_status().json()
    metered = _metered(usage, report["name"])
    row = {"run": number, "notes": report["cost"]["notes"], **_compared(report["cost"], metered)}
    for part in ("queries", "training", "total"):
        compared = row[part]
        figures = f"estimated ${compared['estimated']:.5f}, metered ${compared['metered']:.5f}, {compared['ratio']:.3f}"
        said = ", ".join(compared["amounts"])
        say(f"run {number}  {part:<9} {figures}  {said}")
    say(f"run {number}  {row['notes'][-2]}")
    return row


def _state(airflow: Airflow, run_id: str) -> str:
    """Of the run; a crowded machine's API server may be late."""
    try:
        return airflow.run_state(run_id)
    except httpx.TimeoutException:
        return "not told"


def _report(started: Stack, written: dict[str, Any]) -> dict[str, Any]:
    key = written["report_json"].removeprefix(f"s3://{BUCKET}/")
    found = started.session.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()
    return dict(json.loads(found))


def _metered(usage: dict[str, Any], name: str) -> dict[str, float]:
    """USD of what the stand-in counted for one run; worked out here, not by the package."""
    table = price_table(PRICES)
    usd = {"queries": 0.0, "training": 0.0}
    for job in usage["batch_jobs"]:
        if job["jobName"].startswith(name):
            price = table.bedrock_batch_usd_per_1000_tokens[job["modelId"]]
            usd["queries"] += (job["inputTokens"] * price.input + job["outputTokens"] * price.output) / 1000
    for job in usage["training_jobs"]:
        if job["jobName"].startswith(name):
            hours = job["billableSeconds"] * job["instanceCount"] / 3600
            usd["training"] += hours * table.training_usd_per_hour[job["instanceType"]]
    return {**usd, "total": sum(usd.values())}


def _compared(cost: dict[str, Any], metered: dict[str, float]) -> dict[str, Any]:
    estimated = {row["part"]: row["estimated_usd"] for row in cost["parts"]} | {"total": cost["estimated_usd"]}
    amounts = {row["part"]: (row["estimated"], row["actual"]) for row in cost["parts"]}
    return {
        part: {
            "estimated": estimated[part],
            "metered": round(usd, 6),
            "ratio": round(estimated[part] / usd, 4),
            "amounts": amounts.get(part, ()),
        }
        for part, usd in metered.items()
    }


if __name__ == "__main__":
    sys.exit(main())
