"""`python -m benchmarks.quality`: every recipe on every collection, into `bench/results/quality.json` and a page."""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.highlighting.machine import machine
from benchmarks.quality import collections
from benchmarks.quality.page import render_page
from benchmarks.quality.pairs import write_pairs
from benchmarks.quality.recipes import COMMON, recipes_for
from benchmarks.quality.rows import rows_of
from benchmarks.quality.search import bm25_run, indexed, running_opensearch
from benchmarks.quality.train import read_trained, train, write_channels
from benchmarks.services import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opensearchpy import OpenSearch

    from benchmarks.quality.collection import Collection
    from benchmarks.quality.recipes import Recipe
    from include.evaluation.metrics import Run

log = logging.getLogger(__name__)

WORK = PROJECT / ".local" / "bench-quality"
RESULTS = PROJECT / "bench" / "results"
SHARED_DATA = PROJECT.parent / "shared" / "data"
CANDIDATES = 50
HIGHLIGHTER = {"highlighter", "highlighting", "highlighter.py"}
OTHER_KINDS = {"dense": HIGHLIGHTER | {"sparse", "weighting", "sparse.py"}, "sparse": HIGHLIGHTER | {"losses"}}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what is asked for; what an earlier call measured with the same code and pairs is taken from there."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("opensearch").setLevel(logging.ERROR)
    chosen = [collection for collection in _collections(options.data) if options.collection in (None, collection.name)]
    rows: list[dict[str, Any]] = []
    with running_opensearch() as client:
        for collection in chosen:
            for measured in _measure(client, collection, options.recipe, options.known):
                rows += measured
                _write(rows, options.out)
    log.info("%d rows in %s", len(rows), options.out.with_suffix(".html"))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make bench-quality", description="Compares ways of training.")
    parser.add_argument("--data", type=Path, help="folder in BEIR layout: corpus.jsonl, queries.jsonl, qrels/test.tsv")
    parser.add_argument("--collection", help="only this one")
    parser.add_argument("--recipe", help="only this one")
    parser.add_argument("--known", action="store_true", help="train nothing: only what was measured before")
    parser.add_argument("--out", type=Path, default=RESULTS / "quality.json", help="file of the result")
    return parser


def _collections(data: Path | None) -> list[Collection]:
    if data is not None:
        return [collections.beir(data)]
    return [collections.demo(), *collections.public(SHARED_DATA)]


def _measure(
    client: OpenSearch, collection: Collection, only: str | None, known: bool
) -> Iterator[list[dict[str, Any]]]:
    allowed, held_out = collection.training_ids()
    log.info(
        "%s: %d documents, %d trained on, judged ones %s",
        *(collection.name, len(collection.documents), len(allowed), "held out" if held_out else "among them"),
    )
    judged = [text for queries in collection.judged.values() for text in queries.queries.values()]
    channels: dict[tuple[str, bool], Path] = {}
    with indexed(client, collection.documents) as index:
        bm25 = {kind: bm25_run(client, index, queries.queries) for kind, queries in collection.judged.items()}
        for recipe in recipes_for(collection.name, only):
            key = recipe.writer, recipe.needs_candidates
            if key not in channels:
                trainable = (document for document in collection.documents if document.id in allowed)
                pairs = [
                    {"query": pair.query, "document": pair.document.text, "document_id": pair.document.id}
                    for pair in write_pairs(trainable, recipe.writer, judged)
                ]
                channels[key] = WORK / collection.name / f"channels-{'-'.join(map(str, key))}"
                found = _candidates(client, index, pairs) if recipe.needs_candidates else []
                write_channels(channels[key], collection, pairs, found)
            if not known or _is_known(collection, recipe, channels[key]):
                yield _row(collection, recipe, channels[key], bm25, held_out)


def _row(
    collection: Collection, recipe: Recipe, channels: Path, bm25: dict[str, Run], held_out: bool
) -> list[dict[str, Any]]:
    folder = _folder(collection, recipe)
    if _is_known(collection, recipe, channels):
        trained = read_trained(folder, collection)
    else:
        began = time.monotonic()
        trained = train(channels, folder, collection, recipe)
        (folder / "key").write_text(_key(collection, recipe, channels), "utf-8")
        log.info("%s, %s: %.0f s", collection.name, recipe.name, time.monotonic() - began)
    rows = rows_of(collection, recipe, trained, bm25, held_out)
    for row in rows:
        log.info("  %(collection)s: base %(base).3f tuned %(tuned).3f (%(delta)+.3f) %(gate)s", row)
    return [{**row, "measured": _day(folder / "key")} for row in rows]


def _folder(collection: Collection, recipe: Recipe) -> Path:
    return WORK / collection.name / "".join(c if c.isalnum() else "-" for c in recipe.name)


def _is_known(collection: Collection, recipe: Recipe, channels: Path) -> bool:
    key = _folder(collection, recipe) / "key"
    return key.is_file() and key.read_text("utf-8") == _key(collection, recipe, channels)


def _candidates(client: OpenSearch, index: str, pairs: Sequence[dict[str, str]]) -> list[dict[str, Any]]:
    """What BM25 finds for each pair's query, as the run writes it for the training job."""
    run = bm25_run(client, index, {str(number): pair["query"] for number, pair in enumerate(pairs)})
    rows = []
    for number, pair in enumerate(pairs):
        hits = list(run.get(str(number), {}))
        rank = hits.index(pair["document_id"]) + 1 if pair["document_id"] in hits else None
        row = {"query": pair["query"], "document_id": pair["document_id"], "rank": rank, "hits": hits[:CANDIDATES]}
        rows.append(row)
    return rows


def _key(collection: Collection, recipe: Recipe, channels: Path) -> str:
    """Changes with the container's code (but for that of other kinds of models), pairs, candidates and recipe."""
    digest = hashlib.sha256()
    others = OTHER_KINDS[recipe.parameters.get("model_type", "dense")]
    for folder in ("training", "inference"):
        for path in sorted((PROJECT / "include" / folder).rglob("*.py")):
            if not others & {*path.parts, path.name}:
                digest.update(path.read_bytes())
    for path in sorted(channels.rglob("*.jsonl")):
        digest.update(path.read_bytes())
    digest.update(json.dumps([COMMON, recipe.parameters, collection.max_sequence_length]).encode())
    return digest.hexdigest()


def _day(path: Path) -> str:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).date().isoformat()


def _write(rows: list[dict[str, Any]], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")
    path.with_suffix(".html").write_text(render_page(rows, machine(), " ".join(["make bench-quality"])), "utf-8")


if __name__ == "__main__":
    main()
