"""Where values stand in a JSON text."""

from __future__ import annotations

import pytest

from local.gateway.positions import position_of

TEXT = '{"a": {"b": [1, {"c": "x, y: z"}]},\n "d": true}'


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ((), (1, 1)),
        (("a",), (1, 7)),
        (("a", "b", 0), (1, 14)),
        (("a", "b", 1, "c"), (1, 23)),
        (("d",), (2, 7)),
        (("nowhere",), (1, 1)),
    ],
)
def test_position_of_path_is_line_and_column(path: tuple[str | int, ...], place: tuple[int, int]) -> None:
    assert position_of(TEXT, path) == place
