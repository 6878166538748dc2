from __future__ import annotations

from collections import Counter

from include.benchmark.cells import Cell, cells_of, rounds_of, turn_size
from include.benchmark.settings import LoadSettings


def test_cells_are_every_combination_few_hits_first() -> None:
    load = LoadSettings(hits=(10, 1), clients=(4, 1))

    cells = cells_of(load, ["short"], ["search", "predict"])

    assert cells[:4] == [Cell("search", "short", hits, clients) for hits in (1, 10) for clients in (1, 4)]
    assert len(cells) == 8


def test_rounds_ask_each_query_once_in_each_mode() -> None:
    turns = [turn for turns in rounds_of(["none", "single", "batch"], 23, 5, seed=1) for turn in turns]

    asked = Counter((turn.mode, query) for turn in turns for query in turn.queries)

    assert set(asked) == {(mode, query) for mode in ("none", "single", "batch") for query in range(23)}
    assert set(asked.values()) == {1}


def test_rounds_order_of_the_modes_changes_and_is_repeatable() -> None:
    orders = [[turn.mode for turn in turns] for turns in rounds_of(["none", "single", "batch"], 40, 2, seed=3)]

    assert len({tuple(order) for order in orders}) > 2
    assert orders == [[turn.mode for turn in turns] for turns in rounds_of(["none", "single", "batch"], 40, 2, seed=3)]


def test_turn_of_slow_queries_is_one_a_client() -> None:
    assert turn_size(200, 4, slowest_seconds=10) == 4


def test_turn_of_fast_queries_leaves_ten_rounds() -> None:
    assert turn_size(200, 1, slowest_seconds=0.001) == 20
