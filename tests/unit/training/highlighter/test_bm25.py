from __future__ import annotations

import math

import pytest

from include.training.highlighter.bm25 import Bm25, Index

TEXTS = ["apples grow on trees", "pears grow on trees too", "a boat needs an engine", "an engine needs fuel"]


def test_bm25_score_is_the_formula() -> None:
    """Robertson and Zaragoza, by hand: idf log(1 + (4 - 1 + 0.5) / 1.5), tf 1, 4 of 4.5 words on average."""
    norm = 1.2 * (1 - 0.75 + 0.75 * 4 / 4.5)
    assert Bm25(TEXTS).score(["appl"], ["appl", "grow", "on", "tre"]) == pytest.approx(
        math.log(1 + 3.5 / 1.5) * 2.2 / (1 + norm)
    )


def test_bm25_rare_word_weighs_more_than_common_one() -> None:
    bm25 = Bm25(TEXTS)
    assert bm25.idf("boat") > bm25.idf("grow") > 0


def test_bm25_endings_do_not_matter() -> None:
    assert Index(TEXTS).nearest("Boats", 3) == [2]


def test_index_nearest_are_best_first_and_share_a_word() -> None:
    assert Index(TEXTS).nearest("engine of a boat", 4) == [2, 3]


def test_index_of_nothing_finds_nothing() -> None:
    assert Index([]).nearest("boat", 3) == []
