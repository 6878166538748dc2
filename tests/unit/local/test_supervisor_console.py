from __future__ import annotations

from typing import TYPE_CHECKING

from local.console import board, progress_line, table
from local.supervisor import Progress

if TYPE_CHECKING:
    import pytest


def test_progress_line_names_phase_seconds_and_detail() -> None:
    line = progress_line(Progress("opensearch", "preparing", "downloading: 12 of 67 MB", 3.21), width=12)
    assert line == "opensearch    preparing   3.2 s  downloading: 12 of 67 MB"


def test_table_columns_are_as_wide_as_their_widest_cell() -> None:
    assert table(("name", "pid"), [("aws", "1"), ("opensearch", "12345")]) == (
        "name        pid\naws         1\nopensearch  12345"
    )


def test_board_without_a_terminal_prints_each_arrival_once(capsys: pytest.CaptureFixture[str]) -> None:
    service = Progress("aws", "starting")
    with board() as watch:
        watch([service])
        service.phase = "healthy"
        watch([service])
        watch([service])
    assert capsys.readouterr().out == "aws  healthy     0.0 s\n"
