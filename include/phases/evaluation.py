"""Phase 3b: BM25 runs from the cluster, model runs from the training job, and what they reach."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from include import layout as at
from include.errors import TerminalError
from include.evaluation.bm25 import create_index, fill_index, index_name_of, search_bm25
from include.evaluation.compare import BASE, BM25, MAIN_MEASURE, TUNED, compare, outcome
from include.evaluation.metrics import Run, read_run, run_lines
from include.manifest import Manifest, object_hashes, settings_of, write_manifest
from include.phases.corpus import HELD_OUT, JUDGED, load_query_set, read_evaluation_corpus
from include.phases.training import read_output
from include.storage import list_uris, read_lines, write_json, write_lines

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from opensearchpy import OpenSearch

    from include.plan import Plan


def index_corpus(s3: S3Client, client: OpenSearch, plan: Plan) -> dict[str, Any]:
    """Put the evaluation corpus into a temporary index; returns its name, analyzer and number of documents."""
    index = index_name_of(plan.layout.name)
    analyzer = create_index(client, index)
    return {
        "index": index,
        "analyzer": analyzer,
        "documents": fill_index(client, index, read_evaluation_corpus(s3, plan)),
    }


def save_bm25_runs(s3: S3Client, client: OpenSearch, plan: Plan) -> list[str]:
    """Search the temporary index with every query set; returns the URIs of the run files."""
    uris = []
    for name in query_set_names(s3, plan):
        run = search_bm25(client, index_name_of(plan.layout.name), load_query_set(s3, plan, name).queries)
        uris.append(plan.layout.uri(f"evaluation/runs/{name}.{BM25}.trec"))
        write_lines(s3, uris[-1], run_lines(run, BM25))
    return uris


def query_set_names(s3: S3Client, plan: Plan) -> list[str]:
    """`heldout`, and `judged` if judged queries were given."""
    found = list_uris(s3, plan.layout.uri(at.EVALUATION_SETS), ("queries.jsonl",))
    return [name for name in (JUDGED, HELD_OUT) if any(f"/{name}/" in uri for uri in found)]


def save_evaluation(s3: S3Client, plan: Plan, bm25_index: dict[str, Any]) -> dict[str, Any]:
    """Compare base model, tuned model and BM25 on every query set; returns the comparison without single queries.

    The outcome is that of the judged queries if there are any, of the held-out ones else.
    """
    started = time.monotonic()
    sets = {}
    for name in query_set_names(s3, plan):
        sets[name] = compare(load_query_set(s3, plan, name).qrels, _runs(s3, plan, name))
        sets[name]["bm25_analyzer"] = bm25_index["analyzer"]
    decided_on = next(iter(sets))
    return write_evaluation(s3, plan, sets, decided_on, MAIN_MEASURE, started)


def write_evaluation(
    s3: S3Client, plan: Plan, sets: dict[str, Any], decided_on: str, measure: str, started: float
) -> dict[str, Any]:
    """Write `evaluation.json` and the manifest; returns the evaluation without single queries.

    Args:
        s3: client.
        plan: of the run.
        sets: comparison by the name of its set, with `gain`, `n_queries` and `per_query`.
        decided_on: the set whose outcome is the run's.
        measure: whose gain is the outcome.
        started: monotonic time at which the comparison began.
    """
    result = outcome(sets[decided_on]["gain"], measure)
    evaluation = {"outcome": result, "measure": measure, "decided_on": decided_on, "sets": sets}
    write_json(s3, plan.layout.uri(at.EVALUATION), evaluation)
    manifest = Manifest(
        phase="evaluation",
        inputs=object_hashes(s3, [plan.layout.output_uri]),
        outputs=[plan.layout.uri(at.EVALUATION)],
        settings=settings_of(plan.settings.evaluation),
        counts={name: found["n_queries"] for name, found in sets.items()},
        seconds=time.monotonic() - started,
    )
    write_manifest(s3, plan.layout.uri("evaluation"), manifest)
    return {**evaluation, "sets": {name: _without_queries(found) for name, found in sets.items()}}


def _runs(s3: S3Client, plan: Plan, name: str) -> dict[str, Run]:
    files = {f"runs/{name}.{system}.trec": system for system in (BASE, TUNED)}
    found = read_output(s3, plan, list(files))
    missing = ", ".join(files.keys() - found.keys())
    if missing:
        raise TerminalError(f"The training job left no {missing} in {plan.layout.output_uri}. Look at its log.")
    runs = {system: read_run(line.decode() for line in found[file]) for file, system in files.items()}
    bm25 = plan.layout.uri(f"evaluation/runs/{name}.{BM25}.trec")
    return {**runs, BM25: read_run(read_lines(s3, bm25))}


def _without_queries(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name != "per_query"}
