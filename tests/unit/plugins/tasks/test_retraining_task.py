"""The task that decides whether a run is started: what it skips, what it tells, and whom."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from airflow.sdk.exceptions import AirflowSkipException

from include.errors import TerminalError
from include.retraining.check import Decision
from opensearch_ml.tasks import retraining as task

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def run_check(
    ti: Any,
    make_context: Callable[..., Any],
    params: dict[str, Any],
    calls: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., Any]:
    """Run the task with a decision that was taken."""
    ti.task_id = task.CHECK

    def run(retrain: bool, force: bool = False, **parameters: Any) -> Any:
        decision = Decision(retrain, "Since run 1 no document changed.", "1")
        monkeypatch.setattr(task, "check", lambda *_: decision)
        monkeypatch.setattr(task, "get_current_context", lambda: make_context(params={"force": force}))
        return task.check_corpus.function({**params, **parameters}, 0.05)  # type: ignore[attr-defined]

    return run


def test_check_corpus_changed_goes_on_and_says_how_to_wait(run_check: Callable[..., Any], ti: Any) -> None:
    found = run_check(True, poll_seconds=7, deferrable=False)

    assert found == {"since": "1", "share": None, "deferrable": False, "poke_interval": 7}


def test_check_corpus_unchanged_is_skipped_with_its_reason(run_check: Callable[..., Any], ti: Any) -> None:
    with pytest.raises(AirflowSkipException, match=r"no document changed\. Nothing is trained"):
        run_check(False)

    assert ti.xcoms[task.CHECK, "reason", -1] == "Since run 1 no document changed."


@pytest.mark.parametrize("force", [False, True])
def test_check_corpus_does_not_wait_for_ever_for_a_paused_dag(
    run_check: Callable[..., Any], ti: Any, force: bool
) -> None:
    ti.get_dag = lambda dag_id: SimpleNamespace(is_paused=dag_id == "finetune_search_model")

    with pytest.raises(TerminalError, match=r"is paused: its run would never begin.*airflow dags unpause finetune_sea"):
        run_check(not force, force=force)


def test_check_corpus_unchanged_is_skipped_though_the_dag_is_paused(run_check: Callable[..., Any], ti: Any) -> None:
    ti.get_dag = lambda _: SimpleNamespace(is_paused=True)

    with pytest.raises(AirflowSkipException):
        run_check(False)


def test_check_corpus_unchanged_goes_on_if_forced(run_check: Callable[..., Any]) -> None:
    assert run_check(False, force=True)["since"] == "1"


def test_check_corpus_wrong_parameters_say_so(run_check: Callable[..., Any]) -> None:
    with pytest.raises(TerminalError, match="epochs is 0"):
        run_check(True, epochs=0)


def test_wait_as_checked_sets_on_the_operator_what_the_check_found(ti: Any) -> None:
    ti.xcoms[task.CHECK, "return_value", -1] = {"deferrable": True, "poke_interval": 30, "since": "1"}
    ti.task = SimpleNamespace()

    task.wait_as_checked({"ti": ti})

    assert vars(ti.task) == {"deferrable": True, "poke_interval": 30}


def test_say_what_is_wrong_fails_with_it() -> None:
    with pytest.raises(TerminalError, match="schedule is 5"):
        task.say_what_is_wrong.function("schedule is 5")  # type: ignore[attr-defined]


def test_tell_failure_tells_the_topic_of_the_entry(ti: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []
    monkeypatch.setattr(task, "notify_as_asked", lambda *arguments: told.append(arguments))
    ti.dag_id, ti.task_id = "retrain_articles", task.CHECK
    ti.task = SimpleNamespace(op_args=({"notify_sns_topic_arn": "arn"}, 0.05))

    task.tell_failure({"ti": ti, "exception": TerminalError("no such bucket")})

    [(given, subject, message)] = told
    assert given["notify_sns_topic_arn"] == "arn"
    assert subject == "retrain_articles failed"
    assert message.startswith("check_corpus failed: no such bucket\n  log:  http")
