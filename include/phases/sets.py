"""The query sets of a run's evaluation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include import layout as at
from include.evaluation.beir import corpus_line
from include.layout import split_uri
from include.phases.corpus import GUARD, HELD_OUT, JUDGED, read_evaluation_corpus
from include.storage import list_uris, write_lines

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from include.plan import Plan


def query_set_names(s3: S3Client, plan: Plan) -> list[str]:
    """`judged` and `guard` if such queries were given, and `heldout`; the first of them decides."""
    found = list_uris(s3, plan.layout.uri(at.EVALUATION_SETS), ("queries.jsonl",))
    return [name for name in (JUDGED, HELD_OUT, GUARD) if any(f"/{name}/" in uri for uri in found)]


def save_beir(s3: S3Client, plan: Plan) -> str:
    """Leave corpus and query sets in BEIR layout, so that any tool can evaluate the runs again; returns the folder.

    `corpus.jsonl` lies beside the sets' folders with `queries.jsonl` and `qrels/test.tsv`, once for all of them.
    """
    folder = plan.layout.uri(at.BEIR)
    write_lines(s3, f"{folder}/corpus.jsonl", map(corpus_line, read_evaluation_corpus(s3, plan)))
    for name in query_set_names(s3, plan):
        for file in ("queries.jsonl", "qrels/test.tsv"):
            bucket, key = split_uri(plan.layout.uri(f"{at.EVALUATION_SETS}/{name}/{file}"))
            s3.copy({"Bucket": bucket, "Key": key}, bucket, plan.layout.key(f"{at.BEIR}/{name}/{file}"))
    return folder
