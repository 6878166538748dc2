"""What the run will cost and what it has cost, in its folder on S3."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from include import layout as at
from include.cost.actual import billed, queries_usd, training_usd
from include.cost.amounts import Amounts
from include.cost.correction import keep_corrections, read_corrections
from include.cost.estimate import USABLE, Work, at_most, estimate, frame_tokens
from include.cost.limit import check_limit
from include.cost.table import hourly, log_table, notes
from include.cost.tokens import TokenCounter
from include.manifest import read_manifest
from include.preflight.inputs import pair_files
from include.storage import list_uris, read_json, read_raw_lines, write_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mypy_boto3_s3 import S3Client

    from include.corpus.document import Document
    from include.plan import Plan

log = logging.getLogger(__name__)

FOLDERS = {"queries": "training-data", "training": "model-artifacts"}


def counting(records: Iterable[str], counter: TokenCounter) -> Iterator[str]:
    """Pass records on and count what the model will read of each: the system message and the prompt."""
    for line in records:
        body = json.loads(line)["modelInput"]
        counter.add(f"{_texts(body['system'])}\n{_texts(body['messages'][0]['content'])}")
        yield line


def work_of_records(
    plan: Plan, documents: int, trained_on: int, paid: Sequence[TokenCounter], reused: Sequence[TokenCounter]
) -> Work:
    """What is to be done once the records are written.

    Args:
        plan: of the run.
        documents: of the sample.
        trained_on: of them, those that are asked about and not held out.
        paid: counts of each batch job that is to be started.
        reused: counts of those whose answers were taken over.
    """
    counters = (*paid, *reused)
    texts = sum(counter.texts for counter in counters)
    each = sum(counter.tokens for counter in counters) / texts - frame_tokens(plan) if texts else 0.0
    return Work(
        records=sum(counter.texts for counter in paid),
        input_tokens=round(sum(counter.tokens for counter in paid)),
        documents=documents,
        document_tokens=round(max(each, 1.0), 1),
        pairs=round(at_most(plan, trained_on * plan.settings.queries.queries_per_document * USABLE)),
        reused_jobs=len(reused),
    )


def work_of_own_pairs(s3: S3Client, plan: Plan, documents: Iterable[Document]) -> Work:
    """What is to be done with pairs that the customer brings: each line is one, but for those of held-out documents."""
    counter = TokenCounter()
    for document in documents:
        counter.add(document.text)
    uris = pair_files(s3, str(plan.settings.queries.s3_pairs_path))
    lines = sum(1 for uri in uris for line in read_raw_lines(s3, uri) if line.strip())
    trained = at_most(plan, lines * (1 - plan.settings.training.heldout_share))
    each = counter.tokens / counter.texts if counter.texts else 0.0
    return Work(0, 0, counter.texts, round(max(each, 1.0), 1), round(trained))


def save_estimate(s3: S3Client, plan: Plan, work: Work) -> float | None:
    """Log and keep what the run will cost, corrected by an earlier run's bill; returns USD, None if a price is missing.

    Raises:
        TerminalError: it is more than `max_cost_usd`.
    """
    found = estimate(plan, work, *read_corrections(s3, plan))
    log.info("%s", log_table(found, plan.prices, plan.region))
    write_json(s3, plan.layout.uri(at.ESTIMATE), {**asdict(found), "total": found.total})
    check_limit(plan, found)
    return found.total


def cost_of(s3: S3Client, plan: Plan) -> dict[str, Any]:
    """The run's cost by part, estimated and billed, once it was trained.

    Returns:
        `parts`, each `{"part", "estimated", "actual", "estimated_usd", "actual_usd", "reused_from"}` with the amounts
        in words; `estimated_usd` and `actual_usd`, their sums, None if a price is not known; `endpoint`, its price in
        words; `endpoint_usd_per_hour`; `notes` about prices and estimate.
    """
    there = list_uris(s3, plan.layout.uri(at.ESTIMATE))
    estimated: dict[str, Any] = read_json(s3, there[0]) if there else {}
    queries, training = (read_manifest(s3, plan.layout.uri(folder)) for folder in FOLDERS.values())
    amounts = billed(plan, queries.usage, training.usage)
    instance = training.counts.get("instance_type", "")
    usd = {"queries": queries_usd(plan, queries.usage), "training": training_usd(plan, training.usage, instance)}
    expected = estimated.get("costs", {})
    parts = [
        {
            "part": part,
            "estimated": _words(part, estimated["amounts"]) if there else "",
            "actual": _words(part, asdict(amounts)) + _where(plan, part, instance),
            "estimated_usd": expected.get(part),
            "actual_usd": usd[part],
            "reused_from": manifest.reused_from if not usd[part] else "",
        }
        for part, manifest in (("queries", queries), ("training", training))
    ]
    return {
        "parts": parts,
        "estimated_usd": estimated.get("total"),
        "actual_usd": _sum(usd.values()),
        "endpoint": hourly(plan.prices),
        "endpoint_usd_per_hour": plan.prices.endpoint_usd_per_hour,
        "notes": [line.strip() for line in notes(estimated.get("corrected_by", {}), plan.prices, plan.region)],
    }


def learn_from_bill(s3: S3Client, plan: Plan) -> list[str]:
    """Keep what the run's bill says about the tables, for the next estimate; returns the parts that said something."""
    there = list_uris(s3, plan.layout.uri(at.ESTIMATE))
    if not there:
        return []
    queries, training = (read_manifest(s3, plan.layout.uri(folder)) for folder in FOLDERS.values())
    table = Amounts(**read_json(s3, there[0])["table"])
    amounts = billed(plan, queries.usage, training.usage)
    if _stood_in(plan, training.counts.get("instance_type", "")):
        # The estimate is of the first choice, of which this run's seconds say nothing.
        amounts = replace(amounts, training_seconds=0.0)
    return keep_corrections(s3, plan, table, amounts)


def _stood_in(plan: Plan, instance_type: str) -> bool:
    return instance_type in plan.prices.fallbacks_usd_per_hour


def _where(plan: Plan, part: str, instance_type: str) -> str:
    return f" on {instance_type}" if part == "training" and _stood_in(plan, instance_type) else ""


def _texts(content: Any) -> str:
    return content if isinstance(content, str) else "\n".join(block["text"] for block in content)


def _words(part: str, amounts: dict[str, float]) -> str:
    if part == "training":
        return f"{amounts['training_seconds']:,.0f} billable seconds"
    return f"{amounts['input_tokens']:,.0f} tokens in, {amounts['output_tokens']:,.0f} out"


def _sum(values: Iterable[float | None]) -> float | None:
    known = list(values)
    return None if None in known else round(sum(value for value in known if value is not None), 6)
