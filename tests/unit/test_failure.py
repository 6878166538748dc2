from __future__ import annotations

import errno

import pytest

from include.failure import NEXT_STEPS, Failure, next_step, summarise, words_of


def test_summarise_says_what_why_where_and_what_next() -> None:
    failures = [
        Failure("training.train", "AirflowException", "the job failed", "http://airflow/log/1"),
        Failure("queries.wait_for_batch_job", "TerminalError", "expired", "http://airflow/log/2", map_index=3),
    ]

    text = summarise(failures, ["training job m stopped", "endpoint m deleted"])

    assert text.splitlines() == [
        "training.train failed: the job failed",
        "  log:  http://airflow/log/1",
        f"  next: {NEXT_STEPS['training']}",
        "queries.wait_for_batch_job [3] failed: expired",
        "  log:  http://airflow/log/2",
        f"  next: {NEXT_STEPS['queries']}",
        "Ended, so that nothing is billed on: training job m stopped, endpoint m deleted",
    ]


def test_summarise_nothing_ran_says_so() -> None:
    assert summarise([Failure("plan_run", "TerminalError", "wrong", "url")], []).endswith("nothing was running")


@pytest.mark.parametrize(
    ("task_id", "step"),
    [
        pytest.param("plan_run", "nothing was spent", id="plan"),
        pytest.param("corpus.export_index", "nothing was spent", id="corpus"),
        pytest.param("training.train", "/aws/sagemaker/TrainingJobs", id="training"),
        pytest.param("endpoint.create_endpoint", "/aws/sagemaker/Endpoints", id="endpoint"),
        pytest.param("something.new", "Look at the task's log.", id="unknown"),
    ],
)
def test_next_step_of_a_task(task_id: str, step: str) -> None:
    assert step in next_step(task_id)


def test_failure_survives_xcom() -> None:
    failure = Failure("a.b", "ValueError", "wrong", "url", 2)

    assert Failure(**failure.as_dict()) == failure


def test_words_of_a_full_disk_say_what_to_do() -> None:
    told = words_of(OSError(errno.ENOSPC, "No space left on device"))

    assert "The disk of the worker is full" in told
    assert "TMPDIR" in told


def test_words_of_an_error_without_words_are_its_type() -> None:
    assert words_of(ValueError()) == "ValueError"
