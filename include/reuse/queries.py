"""Batch jobs: one whose records another job of the same model has answered already is not started."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include import layout as at
from include.reuse.key import Work
from include.reuse.take import enter, notes_of, take
from include.storage import list_uris, read_json

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from include.plan import Plan

STAGE = "queries"
MANIFEST = "manifest.json.out"
TOKENS = {"input_tokens": "inputTokenCount", "output_tokens": "outputTokenCount"}


def job_work(plan: Plan, number: int, records: str) -> Work:
    """What the answers of one batch job are made of.

    Args:
        plan: of the run.
        number: of the job.
        records: SHA-256 of its records, prompts and all.
    """
    queries = plan.settings.queries
    made_of = {
        "bedrock_model_id": queries.bedrock_model_id,
        "record_format": queries.record_format,
        "records": records,
    }
    return Work(STAGE, made_of, part=f"{number:03d}")


def take_answers(s3: S3Client, plan: Plan, number: int, records: str) -> bool:
    """Copy the answers of an earlier job over the same records; False if the job has to be started."""
    return take(s3, plan, job_work(plan, number, records), answers_uri(plan, f"{number:03d}")) is not None


def enter_answers(s3: S3Client, plan: Plan) -> None:
    """Enter the run's own jobs that have answered every record; one that is incomplete is asked anew next time."""
    for note in notes_of(s3, plan, STAGE):
        folder = answers_uri(plan, note.work.part)
        uris = list_uris(s3, folder)
        if not note.reused_from and _is_complete(s3, uris):
            outputs = {uri.removeprefix(folder): uri for uri in uris}
            enter(s3, plan, note, outputs, {}, tokens(s3, uris))


def answers_uri(plan: Plan, part: str) -> str:
    """Folder of a job's answers."""
    return plan.layout.uri(f"{at.BATCH_OUTPUT}/{part}/")


def paid_and_saved(s3: S3Client, plan: Plan) -> tuple[dict[str, float], dict[str, float], str]:
    """Tokens that this run is billed by, those that earlier runs were, and the names of these."""
    taken = [note for note in notes_of(s3, plan, STAGE) if note.reused_from]
    parts = {note.work.part for note in taken}
    uris = list_uris(s3, plan.layout.uri(f"{at.BATCH_OUTPUT}/"))
    own = [uri for uri in uris if uri.removeprefix(plan.layout.uri(at.BATCH_OUTPUT)).split("/")[1] not in parts]
    saved = {name: sum(note.saved.get(name, 0.0) for note in taken) for name in TOKENS} if taken else {}
    return tokens(s3, own), saved, ", ".join(sorted({note.reused_from for note in taken}))


def tokens(s3: S3Client, uris: list[str]) -> dict[str, float]:
    """Tokens that Bedrock counted, summed over the jobs whose outputs these are."""
    counted = _manifests(s3, uris)
    return {name: float(sum(job.get(of_aws, 0) for job in counted)) for name, of_aws in TOKENS.items()}


def _is_complete(s3: S3Client, uris: list[str]) -> bool:
    counted = _manifests(s3, uris)
    return bool(counted) and all(
        0 < job.get("totalRecordCount", 0) <= job.get("processedRecordCount", 0) for job in counted
    )


def _manifests(s3: S3Client, uris: list[str]) -> list[dict[str, int]]:
    return [read_json(s3, uri) for uri in uris if uri.endswith(f"/{MANIFEST}")]
