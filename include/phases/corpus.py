"""Phase 1: the sample on S3, the judged queries beside it, and the documents that are held out."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from include import layout as at
from include.corpus.document import Document, words_of
from include.corpus.enough import Sides, check_asked, check_sides, check_size
from include.corpus.fetch import fetch_documents
from include.corpus.jsonl import LineCounts, check_bad_lines, read_documents
from include.corpus.sample import sample_documents
from include.corpus.seen import Seen, files_seen, write_seen
from include.corpus.sketch import Sketch
from include.corpus.split import choose_held_out, group_near_duplicates, near_copies
from include.errors import TerminalError
from include.evaluation.beir import QuerySet, read_query_set
from include.evaluation.passages import Passage, read_passages
from include.manifest import Manifest, object_hashes, settings_of, write_manifest
from include.phases.own_pairs import check_own_lines, read_own_documents
from include.preflight.inputs import corpus_files, pair_files
from include.storage import read_lines, read_raw_lines, write_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Set

    from mypy_boto3_s3 import S3Client
    from opensearchpy import OpenSearch

    from include.plan import Plan

JUDGED = "judged"
GUARD = "guard"
HELD_OUT = "heldout"
HELD_OUT_IDS = "training-data/held_out_ids.jsonl"
NEAR_COPIES = "training-data/near_copies.jsonl"
GUARD_PARAMETERS = ("guard_queries_s3_path", "guard_qrels_s3_path")


def save_judged(s3: S3Client, plan: Plan) -> int:
    """Check the judged queries or passages and write them as training reads them; returns how many, 0 without any."""
    evaluation = plan.settings.evaluation
    if evaluation.eval_highlights_s3_path:
        passages = read_passages(read_lines(s3, evaluation.eval_highlights_s3_path))
        write_passages(s3, plan, JUDGED, passages)
        return len(passages)
    if not (evaluation.eval_queries_s3_path and evaluation.eval_qrels_s3_path):
        return 0
    judged = read_query_set(
        read_lines(s3, evaluation.eval_queries_s3_path), read_lines(s3, evaluation.eval_qrels_s3_path)
    )
    write_query_set(s3, plan, JUDGED, judged)
    return len(judged.queries)


def save_guard(s3: S3Client, plan: Plan) -> int:
    """Check the guard queries and write them as judged ones are written; returns how many, 0 without any."""
    evaluation = plan.settings.evaluation
    if not (evaluation.guard_queries_s3_path and evaluation.guard_qrels_s3_path):
        return 0
    guard = read_query_set(
        read_lines(s3, evaluation.guard_queries_s3_path),
        read_lines(s3, evaluation.guard_qrels_s3_path),
        GUARD_PARAMETERS,
    )
    write_query_set(s3, plan, GUARD, guard)
    return len(guard.queries)


def write_query_set(s3: S3Client, plan: Plan, name: str, queries: QuerySet) -> None:
    """Write a query set below `evaluation-sets/{name}/`."""
    folder = plan.layout.uri(f"{at.EVALUATION_SETS}/{name}")
    write_lines(s3, f"{folder}/queries.jsonl", queries.query_lines())
    write_lines(s3, f"{folder}/qrels/test.tsv", queries.qrel_lines())


def load_query_set(s3: S3Client, plan: Plan, name: str) -> QuerySet:
    """The query set that `write_query_set` left."""
    folder = plan.layout.uri(f"{at.EVALUATION_SETS}/{name}")
    return read_query_set(read_lines(s3, f"{folder}/queries.jsonl"), read_lines(s3, f"{folder}/qrels/test.tsv"))


def write_passages(s3: S3Client, plan: Plan, name: str, passages: Iterable[Passage]) -> None:
    """Write the passages of a highlighter's set below `evaluation-sets/{name}/`."""
    write_lines(s3, _passages_uri(plan, name), (passage.to_line() for passage in passages))


def load_passages(s3: S3Client, plan: Plan, name: str) -> Iterator[dict[str, Any]]:
    """The passages that `write_passages` left, as `{"id", "question", "context", "spans"}`."""
    return map(json.loads, read_lines(s3, _passages_uri(plan, name)))


def judged_passages(s3: S3Client, plan: Plan) -> Iterator[dict[str, Any]]:
    """The judged passages of a highlighter; none if none were given."""
    if plan.settings.evaluation.eval_highlights_s3_path:
        yield from load_passages(s3, plan, JUDGED)


def sample_jsonl(s3: S3Client, plan: Plan) -> dict[str, Any]:
    """Write the sample of the JSONL input, and the judged documents that it lacks; returns the counts.

    For input_type `pairs` the input is the pairs' documents.

    Raises:
        TerminalError: too many bad lines; the first are listed.
    """
    corpus, layout = plan.settings.corpus, plan.layout
    lines = LineCounts()
    judged: dict[str, Document] = {}
    source, sketch = files_seen(s3, plan.settings), Sketch()
    documents = _noting(sketch.noting(_read_jsonl(s3, plan, lines)), judged_ids(s3, plan), judged)
    with sample_documents(documents, corpus.max_documents, plan.settings.training.seed) as (sample, counts):
        if corpus.input_type == "pairs":
            check_own_lines(plan, lines)
        else:
            check_bad_lines(lines, corpus.max_bad_line_share)
        write_lines(s3, layout.uri(at.DOCUMENTS), _dropping(sample, judged))
    write_seen(s3, layout.uri(at.SEEN), Seen(source, sketch))
    _write_judged_documents(s3, plan, judged.values())
    return {**counts.as_dict(), "lines": lines.lines, "bad_lines": lines.bad, "bad_lines_listed": lines.listed}


def fetch_judged(s3: S3Client, client: OpenSearch, plan: Plan) -> int:
    """Write the judged documents that the sample of the index lacks; returns how many."""
    corpus = plan.settings.corpus
    missing = judged_ids(s3, plan)
    if missing:
        missing -= {document.id for document in read_sample(s3, plan)}
    documents = fetch_documents(client, str(corpus.index_name), corpus.text_field, sorted(missing))
    return _write_judged_documents(s3, plan, (document for document in documents if document.text.strip()))


def finish_corpus(s3: S3Client, plan: Plan, counts: dict[str, Any], reused_from: str = "") -> dict[str, Any]:
    """Check the corpus, hold documents out of training, and write the manifest; returns all counts.

    Args:
        s3: client.
        plan: of the run.
        counts: of the sample.
        reused_from: run that sampled, if it was not this one.

    Raises:
        TerminalError: a corpus too small to train on, or judged documents that are not in it.
    """
    started = time.monotonic()
    training, layout = plan.settings.training, plan.layout
    own_pairs = bool(plan.settings.queries.s3_pairs_path)
    check_size(counts, own_pairs)
    sampled = {document.id for document in read_sample(s3, plan)}
    judged = judged_ids(s3, plan)
    found = judged & {document.id for document in read_evaluation_corpus(s3, plan)} if judged else judged
    _check_judged_documents(s3, plan, found)
    groups, must_be = _groups(s3, plan, sampled, _answering_ids(s3, plan) if training.hold_out_judged else frozenset())
    held_out = choose_held_out(groups, training.heldout_share, training.seed, must_be)
    copies = near_copies(groups)
    sides = Sides(len(sampled), len(held_out), len(copies), len(sampled - held_out - copies.keys()), bool(must_be))
    check_sides(sides)
    if not own_pairs:
        check_asked(sides, plan.settings.queries.queries_per_document, plan.settings.batch_size)
    _write_json_lines(s3, layout.uri(NEAR_COPIES), copies.items())
    _write_json_lines(s3, layout.uri(HELD_OUT_IDS), sorted(held_out))
    counts = {
        **counts,
        "near_duplicate": len(copies),
        "held_out": len(held_out),
        "held_out_as_judged": len(held_out & must_be),
        "judged": len(judged),
        "judged_missing": len(judged - found),
    }
    _write_manifest(s3, plan, counts, time.monotonic() - started, reused_from)
    return counts


def _groups(s3: S3Client, plan: Plan, sampled: Set[str], judged: Set[str]) -> tuple[list[list[str]], frozenset[str]]:
    """Near-duplicates in the sample, and the ids of those that are judged or near-copies of a judged document."""
    groups = group_near_duplicates(read_evaluation_corpus(s3, plan))
    like_judged = {name for group in groups if not judged.isdisjoint(group) for name in group}
    in_sample = ([name for name in group if name in sampled] for group in groups)
    return [group for group in in_sample if group], frozenset(like_judged & sampled)


def _check_judged_documents(s3: S3Client, plan: Plan, found: Set[str]) -> None:
    for name, parameter in ((JUDGED, "eval_qrels_s3_path"), (GUARD, GUARD_PARAMETERS[1])):
        wanted = _query_set(s3, plan, name).document_ids()
        if wanted and not wanted & found:
            raise TerminalError(
                f"None of the {len(wanted)} documents of {parameter} is in the corpus, for example {min(wanted)!r}. "
                "The corpus-id of the qrels must be the documents' own ids."
            )


def _query_set(s3: S3Client, plan: Plan, name: str) -> QuerySet:
    """The judged or guard queries; none if none were given."""
    evaluation = plan.settings.evaluation
    given = {JUDGED: evaluation.eval_qrels_s3_path, GUARD: evaluation.guard_qrels_s3_path}[name]
    return load_query_set(s3, plan, name) if given else QuerySet({}, {})


def judged_ids(s3: S3Client, plan: Plan) -> frozenset[str]:
    """Ids of the documents that the judged and guard queries were judged on."""
    return _query_set(s3, plan, JUDGED).document_ids() | _query_set(s3, plan, GUARD).document_ids()


def judged_queries(s3: S3Client, plan: Plan) -> list[str]:
    """Texts of the judged and guard queries or questions, which must never be trained on."""
    questions = [passage["question"] for passage in judged_passages(s3, plan)]
    return [*questions, *(text for name in (JUDGED, GUARD) for text in _query_set(s3, plan, name).queries.values())]


def judged_texts(s3: S3Client, plan: Plan) -> Iterator[str]:
    """Texts of the documents that answer the judged and guard queries, and contexts of judged passages."""
    yield from (passage["context"] for passage in judged_passages(s3, plan))
    wanted = _relevant_ids(s3, plan)
    if wanted:
        yield from (document.text for document in read_evaluation_corpus(s3, plan) if document.id in wanted)


def read_sample(s3: S3Client, plan: Plan) -> Iterator[Document]:
    """The sampled documents in their order."""
    return map(Document.from_line, read_lines(s3, plan.layout.uri(at.DOCUMENTS)))


def read_evaluation_corpus(s3: S3Client, plan: Plan) -> Iterator[Document]:
    """All documents that are searched in the evaluation: the sample and the judged documents that it lacks."""
    yield from read_sample(s3, plan)
    yield from map(Document.from_line, read_lines(s3, plan.layout.uri(at.JUDGED_DOCUMENTS)))


def read_held_out_ids(s3: S3Client, plan: Plan) -> frozenset[str]:
    """Ids of the documents that are held out of training."""
    return frozenset(map(json.loads, read_lines(s3, plan.layout.uri(HELD_OUT_IDS))))


def read_near_copies(s3: S3Client, plan: Plan) -> dict[str, str]:
    """Id of each document that is a near-copy of another, and of the one that stands for its group."""
    return dict(map(json.loads, read_lines(s3, plan.layout.uri(NEAR_COPIES))))


def _relevant_ids(s3: S3Client, plan: Plan) -> frozenset[str]:
    return _query_set(s3, plan, JUDGED).relevant_ids() | _query_set(s3, plan, GUARD).relevant_ids()


def _answering_ids(s3: S3Client, plan: Plan) -> frozenset[str]:
    """Ids of the documents that answer judged queries, or are the context of a judged passage."""
    contexts = {words_of(passage["context"]) for passage in judged_passages(s3, plan)}
    documents = read_sample(s3, plan) if contexts else ()
    return _relevant_ids(s3, plan) | {document.id for document in documents if words_of(document.text) in contexts}


def _write_json_lines(s3: S3Client, uri: str, values: Iterable[Any]) -> int:
    return write_lines(s3, uri, (json.dumps(value) + "\n" for value in values))


def _passages_uri(plan: Plan, name: str) -> str:
    return plan.layout.uri(f"{at.EVALUATION_SETS}/{name}/highlights.jsonl")


def _noting(documents: Iterable[Document], wanted: Set[str], noted: dict[str, Document]) -> Iterator[Document]:
    for document in documents:
        if document.id in wanted and document.text.strip():
            noted[document.id] = document
        yield document


def _dropping(documents: Iterable[Document], noted: dict[str, Document]) -> Iterator[str]:
    for document in documents:
        noted.pop(document.id, None)
        yield document.to_line()


def _read_jsonl(s3: S3Client, plan: Plan, counts: LineCounts) -> Iterator[Document]:
    if plan.settings.corpus.input_type == "pairs":
        yield from read_own_documents(s3, plan, counts)
        return
    for uri in corpus_files(s3, str(plan.settings.corpus.s3_corpus_path)):
        yield from read_documents(read_raw_lines(s3, uri), uri, counts)


def _write_judged_documents(s3: S3Client, plan: Plan, documents: Iterable[Document]) -> int:
    return write_lines(s3, plan.layout.uri(at.JUDGED_DOCUMENTS), (document.to_line() for document in documents))


def _write_manifest(s3: S3Client, plan: Plan, counts: dict[str, Any], seconds: float, reused_from: str) -> None:
    corpus, layout = plan.settings.corpus, plan.layout
    outputs = [layout.uri(at.DOCUMENTS), layout.uri(at.JUDGED_DOCUMENTS)]
    read = corpus_files(s3, corpus.s3_corpus_path) if corpus.s3_corpus_path else []
    if corpus.input_type == "pairs":
        read = pair_files(s3, str(plan.settings.queries.s3_pairs_path))
    manifest = Manifest(
        phase="corpus",
        inputs=object_hashes(s3, read),
        outputs=outputs,
        settings=settings_of(corpus),
        counts=counts,
        seconds=seconds,
        reused_from=reused_from,
    )
    write_manifest(s3, layout.uri("raw-corpus"), manifest)
