from __future__ import annotations

import pytest

from include.corpus.enough import Sides, check_asked, check_sides, check_size
from include.errors import TerminalError


def counts(sampled: int) -> dict[str, int]:
    return {"sampled": sampled, "read": 150, "empty": 3, "duplicate": 7}


def test_check_size_own_pairs_need_no_hundred_documents() -> None:
    check_size(counts(100), own_pairs=False)
    check_size(counts(2), own_pairs=True)


@pytest.mark.parametrize(
    ("sampled", "own_pairs", "message"),
    [
        pytest.param(99, False, "99 different texts .*: too small to train on. Bedrock .* at least 100.", id="bedrock"),
        pytest.param(1, True, "1 different texts .*: one to train on and one to test with are the least.", id="own"),
    ],
)
def test_check_size_too_small_says_what_is_needed(sampled: int, own_pairs: bool, message: str) -> None:
    with pytest.raises(TerminalError, match=message):
        check_size(counts(sampled), own_pairs)


@pytest.mark.parametrize(
    "sides",
    [
        pytest.param(Sides(3_228, 1_307, 213, 1_836, judged=True), id="demo-corpus"),
        pytest.param(Sides(1_000, 800, 0, 200, judged=True), id="most-are-judged-and-enough-are-left"),
        pytest.param(Sides(100, 50, 0, 50, judged=True), id="small-and-half-is-left"),
        pytest.param(Sides(200, 20, 0, 180, judged=False), id="share"),
    ],
)
def test_check_sides_enough_is_left(sides: Sides) -> None:
    check_sides(sides)
    check_asked(sides, 2, 32)


@pytest.mark.parametrize(
    ("sides", "message"),
    [
        pytest.param(Sides(199, 100, 0, 99, judged=True), "99 are left to train on, and 100 are needed", id="judged"),
        pytest.param(Sides(200, 200, 199, 0, judged=False), "near-copies of each other. Give a corpus", id="copies"),
    ],
)
def test_check_sides_too_few_are_left(sides: Sides, message: str) -> None:
    with pytest.raises(TerminalError, match=message):
        check_sides(sides)


@pytest.mark.parametrize(
    ("sides", "message"),
    [
        pytest.param(Sides(190, 9, 91, 90, judged=False), "99 texts that are not near-copies", id="near-copies"),
        pytest.param(Sides(150, 15, 0, 15, judged=False), "15 documents to train on give at most 30 pairs", id="batch"),
    ],
)
def test_check_asked_too_few_records_or_pairs_say_so(sides: Sides, message: str) -> None:
    with pytest.raises(TerminalError, match=message):
        check_asked(sides, 2, 32)
