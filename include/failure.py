"""What a failed run tells: which task, why, where its log is, and what to do."""

from __future__ import annotations

import errno
import tempfile
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Failure:
    """One failed task.

    Attributes:
        task_id: with its group.
        error: type of the exception.
        message: what it says; ours say what to do.
        log_url: where its whole log is.
        map_index: of a mapped task, else -1.
    """

    task_id: str
    error: str
    message: str
    log_url: str
    map_index: int = -1

    @property
    def name(self) -> str:
        """The task, and which of its instances if it is mapped."""
        return self.task_id if self.map_index < 0 else f"{self.task_id} [{self.map_index}]"

    def as_dict(self) -> dict[str, Any]:
        """For XCom and JSON."""
        return asdict(self)


NO_EXCEPTION = "The worker ended without an exception: it was killed, or lost its connection to Airflow."
NEXT_STEPS = {
    "plan_run": "Correct the parameters and trigger again; nothing was spent.",
    "corpus": "Correct the input and trigger again; nothing was spent.",
    "queries": "Look at bedrock-input/ and bedrock-output/ of the run. Then clear queries.start_batch_job, which pays "
    "only for jobs that are not done, or trigger again.",
    "training": "Look at the job's log in CloudWatch, group /aws/sagemaker/TrainingJobs. Then clear this task to train "
    "again with the same settings, or trigger again.",
    "evaluation": "The trained model is kept under model-artifacts/. Correct the cause, and clear this task to go on.",
    "endpoint": "The trained model is kept under model-artifacts/. Look at the endpoint's log in CloudWatch, group "
    "/aws/sagemaker/Endpoints; then trigger again.",
    "opensearch": "The trained model is kept under model-artifacts/. Look at the cluster's log; then trigger again.",
    "record_promotion": "The model is deployed. Correct the cause, and clear this task; a rollback needs its entry.",
    "write_report": "The model is deployed. Correct the cause, and clear this task to write the report.",
}


def words_of(error: BaseException) -> str:
    """What an error says; what this machine lacks is told with what to do about it."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return (
            f"The disk of the worker is full: {error}. Texts and archives wait in {tempfile.gettempdir()}. Make space "
            "there, or let TMPDIR name a larger place."
        )
    return str(error) or type(error).__name__


def next_step(task_id: str) -> str:
    """What to do when this task failed."""
    return NEXT_STEPS.get(task_id, NEXT_STEPS.get(task_id.partition(".")[0], "Look at the task's log."))


def summarise(failures: list[Failure], released: list[str]) -> str:
    """The whole story in a few lines."""
    lines = []
    for failure in failures:
        lines += [
            f"{failure.name} failed: {failure.message}",
            f"  log:  {failure.log_url}",
            f"  next: {next_step(failure.task_id)}",
        ]
    return "\n".join([*lines, released_line(released)])


def released_line(released: list[str]) -> str:
    """What was ended."""
    return "Ended, so that nothing is billed on: " + (", ".join(released) or "nothing was running")
