"""Reports, as those of the report's tests."""

from __future__ import annotations

from tests.unit.report.conftest import make_highlighter_report, make_report

__all__ = ["make_highlighter_report", "make_report"]
