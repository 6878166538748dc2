from __future__ import annotations

from typing import Any

import pytest

from include.errors import RetryableError
from include.promotion import store
from include.promotion.store import append_entry, read_promotions
from include.storage import write_json


@pytest.fixture
def uri(bucket: str) -> str:
    return f"s3://{bucket}/models/m/promotions.json"


def entry(run: str) -> dict[str, Any]:
    return {"kind": "promotion", "run": run, "model_id": run}


def test_append_entry_newest_stands_last(s3: Any, uri: str) -> None:
    assert read_promotions(s3, uri) == []

    assert [append_entry(s3, uri, entry(run)) for run in "ab"] == [1, 2]

    assert [found["run"] for found in read_promotions(s3, uri)] == ["a", "b"]


def test_append_entry_second_try_adds_nothing(s3: Any, uri: str) -> None:
    append_entry(s3, uri, entry("a"))

    assert append_entry(s3, uri, {**entry("a"), "at": "later"}) == 1


@pytest.mark.parametrize("there", [pytest.param(True, id="file-there"), pytest.param(False, id="first-entry")])
def test_append_entry_other_run_writes_in_between_both_are_kept(
    s3: Any, uri: str, there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if there:
        append_entry(s3, uri, entry("a"))
    read, others = store._read, [entry("other")]

    def read_then_be_overtaken(*arguments: Any) -> Any:
        found = read(*arguments)
        if others:
            write_json(s3, uri, [*found[0], others.pop()])
        return found

    monkeypatch.setattr(store, "_read", read_then_be_overtaken)

    append_entry(s3, uri, entry("b"))

    assert [found["run"] for found in read_promotions(s3, uri)] == [*(["a"] if there else []), "other", "b"]


def test_append_entry_overtaken_each_time_may_be_tried_again(
    s3: Any, uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_json(s3, uri, [])
    monkeypatch.setattr(store, "_read", lambda *_: ([], {"IfMatch": '"of an older one"'}))

    with pytest.raises(RetryableError, match="was written by others 5 times"):
        append_entry(s3, uri, entry("b"))
