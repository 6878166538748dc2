"""Nothing of the judged queries in the training data: the demo corpus through the phases, and planted leaks."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from include.evaluation.beir import QuerySet
from include.phases.corpus import (
    HELD_OUT,
    finish_corpus,
    judged_queries,
    judged_texts,
    load_query_set,
    sample_jsonl,
    save_judged,
)
from include.phases.queries import read_pairs, save_pairs, write_jobs
from include.queries.leaks import find_leaks
from include.storage import read_lines, write_lines
from local.aws.query_writer import answer
from local.demo_corpus import read_documents, read_judged_queries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from include.plan import Plan


@pytest.fixture(scope="module")
def corpus() -> dict[str, str]:
    return {document.id: document.text for document in read_documents()}


@pytest.fixture(scope="module")
def judged() -> QuerySet:
    """The titles and the descriptions, in one set."""
    found = {f"{kind}-{query.id}": query for kind in ("title", "description") for query in read_judged_queries(kind)}
    return QuerySet(
        {name: query.text for name, query in found.items()},
        {name: dict.fromkeys(query.relevant, 1) for name, query in found.items()},
    )


@pytest.fixture
def run(s3: Any, bucket: str, make_plan: Callable[..., Plan], corpus: dict[str, str], judged: QuerySet) -> Any:
    """The phases up to the training data, with the stand-in's query writer in the place of Bedrock."""

    def run(**changed: Any) -> tuple[Plan, dict[str, Any]]:
        folder = f"s3://{bucket}/in"
        write_lines(s3, f"{folder}/docs.jsonl", (json.dumps({"id": n, "text": t}) + "\n" for n, t in corpus.items()))
        write_lines(s3, f"{folder}/queries.jsonl", judged.query_lines())
        write_lines(s3, f"{folder}/qrels.tsv", judged.qrel_lines())
        plan = make_plan(
            input_type="s3",
            index_name=None,
            s3_corpus_path=f"{folder}/docs.jsonl",
            eval_queries_s3_path=f"{folder}/queries.jsonl",
            eval_qrels_s3_path=f"{folder}/qrels.tsv",
            **changed,
        )
        save_judged(s3, plan)
        finish_corpus(s3, plan, sample_jsonl(s3, plan))
        for job in write_jobs(s3, plan):
            output = f"{job['output_uri']}job/batch_input.jsonl.out"
            write_lines(s3, output, map(answered, read_lines(s3, job["input_uri"])))
        return plan, save_pairs(s3, plan)

    return run


def answered(line: str) -> str:
    record = json.loads(line)
    text = answer(record["modelInput"]["messages"][0]["content"][0]["text"])
    output = {"output": {"message": {"content": [{"text": text}]}}}
    return json.dumps({"recordId": record["recordId"], "modelOutput": output}) + "\n"


def trained(s3: Any, plan: Plan) -> Iterator[tuple[str, str]]:
    return ((pair["query"], pair["document"]) for pair in read_pairs(s3, plan))


def test_demo_corpus_no_judged_query_document_or_near_duplicate_is_trained_on(s3: Any, run: Any) -> None:
    plan, counts = run()
    pairs = list(trained(s3, plan))

    assert len(pairs) == counts["train"] > 3_000
    assert counts["dropped"].get("other language", 0) < 0.005 * counts["asked"]
    assert list(find_leaks(pairs, judged_queries(s3, plan), judged_texts(s3, plan))) == []
    held_out = load_query_set(s3, plan, HELD_OUT)
    assert len(held_out.queries) <= 2_000
    assert list(find_leaks(pairs, held_out.queries.values(), ())) == []

    (query, document), (judged, text) = pairs[0], (judged_queries(s3, plan)[0], next(judged_texts(s3, plan)))
    planted = [
        (judged.upper() + "?", document),
        (f"how to {judged} please", document),
        (query, text),
        (query, text + " It is so."),
    ]
    leaks = find_leaks(planted, judged_queries(s3, plan), judged_texts(s3, plan))
    assert Counter(leak.kind for leak in leaks) == {
        "query": 1,
        "near-duplicate query": 1,
        "document": 1,
        "near-duplicate document": 1,
    }


def test_demo_corpus_judged_documents_may_be_trained_on_if_told_so_and_judged_queries_never(s3: Any, run: Any) -> None:
    plan, counts = run(hold_out_judged=False, max_documents=800)
    pairs = list(trained(s3, plan))

    assert counts["dropped"]["leaked"] > 0
    kinds = Counter(leak.kind for leak in find_leaks(pairs, judged_queries(s3, plan), judged_texts(s3, plan)))
    assert kinds["document"] > 100
    assert not kinds["query"] + kinds["near-duplicate query"]
