from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from local.demo.airflow_api import Task
from local.demo.phases import PHASES, Phase, phases_of, seconds_of

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def task(name: str, state: str, seconds: float = 0.0) -> Task:
    started = BEGAN if seconds else None
    return Task(name, state, started, started and started + timedelta(seconds=seconds))


def phase(name: str, *tasks: Task) -> Phase:
    return next(found for found in phases_of(tasks) if found.name == name)


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        pytest.param(("", ""), "waiting", id="nothing_began"),
        pytest.param(("success", ""), "running", id="between_two_tasks"),
        pytest.param(("up_for_retry", ""), "running", id="tried_again"),
        pytest.param(("success", "skipped"), "done", id="one_input_of_two"),
        pytest.param(("skipped", "skipped"), "skipped", id="not_for_this_model"),
        pytest.param(("success", "failed"), "failed", id="one_failed"),
        pytest.param(("upstream_failed", "upstream_failed"), "waiting", id="what_it_needs_failed"),
    ],
)
def test_phase_state_is_what_its_tasks_make_it(states: tuple[str, str], expected: str):
    assert phase("corpus", *(task(f"corpus.{n}", state) for n, state in enumerate(states))).state == expected


def test_phase_at_work_names_its_task_and_counts_the_ended():
    found = phase("training", task("training.upload_code", "success", 2), task("training.train", "running", 5))
    assert (found.task, found.ended, found.tasks) == ("train", 1, 2)


def test_phase_of_one_task_outside_a_group_is_named_after_it():
    assert phase("write_report", task("write_report", "running")).task == "write_report"


def test_phases_leave_out_tasks_of_no_phase():
    assert sum(found.tasks for found in phases_of([task("explain_failure", "success")])) == 0


def test_seconds_are_summed_for_each_phase_in_the_order_of_the_run():
    seconds = seconds_of(phases_of([task("queries.a", "success", 1.25), task("queries.b", "success", 2)]))
    assert seconds["queries"] == 3.2
    assert list(seconds) == [label.lower() for label in PHASES.values()]
