"""What a run has written before each stage, on S3 in memory."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from include import layout as at
from include.phases.training import upload_source
from include.storage import write_json, write_lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from include.plan import Plan

ROLE = "arn:aws:iam::123456789012:role/r"
DOCUMENTS = [json.dumps({"id": f"d{n}", "text": f"document number {n} about topic {n * 7}"}) + "\n" for n in range(120)]


@pytest.fixture
def plan_of(s3: Any, bucket: str, make_settings: Callable[..., Any]) -> Callable[..., Plan]:
    """Plan of the run of that number: by default over JSONL on S3, which is put there."""
    from include import plan

    def make(number: int = 1, **changed: Any) -> Plan:
        uri = f"s3://{bucket}/in/docs.jsonl"
        if number == 1:
            write_lines(s3, uri, DOCUMENTS)
        given = {"input_type": "s3", "index_name": None, "s3_corpus_path": uri, **changed}
        started = datetime(2026, 11, number, tzinfo=UTC)
        return plan.make_plan(make_settings(**given), f"run {number}", started, "us-east-1", "http://search:9200")

    return make


@pytest.fixture
def before_training(s3: Any) -> Callable[..., None]:
    """Leave all that a training job is given."""

    def leave(plan: Plan, pairs: str = "{}\n") -> None:
        write_lines(s3, plan.layout.uri(at.DOCUMENTS), DOCUMENTS)
        write_lines(s3, plan.layout.uri(at.JUDGED_DOCUMENTS), [])
        write_json(s3, plan.layout.uri("raw-corpus/manifest.json"), {"seconds": plan.run})
        write_lines(s3, plan.layout.uri(at.TRAINING_DATA), [pairs])
        write_lines(s3, plan.layout.uri(at.CANDIDATES), ["{}\n"])
        write_lines(s3, plan.layout.uri(f"{at.EVALUATION_SETS}/heldout/queries.jsonl"), ["{}\n"])
        upload_source(s3, plan)

    return leave


@pytest.fixture
def leave_archives(s3: Any) -> Callable[..., dict[str, Any]]:
    """Leave what a training job leaves; returns what the operator does."""

    def leave(plan: Plan, model: bytes = b"model") -> dict[str, Any]:
        for uri, body in ((plan.layout.artifact_uri, model), (plan.layout.output_uri, b"output")):
            s3.put_object(Bucket=plan.layout.bucket, Key=uri.split("/", 3)[3], Body=body)
        return {
            "job_name": plan.layout.name,
            "model_uri": plan.layout.artifact_uri,
            "output_uri": plan.layout.output_uri,
            "training_seconds": 3_000,
            "billable_seconds": 3_600,
            "instance_type": "ml.g5.xlarge",
        }

    return leave


@pytest.fixture
def answer(s3: Any) -> Callable[..., None]:
    """Answer the run's batch jobs, all records or only some."""

    def write(plan: Plan, jobs: list[dict[str, Any]], processed: int = 120) -> None:
        for job in jobs:
            folder = f"{job['output_uri']}a1b2c3"
            write_lines(s3, f"{folder}/batch_input.jsonl.out", [f"answer of {plan.run}\n"])
            counts = {"totalRecordCount": 120, "processedRecordCount": processed}
            write_json(s3, f"{folder}/manifest.json.out", {**counts, "inputTokenCount": 1_000, "outputTokenCount": 200})

    return write
