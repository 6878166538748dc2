"""Report: written to S3 as page and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include import layout as at
from include.phases.cost import learn_from_bill
from include.report.collect import collect_report
from include.report.render import render_report
from include.storage import write_bytes, write_json

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from include.plan import Plan


def save_report(
    s3: S3Client,
    plan: Plan,
    registration: dict[str, Any] | None,
    seconds: dict[str, float],
    benchmark: dict[str, Any] | None = None,
    approval: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Write the report, and keep what the bill teaches.

    Returns:
        Its URIs, the outcome, whether the model is deployed, and the ids if it is.
    """
    report = collect_report(s3, plan, registration, seconds, benchmark, approval)
    learn_from_bill(s3, plan)
    return {
        "report": write_bytes(
            s3, plan.layout.uri(at.REPORT_HTML), render_report(report).encode(), "text/html; charset=utf-8"
        ),
        "report_json": write_json(s3, plan.layout.uri(at.REPORT_JSON), report),
        "outcome": report["outcome"],
        "deployed": report["deployed"],
        "artifact": report["artifact"],
        **(registration or {}),
    }
