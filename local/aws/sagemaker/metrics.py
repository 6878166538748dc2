"""The metric definitions of a training job, read from what its script prints."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from local.aws.clock import now
from local.aws.errors import ValidationException

if TYPE_CHECKING:
    from local.aws.table import Record


class Metrics:
    """The last value of each metric.

    Raises:
        ValidationException: a regular expression cannot be read or has no group.
    """

    def __init__(self, job: Record) -> None:
        definitions = job.get("AlgorithmSpecification", {}).get("MetricDefinitions", [])
        self._patterns = {definition["Name"]: _compile(**definition) for definition in definitions}
        self._values: dict[str, dict[str, Any]] = {}

    def read(self, line: str) -> None:
        """Takes the metrics out of one line of the log."""
        for name, pattern in self._patterns.items():
            found = pattern.search(line)
            if found and (value := _number(found[1])) is not None:
                self._values[name] = {"MetricName": name, "Value": value, "Timestamp": now()}

    def final(self) -> list[dict[str, Any]]:
        """As FinalMetricDataList."""
        return list(self._values.values())


def _compile(Name: str, Regex: str) -> re.Pattern[str]:
    try:
        pattern = re.compile(Regex)
    except re.error as error:
        raise ValidationException(f"The regular expression '{Regex}' of metric '{Name}' is invalid: {error}.") from None
    if not pattern.groups:
        raise ValidationException(f"The regular expression '{Regex}' of metric '{Name}' has no group for the value.")
    return pattern


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
