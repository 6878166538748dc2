"""Phase 3b: BM25 runs from the cluster, model runs from there or from the training job, and what they reach."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from include import layout as at
from include.errors import TerminalError
from include.evaluation.bm25 import create_index, fill_index, index_name_of, search_bm25
from include.evaluation.compare import BASE, BM25, MAIN_MEASURE, TUNED, compare, outcome, with_hybrids
from include.evaluation.examples import examples
from include.evaluation.gate import decide
from include.evaluation.metrics import Run, read_run, run_lines
from include.manifest import Manifest, object_hashes, settings_of, write_manifest
from include.phases.corpus import load_query_set, read_evaluation_corpus
from include.phases.engine import OPENSEARCH, run_uri
from include.phases.sets import query_set_names, save_beir
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
        uris.append(run_uri(plan, name, BM25))
        write_lines(s3, uris[-1], run_lines(run, BM25))
    return uris


def save_evaluation(s3: S3Client, plan: Plan, bm25_index: dict[str, Any], engine: dict[str, Any]) -> dict[str, Any]:
    """Compare base model, tuned model, BM25 and hybrids on every query set; returns it without single queries.

    The outcome is that of the judged queries if there are any, of the held-out ones else.

    Args:
        s3: client.
        plan: of the run.
        bm25_index: with the `analyzer` of BM25's index.
        engine: as `include.phases.engine.save_engine_runs` returns it: whose runs of the models count.
    """
    started = time.monotonic()
    sets = {name: _compare(s3, plan, name, engine["engine"]) for name in query_set_names(s3, plan)}
    for found in sets.values():
        found["bm25_analyzer"] = bm25_index["analyzer"]
    more = {"engine": engine["engine"], "engine_note": engine["note"], "beir": save_beir(s3, plan)}
    return write_evaluation(s3, plan, sets, MAIN_MEASURE, started, more)


def write_evaluation(
    s3: S3Client, plan: Plan, sets: dict[str, Any], measure: str, started: float, more: dict[str, Any]
) -> dict[str, Any]:
    """Decide, write `evaluation.json` and the manifest; returns the evaluation without single queries.

    Args:
        s3: client.
        plan: of the run.
        sets: comparison by the name of its set, with `gain`, `n_queries` and `per_query`; the first one decides.
        measure: whose gain is the outcome.
        started: monotonic time at which the comparison began.
        more: what the evaluation tells besides: `engine` and `engine_note`.
    """
    decided_on = next(iter(sets))
    result = outcome(sets[decided_on]["gain"], measure)
    evaluation = {"outcome": result, "measure": measure, "decided_on": decided_on, **more, "sets": sets}
    evaluation["decision"] = decision = decide(evaluation, plan.settings.evaluation).as_dict()
    write_json(s3, plan.layout.uri(at.EVALUATION), evaluation)
    manifest = Manifest(
        phase="evaluation",
        inputs=object_hashes(s3, list_uris(s3, plan.layout.uri(at.TRAINING_OUTPUT))),
        outputs=[plan.layout.uri(at.EVALUATION)],
        settings=settings_of(plan.settings.evaluation),
        counts={
            **{name: found["n_queries"] for name, found in sets.items()},
            "p_value": decision["checks"][0]["p_value"],
            "promote": decision["promote"],
            "engine": more["engine"],
        },
        seconds=time.monotonic() - started,
    )
    write_manifest(s3, plan.layout.uri("evaluation"), manifest)
    return {**evaluation, "sets": {name: _without_queries(found) for name, found in sets.items()}}


def _compare(s3: S3Client, plan: Plan, name: str, engine: str) -> dict[str, Any]:
    """One query set, with the queries that changed most; all runs are kept beside each other."""
    query_set = load_query_set(s3, plan, name)
    runs = with_hybrids(_runs(s3, plan, name, engine))
    for system, run in runs.items():
        if system != BM25:
            write_lines(s3, run_uri(plan, name, system), run_lines(run, system))
    found = compare(query_set.qrels, runs)
    return {**found, **examples(query_set, runs, found["per_query"], read_evaluation_corpus(s3, plan))}


def _runs(s3: S3Client, plan: Plan, name: str, engine: str) -> dict[str, Run]:
    runs = {} if engine == OPENSEARCH else _container_runs(s3, plan, name)
    kept = [system for system in (BASE, TUNED, BM25) if system not in runs]
    return {**runs, **{system: read_run(read_lines(s3, run_uri(plan, name, system))) for system in kept}}


def _container_runs(s3: S3Client, plan: Plan, name: str) -> dict[str, Run]:
    files = {f"runs/{name}.{system}.trec": system for system in (BASE, TUNED)}
    found = read_output(s3, plan, list(files))
    missing = ", ".join(files.keys() - found.keys())
    if missing:
        raise TerminalError(f"The training job left no {missing} in its output.tar.gz. Look at its log.")
    return {system: read_run(line.decode() for line in found[file]) for file, system in files.items()}


def _without_queries(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name not in ("per_query", "best", "worst")}
