"""The report as one HTML page without scripts and without links to other files."""

from __future__ import annotations

from importlib import resources
from typing import Any
from urllib.parse import urlsplit

from include.cost.table import actual, shown
from include.evaluation.gate import p_text
from include.report.charts import LABELS, gains_chart, loss_chart, quality_chart
from include.report.usage import usage

SYSTEMS = ("bm25", "embedding", "base", "base+bm25", "tuned", "tuned+bm25")
ASKED = {"dense": "queries", "sparse": "queries", "highlighter": "questions"}
AGAINST = {"dense": "", "sparse": "", "highlighter": "over the best baseline"}
TITLES = {"judged": "Judged", "heldout": "Held-out synthetic", "guard": "Guard"}
VERDICTS = {
    "dense": {
        "better": "The tuned model is better than the base model.",
        "worse": "The tuned model is worse than the base model.",
        "no difference": "No difference between tuned and base model can be shown.",
    },
    "sparse": {
        "better": "The tuned model is better than the same model before training.",
        "worse": "The tuned model is worse than the same model before training.",
        "no difference": "No difference between the model before and after training can be shown.",
    },
    "highlighter": {
        "better": "The tuned highlighter is better than every baseline.",
        "worse": "The tuned highlighter is worse than the best baseline.",
        "no difference": "No difference between the tuned highlighter and the best baseline can be shown.",
    },
}


def render_report(report: dict[str, Any]) -> str:
    """The page for the content of `report.json`."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["number"] = _number
    environment.filters["p_value"] = p_text
    environment.filters["duration"] = _duration
    environment.filters["usd"] = shown
    environment.filters["paid"] = actual
    kind, measure = report["settings"]["model"]["model_type"], report["measure"]
    template = resources.files("include.report").joinpath("report.html").read_text(encoding="utf-8")
    return environment.from_string(template).render(
        report=report,
        labels=LABELS[kind],
        systems=SYSTEMS,
        titles=TITLES,
        headline=_headline(report),
        is_highlighter=kind == "highlighter",
        measure=measure,
        asked=ASKED[kind],
        against=AGAINST[kind],
        verdict=VERDICTS[kind][report["outcome"]],
        quality={
            name: quality_chart(_of_systems(found, measure), measure, LABELS[kind])
            for name, found in report["evaluation"].items()
        },
        gains={name: gains_chart(found["gains"], measure, ASKED[kind]) for name, found in report["evaluation"].items()},
        loss=loss_chart(report["training"].get("loss_history", [])),
        is_aws=(urlsplit(report["aws_endpoint"]).hostname or "").endswith((".amazonaws.com", ".amazonaws.com.cn")),
        example_search=usage(report) if report["deployed"] else "",
    )


def _of_systems(found: dict[str, Any], measure: str) -> dict[str, dict[str, float]]:
    return {system: found[system][measure] for system in SYSTEMS if system in found}


def _headline(report: dict[str, Any]) -> str:
    """Whether something was deployed, and who said no if a person did."""
    if report["deployed"]:
        return "The tuned model is deployed."
    if not report["approval"]:
        return "Nothing was deployed."
    if report["approval"]["by"]:
        return f"Nothing was deployed: {report['approval']['by']} rejected it."
    hours = report["settings"]["evaluation"]["approval_timeout_hours"]
    return f"Nothing was deployed: nobody approved it within {hours:g} hours."


def _number(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if value.is_integer() else f"{value:,.3f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
