"""The cleanup's task: lists by default, fails if something could not be deleted, and keeps what it tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from include.cleanup.orphan import ENDPOINT, Orphan
from include.errors import TerminalError
from opensearch_ml.form import form_params
from opensearch_ml.tasks import cleanup as task
from opensearch_ml.tasks.cleanup import CleanupSettings

if TYPE_CHECKING:
    from collections.abc import Callable

ORPHAN = Orphan(ENDPOINT, "m-20260101-000000-aaaaaa", "m/20260101-000000-aaaaaa")


@pytest.fixture
def clean_up(
    calls: Any, bucket: str, ti: Any, make_context: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Any]:
    """Run the task where one orphan is found; `failed` says why it cannot be deleted."""

    def run(failed: str = "", **given: Any) -> Any:
        conf = {"bucket": bucket, **given}
        defaults = {name: param.value for name, param in form_params(CleanupSettings).items()}
        ti.task = type("Task", (), {})()
        context = make_context(params={**defaults, **conf})
        context["dag_run"].conf = conf
        monkeypatch.setattr(task, "get_current_context", lambda: context)
        monkeypatch.setattr(task, "find_orphans", lambda clients, runs: [ORPHAN])
        monkeypatch.setattr(task, "delete_orphans", lambda clients, orphans: {ORPHAN: failed} if failed else {})
        return task.clean_up.function()  # type: ignore[attr-defined]

    return run


def test_clean_up_lists_by_default(clean_up: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        told = clean_up()

    assert (told["found"], told["deleted"], told["not_deleted"]) == (1, 0, 0)
    assert told["names"] == {ENDPOINT: [ORPHAN.name]}
    assert "not deleted because delete is false" in caplog.text
    assert ORPHAN.name in caplog.text


def test_clean_up_deletes_if_asked_for(clean_up: Any) -> None:
    assert clean_up(delete=True)["deleted"] == 1


def test_clean_up_what_cannot_be_deleted_fails_with_the_reason_and_is_kept(clean_up: Any, ti: Any) -> None:
    with pytest.raises(TerminalError, match=f"1 of 1 could not be deleted; .*\nendpoint {ORPHAN.name}: in use"):
        clean_up("in use", delete=True)

    assert ti.xcom_pull(ti.task_id, "cleanup")["not_deleted"] == 1


def test_clean_up_without_a_bucket_says_what_to_give(clean_up: Any) -> None:
    with pytest.raises(TerminalError, match="bucket is empty"):
        clean_up(bucket=None)
