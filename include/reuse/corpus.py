"""The sample of the documents: taken over if the documents behind it, and how they are sampled, are the same."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from include import layout as at
from include.phases.corpus import judged_ids
from include.reuse.code import code_digest
from include.reuse.content import etags_below
from include.reuse.fingerprint import index_fingerprint
from include.reuse.key import Work, digest
from include.reuse.take import enter, note_of, take

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_s3 import S3Client
    from opensearchpy import OpenSearch

    from include.plan import Plan

log = logging.getLogger(__name__)

STAGE = "corpus"
MODULES = ("include.corpus.export", "include.corpus.fetch", "include.phases.corpus")
OUTPUTS = (at.DOCUMENTS, at.JUDGED_DOCUMENTS, at.SEEN)


def take_corpus(s3: S3Client, connect: Callable[[], OpenSearch], plan: Plan) -> dict[str, Any] | None:
    """Copy the sample of an earlier run; returns its counts, or None if the documents have to be read.

    Args:
        s3: client.
        connect: gives a client of the cluster; called only if the documents are there.
        plan: of the run.
    """
    work = corpus_work(s3, connect, plan)
    entry = take(s3, plan, work, plan.layout.uri()) if work else None
    return entry.result if entry else None


def enter_corpus(s3: S3Client, plan: Plan, counts: dict[str, Any]) -> None:
    """Enter the run's own sample for later runs.

    Args:
        s3: client.
        plan: of the run.
        counts: of the sample, as the task that read the documents returned them.
    """
    note = note_of(s3, plan, STAGE)
    if note and plan.settings.corpus.input_type != "opensearch" and note.work.made_of["files"] != _files(s3, plan):
        log.info("The input was changed while it was read: the sample is not for later runs.")
    elif note:
        told = {name: value for name, value in counts.items() if name != "uri"}
        enter(s3, plan, note, {path: plan.layout.uri(path) for path in OUTPUTS}, told, {})


def corpus_work(s3: S3Client, connect: Callable[[], OpenSearch], plan: Plan) -> Work | None:
    """What the sample is made of; None if it cannot be told whether an index has changed."""
    corpus = plan.settings.corpus
    made_of: dict[str, Any] = {
        "input_type": corpus.input_type,
        "max_documents": corpus.max_documents,
        "seed": plan.settings.training.seed,
        "judged": digest(sorted(judged_ids(s3, plan))),
    }
    if corpus.input_type == "opensearch":
        fingerprint = index_fingerprint(connect(), str(corpus.index_name))
        if fingerprint is None:
            return None
        # Who asks decides which documents are there, where the cluster has security by document.
        made_of |= {"text_field": corpus.text_field, "opensearch_conn_id": corpus.opensearch_conn_id}
        made_of["index"] = fingerprint
    else:
        made_of |= {"max_bad_line_share": corpus.max_bad_line_share, "files": _files(s3, plan)}
    return Work(STAGE, made_of, code_digest(*MODULES))


def _files(s3: S3Client, plan: Plan) -> dict[str, Any]:
    """The input's objects; of pairs, a highlighter's are read otherwise than those of a model that finds documents."""
    if plan.settings.corpus.input_type == "pairs":
        pairs = etags_below(s3, str(plan.settings.queries.s3_pairs_path))
        return {"pairs": pairs, "quoted": plan.settings.is_highlighter}
    return etags_below(s3, str(plan.settings.corpus.s3_corpus_path))
