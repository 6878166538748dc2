"""What a new user gets wrong: each stops the run before anything is spent, with a message that says what to type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from local.demo.inputs import BUCKET

if TYPE_CHECKING:
    from tests.e2e.conftest import World

AT_THE_TRIGGER = [
    pytest.param({"model_type": "dens"}, "model_type", id="unknown_model_type"),
    pytest.param({"model_name": "My_Model"}, "model_name", id="name_that_aws_refuses"),
    pytest.param({"max_documents": 5}, "max_documents", id="too_few_documents_asked"),
]
IN_THE_PLAN = [
    pytest.param({"index_name": "e2e-document"}, "Did you mean 'e2e-documents'?", id="missing_index"),
    pytest.param({"index_name": "e2e-empty"}, "is empty", id="empty_index"),
    pytest.param({"text_field": "body.txt"}, "Did you mean 'body.text'?", id="missing_text_field"),
    pytest.param({"text_field": "length"}, "integer", id="field_that_is_no_text"),
    pytest.param({"opensearch_endpoint": "http://127.0.0.1:9"}, "allowed_endpoints", id="endpoint_not_allowed"),
    pytest.param({"index_nam": "x"}, "Did you mean 'index_name'?", id="unknown_parameter"),
    pytest.param({"s3_corpus_path": f"s3://{BUCKET}/x.jsonl"}, "leave s3_corpus_path empty", id="conflict"),
    pytest.param({"embedding_dimension": 768}, "has 384", id="dimension_of_another_model"),
    pytest.param({"bucket": "no-such-bucket-here"}, "bucket does not exist", id="missing_bucket"),
    pytest.param(
        {"input_type": "s3", "index_name": None, "s3_corpus_path": f"s3://{BUCKET}/nothing/"},
        "there is no JSONL file",
        id="missing_s3_path",
    ),
]


@pytest.mark.parametrize(("conf", "named"), AT_THE_TRIGGER)
def test_trigger_refuses_a_value_out_of_range_and_names_the_parameter(world: World, conf: dict[str, Any], named: str):
    done, _ = world.trigger_only(conf)
    assert done.returncode != 0
    assert named in done.stdout + done.stderr


def test_bad_input_fails_in_the_first_task_and_spends_nothing(world: World):
    """All at once, since each run costs the scheduler some seconds."""
    before = world.spent()
    triggered = [(case, world.start(**case.values[0])) for case in IN_THE_PLAN]
    wrong = {}
    for case, run_id in triggered:
        explanation = world.wait(run_id).explanation
        if str(case.values[1]) not in explanation or "plan_run failed" not in explanation:
            wrong[case.id] = explanation
    assert wrong == {}
    assert world.spent() == before


def test_malformed_jsonl_fails_with_line_numbers_before_anything_is_spent(world: World):
    before = world.spent()
    good = '{"id": "1", "text": "one document"}\n'
    body = good * 3 + "{broken\n" + '{"id": "2"}\n' + good
    world.client("s3").put_object(Bucket=BUCKET, Key="e2e/malformed.jsonl", Body=body.encode())
    run = world.trigger(input_type="s3", index_name=None, s3_corpus_path=f"s3://{BUCKET}/e2e/malformed.jsonl")
    assert run.state == "failed"
    assert "line 4: not JSON" in run.explanation
    assert "line 5: no text" in run.explanation
    assert world.spent() == before
