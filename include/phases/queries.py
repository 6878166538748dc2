"""Phase 2: the records of the batch jobs, and the pairs out of their answers, or the pairs that the customer brings."""

from __future__ import annotations

import hashlib
import json
import logging
import time
from itertools import islice
from typing import TYPE_CHECKING, Any

from include import layout as at
from include.corpus.document import words_of
from include.corpus.jsonl import LineCounts
from include.cost.actual import queries_usd
from include.cost.tokens import TokenCounter
from include.evaluation.beir import held_out_query_set
from include.evaluation.bm25 import index_name_of
from include.evaluation.passages import held_out_passages
from include.manifest import Manifest, object_hashes, settings_of, write_manifest
from include.phases.corpus import (
    HELD_OUT,
    judged_queries,
    judged_texts,
    read_held_out_ids,
    read_near_copies,
    read_sample,
    write_passages,
    write_query_set,
)
from include.phases.cost import counting, save_estimate, work_of_own_pairs, work_of_records
from include.phases.own_pairs import check_own_lines, read_own
from include.preflight.inputs import pair_files
from include.queries.candidates import find_candidates
from include.queries.checks import QueryRules, max_characters
from include.queries.examples import read_examples
from include.queries.held_out import HeldOutSample
from include.queries.leaks import JudgedSet
from include.queries.pairs import FROM_BEDROCK, FROM_OWN, Pair, PairCounts, PairRules, check_pairs, collect_pairs
from include.queries.prompt import prompt_version
from include.queries.records import build_records, job_sizes
from include.queries.sources import BedrockAnswers, OwnPairs
from include.requests.tags import bedrock_tags
from include.reuse.content import hashing
from include.reuse.queries import enter_answers, paid_and_saved, take_answers
from include.storage import list_uris, read_lines, write_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client
    from opensearchpy import OpenSearch

    from include.plan import Plan
    from include.queries.sources import PairSource

log = logging.getLogger(__name__)

EXAMPLES = "training-data/example_queries.jsonl"


def write_jobs(s3: S3Client, plan: Plan) -> list[dict[str, Any]]:
    """Write the records of all batch jobs; returns for each job the arguments that start it, none for own pairs.

    A job whose records were answered for an earlier run is left out: its answers are copied. The client token is made
    of what the job is made of: starting it again finds the same job. What the run will cost is logged and kept.

    Raises:
        TerminalError: it is expected to cost more than `max_cost_usd`.
    """
    layout, queries = plan.layout, plan.settings.queries
    examples = _save_examples(s3, plan)
    if queries.s3_pairs_path:
        save_estimate(s3, plan, work_of_own_pairs(s3, plan, read_sample(s3, plan)))
        return []
    sample_hash = object_hashes(s3, [layout.uri(at.DOCUMENTS)])[layout.uri(at.DOCUMENTS)]
    copies = read_near_copies(s3, plan).keys()
    records = build_records(
        read_sample(s3, plan), queries, plan.settings.is_highlighter, copies, examples, plan.settings.training.seed
    )
    sampled, held_out = [document.id for document in read_sample(s3, plan)], read_held_out_ids(s3, plan)
    asked = [name for name in sampled if name not in copies]
    jobs: list[dict[str, Any]] = []
    paid: list[TokenCounter] = []
    reused: list[TokenCounter] = []
    for number, size in enumerate(job_sizes(len(asked))):
        input_uri = layout.uri(f"{at.BATCH_INPUT}/{number:03d}/batch_input.jsonl")
        written, counter = hashlib.sha256(), TokenCounter()
        write_lines(s3, input_uri, hashing(counting(islice(records, size), counter), written))
        if take_answers(s3, plan, number, written.hexdigest()):
            reused.append(counter)
            continue
        paid.append(counter)
        made_of = [layout.name, _prompt_version(plan, examples), sample_hash, str(number), queries.model_dump_json()]
        jobs.append(_arguments(plan, f"{number:03d}", input_uri, made_of))
    trained_on = sum(name not in held_out for name in asked)
    save_estimate(s3, plan, work_of_records(plan, len(sampled), trained_on, paid, reused))
    return jobs


def _arguments(plan: Plan, number: str, input_uri: str, made_of: list[str]) -> dict[str, Any]:
    layout, queries = plan.layout, plan.settings.queries
    return {
        "job_name": f"{layout.name}-{number}",
        "input_uri": input_uri,
        "output_uri": layout.uri(f"{at.BATCH_OUTPUT}/{number}/"),
        "invoke_kwargs": {
            "clientRequestToken": hashlib.sha256("\n".join(made_of).encode()).hexdigest(),
            "modelInvocationType": queries.record_format,
            "timeoutDurationInHours": queries.batch_job_hours,
            "tags": bedrock_tags(layout),
        },
    }


def save_pairs(s3: S3Client, plan: Plan) -> dict[str, Any]:
    """Write the pairs to train on and the held-out query set; returns the counts.

    Answers are entered for later runs before they are checked: they are paid for, and may do with other settings.

    Raises:
        TerminalError: too few usable answers or pairs, with the reasons counted.
    """
    started = time.monotonic()
    layout, queries = plan.layout, plan.settings.queries
    enter_answers(s3, plan)
    examples = [json.loads(line) for line in read_lines(s3, layout.uri(EXAMPLES))]
    source, inputs, lines = _source(s3, plan)
    counts, held_out = PairCounts(), HeldOutSample(plan.settings.training.seed)
    pairs = collect_pairs(lambda: read_sample(s3, plan), source, _rules(s3, plan, examples), counts)
    write_lines(s3, layout.uri(at.TRAINING_DATA), _training_lines(pairs, held_out))
    if queries.s3_pairs_path:
        check_own_lines(plan, lines)
    check_pairs(
        counts,
        queries.min_pair_share,
        plan.settings.batch_size,
        FROM_OWN if queries.s3_pairs_path else FROM_BEDROCK,
    )
    tested = held_out.pairs()
    if plan.settings.is_highlighter:
        write_passages(s3, plan, HELD_OUT, held_out_passages(tested))
    else:
        write_query_set(s3, plan, HELD_OUT, held_out_query_set(tested))
    told = {**counts.as_dict(), "tested": len(tested), **_told_of(lines, plan)}
    usage, saved, reused_from = paid_and_saved(s3, plan)
    manifest = Manifest(
        phase="queries",
        inputs=object_hashes(s3, [layout.uri(at.DOCUMENTS), *inputs]),
        outputs=[layout.uri(at.TRAINING_DATA), layout.uri(f"{at.EVALUATION_SETS}/{HELD_OUT}/")],
        settings={**settings_of(queries), "prompt_version": _prompt_version(plan, examples)},
        counts=told,
        seconds=time.monotonic() - started,
        usage=usage,
        reused_from=reused_from,
        saved=saved,
        cost_usd=queries_usd(plan, usage),
    )
    write_manifest(s3, layout.uri("training-data"), manifest)
    return told


def _save_examples(s3: S3Client, plan: Plan) -> list[str]:
    """Check the users' example queries and write those that may be shown: none that is nearly a judged one."""
    given = plan.settings.queries.example_queries_s3_path
    examples = read_examples(read_lines(s3, given), plan.settings.training.seed) if given else []
    tested = JudgedSet(judged_queries(s3, plan), ())
    shown = [query for query in examples if not tested.kind_of_query(query)]
    if examples and not shown:
        log.warning("All %d queries of example_queries_s3_path are judged ones: none is shown.", len(examples))
    write_lines(s3, plan.layout.uri(EXAMPLES), (json.dumps(query) + "\n" for query in shown))
    return shown


def _prompt_version(plan: Plan, examples: list[str]) -> str:
    """Empty for own pairs, for which nothing is asked."""
    queries = plan.settings.queries
    if queries.s3_pairs_path:
        return ""
    return prompt_version(queries.query_styles, examples, plan.settings.is_highlighter)


def _source(s3: S3Client, plan: Plan) -> tuple[PairSource, list[str], LineCounts]:
    """What proposes pairs, the objects that it reads, and the counts of their lines."""
    queries, quoting, lines = plan.settings.queries, plan.settings.is_highlighter, LineCounts()
    copies, longest = read_near_copies(s3, plan), max_characters(queries.max_query_words)
    if queries.s3_pairs_path:
        own = read_own(s3, plan, lines)
        return OwnPairs(own, copies, longest), pair_files(s3, queries.s3_pairs_path), lines
    uris = list_uris(s3, plan.layout.uri(at.BATCH_OUTPUT), (".jsonl.out",))
    answers = (line for uri in uris for line in read_lines(s3, uri))
    return BedrockAnswers(answers, queries.queries_per_document, quoting, copies, longest), uris, lines


def _rules(s3: S3Client, plan: Plan, examples: list[str]) -> PairRules:
    queries = plan.settings.queries
    texts = judged_texts(s3, plan) if plan.settings.training.hold_out_judged else ()
    return PairRules(
        held_out=read_held_out_ids(s3, plan),
        tested=JudgedSet(judged_queries(s3, plan), texts),
        queries=QueryRules(
            queries.min_query_words,
            queries.max_query_words,
            queries.check_language,
            frozenset(map(words_of, examples)),
        ),
        quoting=plan.settings.is_highlighter,
    )


def _told_of(lines: LineCounts, plan: Plan) -> dict[str, Any]:
    if not plan.settings.queries.s3_pairs_path:
        return {}
    return {"lines": lines.lines, "bad_lines": lines.bad, "bad_lines_listed": lines.listed}


def save_candidates(s3: S3Client, client: OpenSearch, plan: Plan) -> int:
    """Search the temporary index with the pairs' queries and write what BM25 finds; returns how many pairs."""
    layout = plan.layout
    lines = find_candidates(
        client,
        index_name_of(layout.name),
        read_pairs(s3, plan),
        plan.settings.queries.consistency_depth,
        read_held_out_ids(s3, plan),
    )
    return write_lines(s3, layout.uri(at.CANDIDATES), lines)


def read_pairs(s3: S3Client, plan: Plan) -> Iterator[dict[str, str]]:
    """The pairs to train on, as `{"query", "document", "document_id"}`."""
    return map(json.loads, read_lines(s3, plan.layout.uri(at.TRAINING_DATA)))


def _training_lines(pairs: Iterator[Pair], held_out: HeldOutSample) -> Iterator[str]:
    for pair in pairs:
        if pair.held_out:
            held_out.add(pair)
        else:
            yield pair.to_line()
