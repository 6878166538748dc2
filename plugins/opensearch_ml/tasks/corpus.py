"""Tasks of phase 1."""

from __future__ import annotations

from typing import Any

from include.phases.corpus import fetch_judged, finish_corpus, sample_jsonl, save_guard, save_judged
from include.plan import Plan
from include.reuse.corpus import STAGE, enter_corpus, take_corpus
from include.reuse.take import note_of
from opensearch_ml.clients import hook_of, s3_of
from opensearch_ml.final_errors import task
from opensearch_ml.lineage import note_lineage

EXPORT, READ, SPLIT = "corpus.export_index", "corpus.read_jsonl", "corpus.split_documents"


@task
def read_judged_queries(plan: dict[str, Any]) -> int:
    """Check the judged and guard queries and bring them into BEIR layout; returns how many."""
    run = Plan.model_validate(plan)
    return save_judged(s3_of(run), run) + save_guard(s3_of(run), run)


@task.branch
def choose_input(plan: dict[str, Any]) -> str:
    """Where the documents come from: from an earlier run, if they and how they are sampled have not changed since."""
    run = Plan.model_validate(plan)
    if take_corpus(s3_of(run), lambda: hook_of(run).conn, run) is not None:
        return SPLIT
    return EXPORT if run.settings.corpus.input_type == "opensearch" else READ


@task
def read_jsonl(plan: dict[str, Any]) -> dict[str, Any]:
    """Sample the JSONL input; returns the counts."""
    run = Plan.model_validate(plan)
    return sample_jsonl(s3_of(run), run)


@task
def add_judged_documents(plan: dict[str, Any]) -> int:
    """Fetch the judged documents that the sample of the index lacks; returns how many."""
    run = Plan.model_validate(plan)
    return fetch_judged(s3_of(run), hook_of(run).conn, run)


@task(trigger_rule="none_failed_min_one_success")
def split_documents(
    plan: dict[str, Any], exported: dict[str, Any] | None, read: dict[str, Any] | None
) -> dict[str, Any]:
    """Check the corpus and hold documents out of training; returns the counts."""
    run = Plan.model_validate(plan)
    s3 = s3_of(run)
    note, sampled = note_of(s3, run, STAGE), exported or read
    if sampled is None and note:
        counts = finish_corpus(s3, run, note.result, note.reused_from)
    else:
        counts = finish_corpus(s3, run, sampled or {})
        enter_corpus(s3, run, sampled or {})
    note_lineage(run, "raw-corpus")
    return counts
