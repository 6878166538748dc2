"""A batch job is started once for the same records and model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from include import layout as at
from include.manifest import read_manifest
from include.phases.corpus import finish_corpus, sample_jsonl
from include.phases.queries import write_jobs
from include.reuse.queries import enter_answers, paid_and_saved
from include.storage import list_uris, read_lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from include.plan import Plan


@pytest.fixture
def asked(s3: Any, plan_of: Callable[..., Plan], answer: Callable[..., None]) -> Callable[..., list[dict[str, Any]]]:
    """Come to the answers of a run; returns the jobs that were started."""

    def make(number: int, processed: int = 120, **changed: Any) -> list[dict[str, Any]]:
        plan = plan_of(number, **changed)
        finish_corpus(s3, plan, sample_jsonl(s3, plan))
        jobs = write_jobs(s3, plan)
        answer(plan, jobs, processed)
        enter_answers(s3, plan)
        return jobs

    return make


def test_answers_of_the_same_records_are_copied_and_no_job_is_started(s3: Any, asked: Any, plan_of: Any) -> None:
    assert len(asked(1)) == 1
    assert asked(2) == []

    second = plan_of(2)
    uris = list_uris(s3, second.layout.uri(at.BATCH_OUTPUT), (".jsonl.out",))
    assert list(read_lines(s3, uris[0])) == [f"answer of {plan_of(1).run}\n"]
    paid, saved, runs = paid_and_saved(s3, second)
    assert paid == {"input_tokens": 0.0, "output_tokens": 0.0}
    assert saved == {"input_tokens": 1000.0, "output_tokens": 200.0}
    assert runs == plan_of(1).run


def test_answers_run_that_asked_itself_has_paid(s3: Any, asked: Any, plan_of: Any) -> None:
    asked(1)

    assert paid_and_saved(s3, plan_of(1)) == ({"input_tokens": 1000.0, "output_tokens": 200.0}, {}, "")


def test_answers_some_jobs_may_be_copied_and_others_asked(
    s3: Any, asked: Any, plan_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answers of the second of two jobs are gone."""
    monkeypatch.setattr("include.queries.records.MAX_RECORDS", 60)
    plan = plan_of(1)
    asked(1)
    second = list_uris(s3, plan.layout.uri(f"{at.BATCH_OUTPUT}/001/"), (".jsonl.out",))[0]
    s3.delete_object(Bucket=plan.layout.bucket, Key=second.split("/", 3)[3])

    jobs = asked(2)

    assert [job["job_name"].rpartition("-")[2] for job in jobs] == ["001"]
    assert paid_and_saved(s3, plan_of(2))[:2] == (
        {"input_tokens": 1000.0, "output_tokens": 200.0},
        {"input_tokens": 1000.0, "output_tokens": 200.0},
    )


@pytest.mark.parametrize(
    "changed",
    [{"temperature": 0.7}, {"bedrock_model_id": "other.model-v1:0"}, {"query_styles": ["title"]}, {"reuse": "never"}],
    ids=lambda changed: next(iter(changed)),
)
def test_answers_to_something_else_are_asked_for(asked: Any, changed: dict[str, Any]) -> None:
    asked(1)

    assert len(asked(2, **changed)) == 1


def test_answers_that_are_incomplete_are_asked_for_again(asked: Any) -> None:
    asked(1, processed=100)

    assert len(asked(2)) == 1


def test_pairs_manifest_says_what_was_copied_and_saved(
    s3: Any, plan_of: Any, monkeypatch: pytest.MonkeyPatch, asked: Any
) -> None:
    from include.phases import queries

    asked(1)
    asked(2)
    monkeypatch.setattr(queries, "check_pairs", lambda *_: None)

    queries.save_pairs(s3, plan_of(2))

    manifest = read_manifest(s3, plan_of(2).layout.uri("training-data"))
    assert manifest.reused_from == plan_of(1).run
    assert manifest.saved["input_tokens"] == 1000.0
    assert manifest.usage["input_tokens"] == 0.0
