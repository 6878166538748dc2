"""Phase 2: the records of the batch jobs, and the pairs out of their answers."""

from __future__ import annotations

import hashlib
import json
import time
from itertools import islice
from typing import TYPE_CHECKING, Any

from include import layout as at
from include.evaluation.beir import held_out_query_set
from include.evaluation.passages import held_out_passages
from include.manifest import Manifest, object_hashes, settings_of, write_manifest
from include.phases.corpus import (
    HELD_OUT,
    HELD_OUT_IDS,
    judged_queries,
    read_sample,
    write_passages,
    write_query_set,
)
from include.queries.pairs import Pair, PairCounts, check_pairs, collect_pairs
from include.queries.prompt import prompt_version
from include.queries.records import build_records, job_sizes
from include.storage import list_uris, read_json, read_lines, write_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client

    from include.plan import Plan

TIMEOUT_HOURS = 168


def write_jobs(s3: S3Client, plan: Plan) -> list[dict[str, Any]]:
    """Write the records of all batch jobs; returns for each job the arguments that start it.

    The client token is made of what the job is made of: starting it again finds the same job.
    """
    layout, queries = plan.layout, plan.settings.queries
    sample_hash = object_hashes(s3, [layout.uri(at.DOCUMENTS)])[layout.uri(at.DOCUMENTS)]
    quoting = plan.settings.is_highlighter
    records = build_records(read_sample(s3, plan), queries, quoting)
    jobs = []
    for number, size in enumerate(job_sizes(sum(1 for _ in read_sample(s3, plan)))):
        input_uri = layout.uri(f"{at.BATCH_INPUT}/{number:03d}/batch_input.jsonl")
        write_lines(s3, input_uri, islice(records, size))
        made_of = [layout.name, prompt_version(quoting), sample_hash, str(number), queries.model_dump_json()]
        jobs.append(
            {
                "job_name": f"{layout.name}-{number:03d}",
                "input_uri": input_uri,
                "output_uri": layout.uri(f"{at.BATCH_OUTPUT}/{number:03d}/"),
                "invoke_kwargs": {
                    "clientRequestToken": hashlib.sha256("\n".join(made_of).encode()).hexdigest(),
                    "modelInvocationType": queries.record_format,
                    "timeoutDurationInHours": TIMEOUT_HOURS,
                },
            }
        )
    return jobs


def save_pairs(s3: S3Client, plan: Plan) -> dict[str, Any]:
    """Write the pairs to train on and the held-out query set; returns the counts.

    Raises:
        TerminalError: too few usable answers, with the reasons counted.
    """
    started = time.monotonic()
    layout, queries = plan.layout, plan.settings.queries
    held_out = frozenset(map(json.loads, read_lines(s3, layout.uri(HELD_OUT_IDS))))
    answer_uris = list_uris(s3, layout.uri(at.BATCH_OUTPUT), (".jsonl.out",))
    counts = PairCounts()
    kept_aside: list[Pair] = []
    pairs = collect_pairs(
        lambda: read_sample(s3, plan),
        (line for uri in answer_uris for line in read_lines(s3, uri)),
        held_out,
        queries.queries_per_document,
        counts,
        judged_queries(s3, plan),
        plan.settings.is_highlighter,
    )
    write_lines(s3, layout.uri(at.TRAINING_DATA), _training_lines(pairs, kept_aside))
    check_pairs(counts, queries.min_pair_share, plan.settings.batch_size)
    if plan.settings.is_highlighter:
        write_passages(s3, plan, HELD_OUT, held_out_passages(kept_aside))
    else:
        write_query_set(s3, plan, HELD_OUT, held_out_query_set(kept_aside))
    manifest = Manifest(
        phase="queries",
        inputs=object_hashes(s3, [layout.uri(at.DOCUMENTS), *answer_uris]),
        outputs=[layout.uri(at.TRAINING_DATA), layout.uri(f"{at.EVALUATION_SETS}/{HELD_OUT}/")],
        settings={**settings_of(queries), "prompt_version": prompt_version(plan.settings.is_highlighter)},
        counts=counts.as_dict(),
        seconds=time.monotonic() - started,
        usage=token_usage(s3, plan),
    )
    write_manifest(s3, layout.uri("training-data"), manifest)
    return counts.as_dict()


def token_usage(s3: S3Client, plan: Plan) -> dict[str, float]:
    """Tokens that Bedrock counted, summed over the jobs."""
    usage = {"input_tokens": 0.0, "output_tokens": 0.0}
    for uri in list_uris(s3, plan.layout.uri(at.BATCH_OUTPUT), ("manifest.json.out",)):
        counted = read_json(s3, uri)
        usage["input_tokens"] += counted.get("inputTokenCount", 0)
        usage["output_tokens"] += counted.get("outputTokenCount", 0)
    return usage


def read_pairs(s3: S3Client, plan: Plan) -> Iterator[dict[str, str]]:
    """The pairs to train on, as `{"query", "document"}`."""
    return map(json.loads, read_lines(s3, plan.layout.uri(at.TRAINING_DATA)))


def _training_lines(pairs: Iterator[Pair], kept_aside: list[Pair]) -> Iterator[str]:
    for pair in pairs:
        if pair.held_out:
            kept_aside.append(pair)
        else:
            yield pair.to_line()
