"""Documents and queries stay in the files that they belong in: not in logs, XComs, manifests or messages."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest

from include.benchmark.questions import read_questions
from include.corpus.jsonl import LineCounts, check_bad_lines, read_documents
from include.errors import TerminalError
from include.evaluation.beir import read_query_set
from include.evaluation.passages import read_passages
from include.phases.corpus import finish_corpus, sample_jsonl
from include.phases.queries import save_pairs, write_jobs
from include.queries.examples import read_examples
from include.queries.own import read_own_pairs
from include.storage import list_uris, read_json, write_lines
from include.training.errors import TrainingError
from include.training.highlighter.records import read_quotes
from include.training.records import read_records

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from include.plan import Plan

DOCUMENT = "canary of a document 5d1c"
QUERY = "in my account"
"""Ends one query of each document: see `answer_jobs`."""


def test_phases_keep_texts_out_of_logs_results_and_manifests(
    s3: Any,
    make_plan: Callable[..., Plan],
    corpus_lines: list[str],
    answer_jobs: Callable[..., None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    lines = [line.replace(" options", f" options, {DOCUMENT},") for line in corpus_lines[:-1]]
    write_lines(s3, "s3://search-bucket/in/docs.jsonl", lines)
    plan = make_plan(input_type="s3", index_name=None, s3_corpus_path="s3://search-bucket/in/docs.jsonl")
    with caplog.at_level(logging.DEBUG, logger="include"):
        told = [finish_corpus(s3, plan, sample_jsonl(s3, plan)), write_jobs(s3, plan)]
        answer_jobs(plan, skip=3)
        told.append(save_pairs(s3, plan))
    manifests = [read_json(s3, uri) for uri in list_uris(s3, plan.layout.uri(), ("manifest.json",))]

    assert len(manifests) == 2
    for text in (DOCUMENT, QUERY):
        assert text in _files(s3, plan), "the test would find nothing"
        assert text not in json.dumps([told, manifests], default=str)
        assert text not in caplog.text


def _files(s3: Any, plan: Plan) -> str:
    bodies = []
    for uri in list_uris(s3, plan.layout.uri()):
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        bodies.append(s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode())
    return "".join(bodies)


C = "canary 77 of somebody"
BAD_LINES = [
    *("{" + C, f'"{C}"', f'["{C}"]', f'{{"id": ["{C}"], "text": "x"}}', f'{{"id": "1", "text": ["{C}"]}}'),
    f'{{"query": ["{C}"], "document": "x"}}',
    f'{{"query": "x", "document": {{"a": "{C}"}}}}',
    f'{{"_id": "", "text": "{C}"}}',
    f'{{"_id": "1", "text": ["{C}"]}}',
    f'{{"question": ["{C}"], "context": "x", "quotes": []}}',
    f'{{"question": "x", "context": "y", "quotes": ["{C}"]}}',
    f'{{"question": "x", "context": "y", "quotes": "{C}"}}',
    f'{{"query": "{C}", "document": "x", "start": "{C}", "end": 1}}',
    f'{{"query": " ", "document": "{C}", "start": 1, "end": 1}}',
]


def _documents(line: str, _: Path) -> None:
    counts = LineCounts()
    list(read_documents([line], "x", counts))
    check_bad_lines(counts, 0.0)


def _pairs(line: str, _: Path) -> None:
    counts = LineCounts()
    list(read_own_pairs([line], "x", counts, quoting=True))
    check_bad_lines(counts, 0.0)


def _channel(line: str, folder: Path) -> None:
    (folder / "x.jsonl").write_text(line + "\n", "utf-8")
    list(read_records(folder, ("query", "document")))


def _quotes(line: str, folder: Path) -> None:
    (folder / "x.jsonl").write_text(line + "\n", "utf-8")
    read_quotes(folder, None, 1)


READERS: dict[str, Callable[[str, Path], Any]] = {
    "documents": _documents,
    "own pairs": _pairs,
    "judged queries": lambda line, _: read_query_set([line], []),
    "judgements": lambda line, _: read_query_set(['{"_id": "1", "text": "x"}'], [f"1\t{line}\t{line}\n"]),
    "judged passages": lambda line, _: read_passages([line]),
    "examples": lambda line, _: read_examples([line], 1),
    "channel": _channel,
    "quotes": _quotes,
}


@pytest.mark.parametrize("reader", list(READERS))
@pytest.mark.parametrize("line", BAD_LINES, ids=range(len(BAD_LINES)))
def test_message_about_a_bad_line_does_not_quote_it(reader: str, line: str, tmp_path: Path) -> None:
    try:
        READERS[reader](line, tmp_path)
    except (TerminalError, TrainingError) as error:
        assert C not in str(error)


def test_message_about_a_bad_benchmark_query_does_not_quote_it() -> None:
    with pytest.raises(TerminalError) as caught:
        read_questions([f'{{"txt": "{C}"}}\n'], "s3://search-bucket/q.jsonl")

    assert C not in str(caught.value)
