"""The instances of a job, as SageMaker's toolkit tells each of them."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

from .errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Mapping

# The toolkit's own.
PORT = 7777


@dataclasses.dataclass(frozen=True)
class Hosts:
    """Who trains together.

    Attributes:
        names: of all hosts of the job, in one order on each; the first is the one that evaluates and saves.
        current: this one.
        gpus: of this one; all have as many.
        interface: of the network between them; empty if it was not told.
        port: on the first, where all meet.
        job: its name.
    """

    names: tuple[str, ...] = ("localhost",)
    current: str = "localhost"
    gpus: int = 0
    interface: str = ""
    port: int = PORT
    job: str = "training"

    @property
    def place(self) -> int:
        """Of this host among all; 0 is the first."""
        return self.names.index(self.current)

    @property
    def processes_each(self) -> int:
        """One a GPU; one on a host without."""
        return max(1, self.gpus)

    @property
    def processes(self) -> int:
        """Of all hosts together."""
        return len(self.names) * self.processes_each


def read_hosts(environment: Mapping[str, str]) -> Hosts:
    """The job's hosts, from `SM_HOSTS`, `SM_CURRENT_HOST`, `SM_NUM_GPUS`, `SM_NETWORK_INTERFACE_NAME`.

    `MASTER_PORT` is the port where they meet, if it is given. Outside of SageMaker there is one host, this one.

    Raises:
        TrainingError: the variables contradict each other.
    """
    names = tuple(json.loads(environment.get("SM_HOSTS") or '["localhost"]'))
    current = environment.get("SM_CURRENT_HOST") or names[0]
    if current not in names:
        raise TrainingError(
            f"SM_CURRENT_HOST is {current!r}, which is not among SM_HOSTS {list(names)}. Start the job again."
        )
    return Hosts(
        names=names,
        current=current,
        gpus=int(environment.get("SM_NUM_GPUS") or 0),
        interface=environment.get("SM_NETWORK_INTERFACE_NAME", ""),
        port=int(environment.get("MASTER_PORT") or PORT),
        job=environment.get("TRAINING_JOB_NAME") or "training",
    )
