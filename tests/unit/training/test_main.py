from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from include.training.failure import SHOWN_CHARACTERS, FailureFile
from include.training.main import main

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


def test_main_bad_hyperparameter_exits_1_with_one_sentence_on_stderr_and_in_the_failure_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SM_OUTPUT_DIR", str(tmp_path / "output"))
    with pytest.raises(SystemExit) as caught:
        main(["--epochs", "many"])
    written = (tmp_path / "output" / "failure").read_text(encoding="utf-8")
    assert caught.value.code == 1
    assert written.startswith("epochs is 'many'. Valid: a whole number")
    assert capsys.readouterr().err == written + "\n"


def test_failure_file_unexpected_error_keeps_its_traceback_and_points_to_the_log(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), FailureFile(tmp_path / "failure"):
        _ = 1 / 0
    assert (tmp_path / "failure").read_text(encoding="utf-8").startswith("ZeroDivisionError: division by zero. The")


def test_failure_file_is_not_written_by_a_job_that_succeeds(tmp_path: Path) -> None:
    with FailureFile(tmp_path / "failure"):
        pass
    assert not (tmp_path / "failure").exists()


def test_failure_file_holds_no_more_than_sagemaker_shows(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="x"), FailureFile(tmp_path / "failure"):
        raise ValueError("x" * 5_000)
    assert len((tmp_path / "failure").read_text(encoding="utf-8")) == SHOWN_CHARACTERS
