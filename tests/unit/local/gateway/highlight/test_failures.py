"""Failed shards: what is left of the answer, and how a search fails."""

from __future__ import annotations

from typing import Any

import pytest

from local.gateway.errors import OpenSearchError, refuse
from local.gateway.highlight.failures import SearchFailedError, ShardFailure, settle

REMOTE = {"type": "status_exception", "reason": "Error from remote service: no"}
INFERENCE = refuse("highlight_inference", id="m", caused_by=REMOTE)
UNSORTED = refuse("highlight_unsorted")
NO_FIELD = refuse("highlight_field_missing", field="text")
SYNTAX = {
    "type": "json_syntax_exception",
    "reason": "x",
    "caused_by": {"type": "malformed_json_exception", "reason": "x"},
}


def _answer(total: int) -> dict[str, Any]:
    return {"_shards": {"total": total, "successful": total, "skipped": 0, "failed": 0}}


def _failure(shard: int, error: OpenSearchError, index: str = "docs") -> ShardFailure:
    return ShardFailure(index, shard, "node", error)


def _failed(answer: dict[str, Any], *failures: ShardFailure, partial: bool = True) -> tuple[int, dict[str, Any]]:
    with pytest.raises(SearchFailedError) as failed:
        settle(answer, list(failures), partial=partial)
    return failed.value.status, failed.value.body()["error"]


def test_settle_one_of_three_shards_fails_leaves_the_others() -> None:
    answer = _answer(3)
    settle(answer, [_failure(1, INFERENCE)], partial=True)
    reason = {"type": "exception", "reason": "Error during sentence highlighting inference from model [m]"}
    listed = {"shard": 1, "index": "docs", "node": "node", "reason": {**reason, "caused_by": REMOTE}}
    assert answer["_shards"] == {"total": 3, "successful": 2, "skipped": 0, "failed": 1, "failures": [listed]}


def test_settle_partial_results_unwanted_fails_without_cause() -> None:
    status, error = _failed(_answer(3), _failure(2, INFERENCE), _failure(1, INFERENCE), partial=False)
    assert (status, error["reason"], error["phase"]) == (500, "Partial shards failure", "fetch")
    assert [each["shard"] for each in error["failed_shards"]] == [1]
    assert "caused_by" not in error


@pytest.mark.parametrize(("total", "phase"), [(1, "query"), (2, "fetch")])
def test_settle_all_shards_fail_names_the_phase(total: int, phase: str) -> None:
    _, error = _failed(_answer(total), *(_failure(number, INFERENCE) for number in range(total)))
    assert (error["reason"], error["phase"]) == ("all shards failed", phase)


@pytest.mark.parametrize(
    ("failure", "root", "cause"),
    [
        (INFERENCE, REMOTE, REMOTE),
        (UNSORTED, UNSORTED.error, None),
        (NO_FIELD, NO_FIELD.error, {**NO_FIELD.error, "caused_by": NO_FIELD.error}),
        (refuse("highlight_inference", id="m", caused_by=SYNTAX), INFERENCE.error, None),
    ],
    ids=["own-cause", "own", "foreign", "foreign-cause"],
)
def test_settle_failed_search_has_root_and_cause(failure: OpenSearchError, root: Any, cause: Any) -> None:
    status, error = _failed(_answer(1), _failure(0, failure))
    assert status == failure.status
    assert error["root_cause"] == [root]
    assert error.get("caused_by") == cause


def test_settle_different_failures_are_all_listed() -> None:
    failures = [_failure(0, NO_FIELD), _failure(1, UNSORTED), _failure(2, NO_FIELD), _failure(0, NO_FIELD, "other")]
    status, error = _failed(_answer(4), *failures)
    places = [(each["index"], each["shard"]) for each in error["failed_shards"]]
    assert (status, places) == (500, [("docs", 0), ("docs", 1), ("other", 0)])
