"""What became of a run: as if nothing had happened, a clear error, or something that must not be."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from tests.faults.content import content_of, differences, left_behind, lost_lines
from tests.faults.replay import LAST

if TYPE_CHECKING:
    from tests.faults.board import Fault
    from tests.faults.content import Content
    from tests.faults.points import Point
    from tests.faults.runs import Note, Run
    from tests.faults.world import World

RECOVERED, CLEAR, OTHER, NOT_REACHED = "recovered", "clear error", "other", "not reached"
CLEAR_TYPES = frozenset({"TerminalError", "RetryableError"})
"""Of ours."""
CLEAR_ENDINGS = ("ClientError", "Exception", "TransportError", "RequestError", "ConnectionTimeout", "ConnectionError")
UNCLEAR = frozenset({"AirflowException", "Exception", "KeyError", "none"})


@dataclass
class Row:
    """One point in the table.

    Attributes:
        point: its name.
        outcome: one of the four.
        why: of an outcome that must not be.
        told: first line of the explanation of a failed run.
        paid_twice: jobs and endpoints beyond those of an undisturbed run.
        lost: lines of documents, pairs and queries of a run that ended right, that it should have or should not.
        left: what was left behind.
        seconds: of the run.
        together: how many points shared the run.
    """

    point: str
    outcome: str
    why: str = ""
    told: str = ""
    paid_twice: int = 0
    lost: int = 0
    left: list[str] = field(default_factory=list)
    seconds: float = 0.0
    together: int = 1

    @property
    def is_good(self) -> bool:
        """Whether it may stand in the table."""
        return self.outcome in (RECOVERED, CLEAR) and not (self.paid_twice or self.lost or self.left)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def judge(
    world: World, reference: Content, point: Point, faults: list[Fault], run: Run, stage: int, together: int = 1
) -> Row:
    """The row of a point whose faults were carried out in this run."""
    content = content_of(world, run)
    outcome, why = _outcome(reference, content, point, run, stage)
    if not all(fault.reached for fault in faults):
        outcome, why = NOT_REACHED, f"not reached; {outcome}, {why}"
    more = sum(max(0, number - reference.paid[name]) for name, number in content.paid.items())
    more = 0 if point.unbilled else more
    went_on = run.state == "success" and point.ends != "declared"
    return Row(
        point.name,
        outcome,
        why,
        run.explanation.partition("\n")[0],
        more,
        lost_lines(reference, content) if went_on else 0,
        left_behind(world, run),
        round(run.seconds, 1),
        together,
    )


def _outcome(reference: Content, content: Content, point: Point, run: Run, stage: int) -> tuple[str, str]:
    if run.state == "success":
        return _of_success(reference, content, point, run, stage)
    unclear = [f"{note.task_id}: {note.error}: {note.message:.200}" for note in run.notes if not _is_clear(note)]
    if not run.explanation or unclear:
        return OTHER, f"unclear: {'; '.join(unclear) or 'no explanation'}"
    if "next:" not in run.explanation or point.says not in run.explanation:
        return OTHER, f"does not say {point.says!r}: {run.explanation:.300}"
    return (CLEAR, "") if "clear" in point.ends else (OTHER, f"could have recovered: {run.explanation:.300}")


def _of_success(reference: Content, content: Content, point: Point, run: Run, stage: int) -> tuple[str, str]:
    if stage == LAST and run.tasks.get("write_report") != "success":
        return OTHER, f"no report: {run.tasks}"
    if point.ends == "clear":
        return OTHER, "ended as if nothing had happened"
    told = differences(reference, content, stage)
    if point.ends == "declared":
        # Answers that did not come: fewer pairs, each counted with its reason.
        return (RECOVERED, "") if run.pairs.get("dropped") else (OTHER, "pairs are missing and nobody says so")
    if point.ends.startswith("degraded"):
        told = [what for what in told if what != "another evaluation"]
    return (OTHER, ", ".join(told)) if told else (RECOVERED, "")


def _is_clear(note: Note) -> bool:
    error = note.error
    if error in UNCLEAR:
        return False
    if error == "OSError":
        return "disk of the worker is full" in note.message
    return error in CLEAR_TYPES or error.endswith(CLEAR_ENDINGS) or error.startswith("Resource")
