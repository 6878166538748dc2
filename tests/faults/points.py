"""The fault points: each call of each task, with what can happen to it and what has to become of the run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.faults.board import Fault
from tests.faults.operations import OPENSEARCH, Operation
from tests.faults.refusals import QUOTA_OPERATIONS, refusals_of
from tests.faults.replay import stage_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager

    from tests.faults.board import Seen

CLIENT_KINDS = ("reset", "lost answer", "truncated", "time-out")
UPLOADS = ("PutObject", "UploadPart")
SLOW = "time-out"
"""Each costs as long as the clients wait: asked of the calls that change something, once an operation."""
MAKES = (
    "CreateTrainingJob",
    "CreateModelInvocationJob",
    "CreateModel",
    "CreateEndpoint",
    "POST /_plugins/_ml/models/_register",
    "POST /_plugins/_ml/connectors/_create",
)
READS = ("Get", "Head", "List", "Describe")


@dataclass(frozen=True)
class Point:
    """One thing that goes wrong in a run.

    Attributes:
        name: of the point in the table.
        faults: made anew for each run: they count.
        ends: `right`: the run must end as if nothing had happened; `clear`: it may end with an error that says what to
            do; `right or clear`.
        says: what that error must hold.
        conf: parameters of the run beside the usual ones.
        task: the task that is disturbed.
        unbilled: what is created never begins, for lack of capacity, so that AWS bills none of it.
        around: what is changed in this process while the run runs, told the faults.
    """

    name: str
    faults: tuple[dict[str, Any], ...]
    ends: str = "right"
    says: str = ""
    conf: dict[str, Any] = field(default_factory=dict)
    task: str = ""
    unbilled: bool = False
    around: Callable[[list[Fault]], AbstractContextManager[Any]] | None = None

    @property
    def stage(self) -> int:
        """The part of the run that is disturbed."""
        tasks = [str(fault.get("task") or self.task) for fault in self.faults]
        return min(stage_of(task) for task in tasks) if tasks[0] != "plan_run" else 0

    def make(self) -> list[Fault]:
        """The faults, not yet counted."""
        return [Fault(**fault) for fault in self.faults]


def passing_points(seen: Iterable[Seen], everything: bool) -> list[Point]:
    """What passes by itself, at every call of every task that was seen in an undisturbed run.

    Args:
        seen: the calls of that run.
        everything: every kind at every call; else only where something is made, and every other call has one kind.
    """
    calls = list(dict.fromkeys((call.task, call.operation) for call in seen))
    turns: dict[str, int] = {}
    points = []
    for task, operation in calls:
        kinds = list(kinds_of(operation))
        turn = turns.get(operation.service, 0)
        turns[operation.service] = turn + 1
        chosen = kinds if everything or operation.name.startswith(MAKES) else [kinds[turn % len(kinds)]]
        points += [_passing(task, operation, kind) for kind in chosen]
    return points


def kinds_of(operation: Operation) -> Iterator[str]:
    """What can happen to a call of this operation, and pass."""
    yield from (kind for kind in refusals_of(operation) if kind != "capacity" and _expires(operation, kind))
    reads = operation.name.startswith((*READS, "GET"))
    yield from (kind for kind in CLIENT_KINDS if not (kind == SLOW and reads) and _has_body(operation, kind))
    if operation.name in UPLOADS:
        yield "interrupted upload"


def groups_of(points: Iterable[Point], each: int = 2) -> list[list[Point]]:
    """Points that can share a run: no task is disturbed more often than it has tries left."""
    groups: list[list[Point]] = []
    for point in points:
        for group in groups:
            if sum(other.task == point.task for other in group) < each:
                group.append(point)
                break
        else:
            groups.append([point])
    return groups


def _passing(task: str, operation: Operation, kind: str) -> Point:
    fault = {"operation": operation, "kind": kind, "task": task}
    return Point(f"{task} · {operation} · {kind}", (fault,), task=task)


def _expires(operation: Operation, kind: str) -> bool:
    if kind == "quota":
        return operation.name in QUOTA_OPERATIONS
    # A cluster that takes no signed requests has no credentials that expire.
    return not (kind == "expired credentials" and operation.service == OPENSEARCH)


def _has_body(operation: Operation, kind: str) -> bool:
    return not (kind == "truncated" and operation.name.startswith(("Head", "Put", "UploadPart", "Abort", "HEAD")))
