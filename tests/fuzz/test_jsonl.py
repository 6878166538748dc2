"""Files that customers bring: documents, pairs, judged queries, examples; and what training reads."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import strategies as st

from include.corpus.document import Document
from include.corpus.jsonl import LineCounts, check_bad_lines, read_documents
from include.errors import TerminalError
from include.evaluation.beir import read_query_set
from include.evaluation.passages import read_passages
from include.queries.examples import read_examples
from include.queries.own import documents_of, read_own_pairs
from include.training.errors import TrainingError
from include.training.records import read_objects
from tests.fuzz.counting import fuzz
from tests.fuzz.strategies import lines, nearly, numbers, text_lines, texts

if TYPE_CHECKING:
    from pathlib import Path

ids = st.one_of(texts, st.integers(-1, 5), numbers)
documents = nearly({"id": ids, "text": texts})
pairs = nearly({"query": texts, "document": texts, "document_id": ids, "quote": texts})
queries = nearly({"_id": ids, "text": texts})
passages = nearly({"id": ids, "question": texts, "context": texts, "quotes": st.lists(texts, max_size=2)})
qrels = st.one_of(
    st.builds(lambda row: "\t".join(row) + "\n", st.lists(texts, max_size=4)),
    st.builds(lambda a, b, c: f"{a}\t{b}\t{c}\n", ids, ids, st.integers(-1, 3)),
    texts,
)


@fuzz(3_000, content=st.lists(lines(documents), max_size=4), share=st.floats(0, 1))
def test_documents(content: list[bytes], share: float) -> None:
    counts = LineCounts()
    found = list(read_documents(content, "s3://bucket/x.jsonl", counts))
    for document in found:
        assert Document.from_line(document.to_line().encode()) == document  # it can be written, and read again
    assert len(found) + counts.bad == counts.lines
    too_many = not found or counts.bad > share * counts.lines
    with pytest.raises(TerminalError) if too_many else contextlib.nullcontext():
        check_bad_lines(counts, share)


@fuzz(2_500, content=st.lists(lines(pairs), max_size=4), quoting=st.booleans())
def test_pairs(content: list[bytes], quoting: bool) -> None:
    counts = LineCounts()
    found = list(read_own_pairs(content, "s3://bucket/x.jsonl", counts, quoting))
    for document in documents_of(found, counts):
        document.to_line().encode()


@fuzz(2_500, query_lines=st.lists(text_lines(queries), max_size=4), qrel_lines=st.lists(qrels, max_size=4))
def test_judged_queries(query_lines: list[str], qrel_lines: list[str]) -> None:
    try:
        found = read_query_set(query_lines, qrel_lines)
    except TerminalError:
        return
    "".join([*found.query_lines(), *found.qrel_lines()]).encode()


@fuzz(1_500, content=st.lists(text_lines(nearly({"query": texts})), max_size=4))
def test_example_queries(content: list[str]) -> None:
    try:
        found = read_examples(content, 42)
    except TerminalError:
        return
    "".join(found).encode()


@fuzz(2_000, content=st.lists(text_lines(passages), max_size=3))
def test_judged_passages(content: list[str]) -> None:
    try:
        found = read_passages(content)
    except TerminalError:
        return
    for passage in found:
        passage.to_line().encode()


@fuzz(1_500, content=st.lists(lines(nearly({"query": texts, "document": texts, "start": numbers})), max_size=3))
def test_training_records(folder: Path, content: list[bytes]) -> None:
    (folder / "x.jsonl").write_bytes(b"\n".join(content))
    try:
        list(read_objects(folder, ("query", "document"), ("start",), optional="document_id"))
    except TrainingError:
        return
