"""Whether a corpus has changed enough for another run; what can be told without reading it is told so."""

from __future__ import annotations

from collections import deque
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.corpus.export import export_documents
from include.corpus.jsonl import LineCounts, check_bad_lines, read_documents
from include.corpus.seen import files_seen
from include.corpus.sketch import Sketch, compare
from include.manifest import object_hashes
from include.preflight.inputs import corpus_files, pair_files
from include.retraining.last import last_run
from include.reuse.fingerprint import index_fingerprint
from include.storage import check_bucket, read_json, read_raw_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mypy_boto3_s3 import S3Client
    from opensearchpy import OpenSearch

    from include.corpus.document import Document
    from include.corpus.sketch import Change
    from include.retraining.last import LastRun
    from include.settings import FinetuneSettings

EVERYTHING: dict[str, Any] = {"match_all": {}}


@dataclass(frozen=True)
class Decision:
    """Whether to train again.

    Attributes:
        retrain: or leave it.
        reason: in a sentence.
        since: run that the corpus was compared with; empty if there is none.
        change: what was found, if the documents were read.
    """

    retrain: bool
    reason: str
    since: str = ""
    change: Change | None = None


def check_corpus(
    s3: S3Client, connect: Callable[[], OpenSearch], settings: FinetuneSettings, min_change: float
) -> Decision:
    """Compare the corpus with what the model's last finished run saw of it.

    Of an index, operations since then are counted first, as each new, changed or deleted document takes at least one:
    if they are too few, nothing is read. Else all documents are read, and compared by a sketch.

    Args:
        s3: client.
        connect: gives a client of the cluster; called only if the documents are there.
        settings: of the run that would be started.
        min_change: share of documents that must be new, changed or deleted. An unchanged corpus is never enough.
    """
    check_bucket(s3, str(settings.run.bucket))
    last = last_run(s3, settings)
    if last is None:
        return Decision(True, f"No finished run of {settings.model.model_name} with these settings is there.")
    run = last.layout.run
    if settings.queries.s3_pairs_path and _pairs(s3, settings) != _pairs_of(s3, last, settings):
        return Decision(True, f"The files of s3_pairs_path are not those of run {run}.", run)
    if settings.corpus.input_type == "pairs":
        return Decision(False, f"The files of s3_pairs_path are those of run {run}.", run)
    if settings.corpus.input_type == "s3":
        return _check_files(s3, settings, last, min_change)
    return _check_index(connect(), settings, last, min_change)


def _check_files(s3: S3Client, settings: FinetuneSettings, last: LastRun, min_change: float) -> Decision:
    if files_seen(s3, settings) == last.seen.source:
        return Decision(False, f"The files are those of run {last.layout.run}.", last.layout.run)
    lines = LineCounts()
    uris = corpus_files(s3, str(settings.corpus.s3_corpus_path))
    now = sketch_of(document for uri in uris for document in read_documents(read_raw_lines(s3, uri), uri, lines))
    check_bad_lines(lines, settings.corpus.max_bad_line_share)
    return _decide(last, now, min_change)


def _check_index(client: OpenSearch, settings: FinetuneSettings, last: LastRun, min_change: float) -> Decision:
    corpus, before = settings.corpus, last.seen
    most = most_changes(before.source, index_fingerprint(client, str(corpus.index_name)))
    if most is not None and (most == 0 or most < min_change * before.sketch.documents):
        told = f"at most {most:,} of {before.sketch.documents:,} documents" if most else "no document"
        return Decision(False, f"Since run {last.layout.run} {told} changed.", last.layout.run)
    exported = export_documents(client, str(corpus.index_name), corpus.text_field, corpus.export_slices)
    with closing(exported) as documents:
        return _decide(last, sketch_of(documents), min_change)


def most_changes(before: dict[str, Any] | None, now: dict[str, Any] | None) -> int | None:
    """How many documents of an index can have changed between two fingerprints at most.

    Operations have sequence numbers; what an earlier one did may have come into sight since, by a refresh, which the
    numbers of documents and of deleted ones tell.

    Returns:
        None if it cannot be told: one is not known, shards or indices are not the same, or an alias shows a part of
        an index only, which may change without any operation (`now-7d`).
    """
    if before is None or now is None or before.keys() != now.keys():
        return None
    pairs = [(before[name], now[name]) for name in now]
    if any(_is_other(old, new) for old, new in pairs):
        return None
    return sum(_operations(old["shards"][shard], new["shards"][shard]) for old, new in pairs for shard in new["shards"])


def _is_other(old: dict[str, Any], new: dict[str, Any]) -> bool:
    seen_whole = old["query"] == new["query"] == EVERYTHING
    return old["uuid"] != new["uuid"] or not seen_whole or old["shards"].keys() != new["shards"].keys()


def _operations(old: list[int], new: list[int]) -> int:
    numbers, documents, deleted = (after - before for before, after in zip(old, new, strict=True))
    # A merge forgets deleted documents; that is no operation.
    return max(numbers, abs(documents) + max(deleted, 0))


def _decide(last: LastRun, now: Sketch, min_change: float) -> Decision:
    change, run = compare(last.seen.sketch, now), last.layout.run
    retrain = change.share > 0 and change.share >= min_change
    wanted = f"min_change is {min_change:.1%}"
    return Decision(retrain, f"Since run {run} {change} of the documents changed; {wanted}.", run, change)


def sketch_of(documents: Iterable[Document]) -> Sketch:
    """The sketch of documents, of which none is held."""
    sketch = Sketch()
    deque(sketch.noting(documents), maxlen=0)
    return sketch


def _pairs(s3: S3Client, settings: FinetuneSettings) -> dict[str, str]:
    return object_hashes(s3, pair_files(s3, str(settings.queries.s3_pairs_path)))


def _pairs_of(s3: S3Client, last: LastRun, settings: FinetuneSettings) -> dict[str, str]:
    read = read_json(s3, last.layout.uri("training-data/manifest.json"))["inputs"]
    return {uri: etag for uri, etag in read.items() if uri.startswith(str(settings.queries.s3_pairs_path))}
