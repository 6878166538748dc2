"""A job's tries, and whether the last one is waited for or another one started: nobody is to pay twice.

AWS never frees the name of a job, so that the tries of a job called `name` are `name`, `name-2`, `name-3`, ….
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from include.errors import TerminalError
from include.jobs.reasons import may_pass

State = Literal["running", "done", "stopped", "failed"]


@dataclass(frozen=True)
class Attempt:
    """One try of a job.

    Attributes:
        name: of this try.
        state: `stopped` is also what is being stopped.
        reason: why it failed, as AWS says.
        identifier: its ARN.
        made_of: the token that it was started with, if AWS tells it.
        instance_type: on which it was started, of a training job.
    """

    name: str
    state: State
    reason: str = ""
    identifier: str = ""
    made_of: str = ""
    instance_type: str = ""


def attempt_name(name: str, number: int) -> str:
    """What the try of this number is called.

    Example:
        >>> attempt_name("model-run", 1), attempt_name("model-run", 2)
        ('model-run', 'model-run-2')
    """
    return name if number == 1 else f"{name}-{number}"


def attempt_number(name: str, attempt: str) -> int | None:
    """Which try of the job has this name; None if it is another job.

    Example:
        >>> attempt_number("model-run", "model-run-2"), attempt_number("model-run", "model-run-000")
        (2, None)
    """
    if attempt == name:
        return 1
    suffix = attempt.removeprefix(f"{name}-")
    # A batch job's own number has a leading zero, a try's has not.
    proper = suffix != attempt and suffix.isdecimal() and not suffix.startswith("0") and suffix != "1"
    return int(suffix) if proper else None


def next_number(name: str, last: Attempt | None, cleared: bool, made_of: str = "") -> int | None:
    """Number of the try that is to be started; None if the last one is to be waited for, or is done.

    A try that was stopped, or failed for a reason that passes, is followed by the next one. One that failed for a
    reason that comes again is followed only if a person asked for it: an automatic retry would pay for nothing.

    Args:
        name: of the job.
        last: its last try, if there was one.
        cleared: a person started this task anew; False in an automatic retry.
        made_of: token of what the last try would be started with now, if that is compared. A try that was made of
            something else is not this one, for a person who cleared the tasks before.

    Raises:
        TerminalError: it failed, and would again.
    """
    if last is None:
        return 1
    number = (attempt_number(name, last.name) or 1) + 1
    if last.state in ("running", "done"):
        other = cleared and made_of and last.made_of and last.made_of != made_of
        return number if other else None
    if last.state == "stopped" or cleared or may_pass(last.reason):
        return number
    raise TerminalError(
        f"Job {last.name} failed: {last.reason or 'no reason was given'}. An automatic retry would pay for the same "
        f"again. Correct the cause and clear this task, which starts {attempt_name(name, number)}."
    )
