from __future__ import annotations

from include.report.collect import CURVE_POINTS, _curve


def test_curve_of_few_gains_has_each_of_them() -> None:
    assert _curve([-1.0, 0.0, 0.123456]) == [-1.0, 0.0, 0.1235]


def test_curve_of_many_gains_keeps_its_ends() -> None:
    ranked = [place / 10_000 for place in range(10_000)]

    shown = _curve(ranked)

    assert len(shown) == CURVE_POINTS
    assert (shown[0], shown[-1]) == (0.0, 0.9999)
    assert shown == sorted(shown)
