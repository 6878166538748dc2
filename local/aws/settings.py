"""What can be changed while the stand-in runs: quotas, times, and answers that fail on purpose.

`GET /_local/settings` shows them, `PUT /_local/settings` with a JSON object changes those it names.
"""

from __future__ import annotations

import dataclasses
import threading
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Failure:
    """The next `times` calls of `operation` are answered with this error, and do nothing."""

    operation: str
    code: str
    message: str = "Set by /_local/settings."
    status: int = 400
    times: int = 1


@dataclass
class Settings:
    """Quotas and times, AWS's own where AWS has them."""

    minimum_records: int = 100
    """Of a Bedrock batch inference job; fewer and it fails."""
    maximum_records: int = 50_000
    """Of a Bedrock batch inference job; more and it fails."""
    batch_jobs_per_model: int = 10
    """Bedrock batch inference jobs of one model that are not finished."""
    seconds_per_hour: float = 3600.0
    """For Bedrock's timeoutDurationInHours, whose least value is 24: a test makes the hour short."""
    training_instances: dict[str, int] = field(default_factory=dict)
    """Instances of a type that training jobs may use at a time; a type that is not named has no limit."""
    endpoint_instances: dict[str, int] = field(default_factory=dict)
    """The same for endpoints."""
    no_capacity: list[str] = field(default_factory=list)
    """Instance types of which there are none: training jobs on them fail with CapacityError."""
    spot_interruptions: int = 0
    """So many times a training job on spot instances has its instance taken away, once it has kept a checkpoint."""
    grace_seconds: float = 10.0
    """Between SIGTERM and SIGKILL of a training job; AWS waits 120."""
    startup_seconds: float = 300.0
    """Until an endpoint's server must answer its first ping."""
    invocation_seconds: float = 60.0
    """Until an endpoint must have answered."""
    failures: list[Failure] = field(default_factory=list)
    """See Failure."""
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def change(self, changes: dict[str, Any]) -> None:
        """Sets the settings named.

        Raises:
            ValueError: a name or a value that is not valid; nothing is changed.
        """
        shown = self.show()
        for name, value in changes.items():
            if name not in shown:
                raise ValueError(f"There is no setting '{name}'. Valid names: {', '.join(shown)}.")
            if not isinstance(value, (int, float) if isinstance(shown[name], (int, float)) else type(shown[name])):
                raise ValueError(f"{name} is {value!r}. It must be of the type of {shown[name]!r}.")
        if "failures" in changes:
            changes = {**changes, "failures": [_failure(item) for item in changes["failures"]]}
        with self._lock:
            for name, value in changes.items():
                setattr(self, name, value)

    def show(self) -> dict[str, Any]:
        """All settings as JSON."""
        values = {item.name: getattr(self, item.name) for item in dataclasses.fields(self) if item.name != "_lock"}
        return {**values, "failures": [dataclasses.asdict(failure) for failure in self.failures]}

    def take_failure(self, operation: str) -> Failure | None:
        """The failure that this call is to be answered with, counted down; None almost always."""
        if not self.failures:
            return None
        with self._lock:
            for failure in self.failures:
                if failure.operation == operation and failure.times > 0:
                    failure.times -= 1
                    return failure
        return None

    def take_interruption(self) -> bool:
        """Whether an instance is to be taken away now, counted down."""
        with self._lock:
            left, self.spot_interruptions = self.spot_interruptions, max(0, self.spot_interruptions - 1)
        return left > 0


def _failure(fields: dict[str, Any]) -> Failure:
    try:
        return Failure(**fields)
    except TypeError as error:
        names = ", ".join(item.name for item in dataclasses.fields(Failure))
        raise ValueError(f"A failure is {fields!r} ({error}). Its members are: {names}.") from None
