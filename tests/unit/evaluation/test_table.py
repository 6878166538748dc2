from __future__ import annotations

from include.evaluation.table import approval_body, metrics_table

ESTIMATE = {"value": 0.5, "low": 0.4, "high": 0.6}
FOUND = {
    "n_queries": 1_168,
    "base": {"nDCG@10": ESTIMATE, "R@100": {"value": 0.9}},
    "tuned": {"nDCG@10": ESTIMATE, "R@100": {"value": 0.95}},
    "tuned+bm25": {"nDCG@10": ESTIMATE, "R@100": {"value": 0.99}},
    "gain": {"nDCG@10": {"value": 0.1, "low": -0.05, "high": 0.2}},
}


def test_metrics_table_has_a_row_a_system_and_the_gain() -> None:
    assert metrics_table(FOUND).splitlines() == [
        "| system | nDCG@10 | R@100 |",
        "| --- | --- | --- |",
        "| base | 0.500 (0.400 to 0.600) | 0.900 |",
        "| tuned | 0.500 (0.400 to 0.600) | 0.950 |",
        "| tuned+bm25 | 0.500 (0.400 to 0.600) | 0.990 |",
        "| tuned, gain | +0.100 (-0.050 to +0.200) |  |",
    ]


def test_approval_body_says_why_how_good_and_what_follows() -> None:
    evaluation = {"decision": {"reason": "It is better."}, "sets": {"judged": FOUND, "guard": FOUND}}

    body = approval_body(evaluation, "search-model-1")

    assert body.startswith("It is better.\n\n**Judged** (1,168)\n\n| system |")
    assert "\n\n**Guard** (1,168)\n\n" in body
    assert "Approve: endpoint and model `search-model-1` are created. Reject, or no answer: nothing is;" in body
