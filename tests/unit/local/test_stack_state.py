from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local import LocalError
from local.processes import Identity
from local.state import Record, State

if TYPE_CHECKING:
    from pathlib import Path

RECORD = Record(
    identity=Identity(pid=7, created=1.5),
    started=2.5,
    log="aws.log",
    url="http://127.0.0.1:1",
    health="",
    digest="d",
    uses=("opensearch",),
)


def test_load_what_was_saved_is_the_same(tmp_path: Path) -> None:
    State(tmp_path, {"aws": 20000}, {"aws": RECORD}).save()
    assert State.load(tmp_path) == State(tmp_path, {"aws": 20000}, {"aws": RECORD})


def test_load_folder_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert State.load(tmp_path / "none") == State(tmp_path / "none")


@pytest.mark.parametrize("content", ["", "{", "{}", '{"ports": {}, "services": {"aws": {}}}'])
def test_load_file_that_others_wrote_says_what_to_do(tmp_path: Path, content: str) -> None:
    (tmp_path / "stack.json").write_text(content)
    with pytest.raises(LocalError, match="end those processes, then delete it"):
        State.load(tmp_path)


def test_locked_twice_names_the_process_that_holds_it(tmp_path: Path) -> None:
    with (
        State(tmp_path).locked(),
        pytest.raises(LocalError, match=r"Process \d+ starts or stops"),
        State(tmp_path).locked(),
    ):
        pass


def test_locked_again_after_release_succeeds(tmp_path: Path) -> None:
    with State(tmp_path).locked():
        pass
    with State(tmp_path).locked():
        pass
