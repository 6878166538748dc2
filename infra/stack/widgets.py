"""Widgets of a CloudWatch dashboard, in its own JSON.

Source: CloudWatch API reference, Dashboard body structure and syntax.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WIDTH, HEIGHT = 8, 6
Line = list[Any]


def search(schema: Sequence[str], name: str, statistic: str, seconds: int) -> Line:
    """All metrics of a name in a namespace with exactly these dimensions, one line each.

    Args:
        schema: namespace, then the names of the dimensions.
        name: of the metric.
        statistic: such as `Sum`, `p99`.
        seconds: of one point.
    """
    expression = f"""SEARCH('{{{",".join(schema)}}} MetricName="{name}"', '{statistic}', {seconds})"""
    return [{"expression": expression, "label": f"{name} {statistic}: ${{LABEL}}"}]


def metric(namespace: str, name: str, dimensions: Mapping[str, str], statistic: str, seconds: int) -> Line:
    """One metric whose dimensions are known."""
    flat = [part for pair in dimensions.items() for part in pair]
    return [namespace, name, *flat, {"stat": statistic, "period": seconds, "label": f"{name} {statistic}"}]


def graph(title: str, lines: Sequence[Line], region: str, unit: str, x: int, y: int) -> dict[str, Any]:
    """Lines over time, with the unit beside the axis."""
    return {
        "type": "metric",
        "x": x,
        "y": y,
        "width": WIDTH,
        "height": HEIGHT,
        "properties": {
            "title": title,
            "region": region,
            "view": "timeSeries",
            "metrics": list(lines),
            "yAxis": {"left": {"label": unit, "showUnits": False, "min": 0}},
        },
    }


def text(markdown: str, width: int, height: int) -> dict[str, Any]:
    """A text at the top left."""
    return {"type": "text", "x": 0, "y": 0, "width": width, "height": height, "properties": {"markdown": markdown}}


def alarm_widget(title: str, alarms: Sequence[str], x: int, width: int, height: int) -> dict[str, Any]:
    """The states of alarms."""
    return {
        "type": "alarm",
        "x": x,
        "y": 0,
        "width": width,
        "height": height,
        "properties": {"title": title, "alarms": list(alarms)},
    }
