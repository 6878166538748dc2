"""Which faults are asked of which calls, and which share a run."""

from __future__ import annotations

from tests.faults.board import Board, Fault, Seen
from tests.faults.operations import Operation
from tests.faults.points import Point, groups_of, kinds_of, passing_points

CREATE = Operation("sagemaker", "CreateTrainingJob")
READ = Operation("s3", "GetObject")
WRITE = Operation("s3", "PutObject")


def test_kinds_of_a_call_are_what_its_service_can_do() -> None:
    assert {"throttling", "quota", "lost answer", "time-out"} <= set(kinds_of(CREATE))
    assert "quota" not in kinds_of(READ)
    assert "time-out" not in kinds_of(READ)
    assert "interrupted upload" in kinds_of(WRITE)
    assert "expired credentials" not in kinds_of(Operation("opensearch", "POST /_search"))


def test_passing_points_of_what_makes_something_are_all_kinds_and_of_other_calls_one() -> None:
    points = passing_points([Seen("training.train", CREATE, 200), Seen("corpus.read_jsonl", READ, 206)], False)

    assert [point.task for point in points].count("training.train") == len(list(kinds_of(CREATE)))
    assert [point.task for point in points].count("corpus.read_jsonl") == 1


def test_groups_disturb_no_task_more_often_than_it_is_tried_again() -> None:
    points = [Point(f"{task}{n}", (), task=task) for task in ("a", "b") for n in range(5)]

    assert [len(group) for group in groups_of(points)] == [4, 4, 2]


def test_board_hands_out_a_fault_as_often_as_it_says_and_counts() -> None:
    board, fault = Board(), Fault(READ, "reset", task="t", skip=1, times=2)
    board.begin([fault])
    board.task = "other"
    assert board.take(READ) is None
    board.task = "t"

    assert [board.take(READ) for _ in range(4)] == [None, fault, fault, None]
    assert fault.reached == 2
