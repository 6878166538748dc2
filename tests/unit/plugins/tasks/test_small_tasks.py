"""What little the tasks do beside calling one phase function each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from opensearch_ml.tasks import corpus
from opensearch_ml.tasks.corpus import EXPORT, READ, SPLIT, choose_input
from opensearch_ml.tasks.plan import values_for_operators
from opensearch_ml.tasks.report import seconds_of_phases

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("changed", "task_id"),
    [
        pytest.param({}, EXPORT, id="index"),
        pytest.param({"input_type": "s3", "index_name": None, "s3_corpus_path": "s3://bkt/x.jsonl"}, READ, id="s3"),
    ],
)
@pytest.mark.parametrize("sampled", [None, {"sampled": 500}], ids=["first-run", "sampled-by-an-earlier-run"])
def test_choose_input_by_type_unless_an_earlier_run_has_sampled(
    make_plan: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, changed: Any, task_id: str, sampled: Any
) -> None:
    plan = make_plan(**changed).model_dump(mode="json")
    monkeypatch.setattr(corpus, "take_corpus", lambda s3, connect, run: sampled)

    assert choose_input.function(plan) == (SPLIT if sampled else task_id)  # type: ignore[attr-defined]


def test_seconds_of_phases_are_summed_by_group(ti: Any, make_context: Callable[..., Any]) -> None:
    ti.crumbs = [
        {"task_id": "plan_run", "duration": 5.0},
        {"task_id": "corpus.export_index", "duration": 1.5},
        {"task_id": "corpus.split_documents", "duration": 2.0},
        {"task_id": "queries.start_batch_job", "duration": 1.0, "map_index": 0},
        {"task_id": "queries.start_batch_job", "duration": 1.0, "map_index": 1},
        {"task_id": "corpus.read_jsonl", "duration": None},  # skipped
        {"task_id": "evaluation.compare_models", "duration": 4.0},
        {"task_id": "evaluation.approve_promotion", "duration": 9_000.0},  # somebody was at lunch
    ]

    assert seconds_of_phases(make_context()) == {"corpus": 3.5, "queries": 2.0, "evaluation": 4.0}


def test_seconds_of_phases_are_none_where_airflow_does_not_tell(ti: Any, make_context: Callable[..., Any]) -> None:
    """As it is before 3.2; zeros would be taken for measured ones."""
    ti.crumbs = [{"task_id": "corpus.export_index", "duration": None}]

    assert seconds_of_phases(make_context()) == {}


def test_values_for_operators_hold_what_the_operators_are_templated_with(make_plan: Callable[..., Any]) -> None:
    values = values_for_operators(make_plan(connector_role_arn="arn:aws:iam::123456789012:role/r"))

    assert values["connector_role_arn"] == "arn:aws:iam::123456789012:role/r"
    assert values["connector_aws_conn_id"] == ""
    assert values["documents_uri"].endswith("/raw-corpus/documents.jsonl")
    assert None not in values.values()
