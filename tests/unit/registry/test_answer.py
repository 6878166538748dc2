"""Answers of OpenSearch that lack what they must hold."""

from __future__ import annotations

from typing import Any

import pytest

from include.errors import TerminalError
from include.registry.answer import member


def test_member_is_what_stands_at_the_path() -> None:
    assert member({"inference_results": [{"output": ["a"]}]}, "inference_results", 0, "output", 0) == "a"


@pytest.mark.parametrize(
    "answer",
    [{}, {"hits": None}, {"hits": []}, {"hits": {"hits": []}}, "<html>502</html>", None],
    ids=["nothing", "null", "list", "empty list", "text", "no answer"],
)
def test_member_that_is_missing_is_named(answer: Any) -> None:
    with pytest.raises(TerminalError, match=r"without hits\.hits\.0\."):
        member(answer, "hits", "hits", 0)


def test_member_of_a_failed_task_tells_its_status_and_no_content() -> None:
    answer = {"task_id": "t1", "status": "FAILED", "text": "a secret document"}

    with pytest.raises(TerminalError, match=r"\{task_id: t1, status: FAILED, text\} without model_id") as caught:
        member(answer, "model_id")

    assert "secret" not in str(caught.value)
