"""Phase 3b: base and tuned model searched in OpenSearch, as they will be used, where that can be done."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from include import layout as at
from include.errors import FinetuneError, TerminalError
from include.evaluation.engine import create_vector_index, fill_vector_index, index_name_of, search_vectors
from include.evaluation.metrics import run_lines
from include.evaluation.vectors import MODELS, Vectors, files_of
from include.phases.sets import query_set_names
from include.retryable import is_retryable
from include.settings import MAX_DOCUMENTS_WITH_VECTORS
from include.storage import list_uris, write_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_s3 import S3Client
    from opensearchpy import OpenSearch

    from include.plan import Plan

OPENSEARCH, CONTAINER = "opensearch", "container"
VECTORS = f"{at.TRAINING_OUTPUT}/vectors"
SEARCHED = {
    False: "Searched in a temporary OpenSearch index by k-NN (Lucene, HNSW, cosine), which is approximate as in use.",
    True: "Searched in a temporary OpenSearch index by neural_sparse (rank_features).",
}
EXACT = "The models searched exactly, in the training container"


def index_vectors(s3: S3Client, client: OpenSearch, plan: Plan, last_try: bool = True) -> dict[str, Any]:
    """Put both models' vectors into a temporary index, if the models can be searched there.

    Args:
        s3: client.
        client: of the cluster.
        plan: of the run.
        last_try: there is no other, so that an error that may pass counts as one that stays.

    Returns:
        `engine`, which is to search: `opensearch`, or `container` whose runs are there already; `note`, how or why;
        `documents` in the index.

    Raises:
        TerminalError: `evaluation_engine` is `opensearch`, and it cannot be done.
    """
    reason = _why_not(s3, plan)
    if reason:
        return _fall_back(plan, TerminalError(f"{reason} Set evaluation_engine to 'auto' or 'container'."), reason)

    def index() -> dict[str, Any]:
        name = index_name_of(plan.layout.name)
        with _downloaded(s3, plan, ["documents", "document_ids"]) as vectors:
            create_vector_index(client, name, vectors)
            documents = fill_vector_index(client, name, vectors)
        return {"engine": OPENSEARCH, "note": SEARCHED[plan.settings.is_sparse], "documents": documents}

    return _trying(plan, index, last_try)


def save_engine_runs(
    s3: S3Client, client: OpenSearch, plan: Plan, engine: dict[str, Any], last_try: bool = True
) -> dict[str, Any]:
    """Search the temporary index with every query set and both models; returns which engine's runs count now.

    Raises:
        TerminalError: `evaluation_engine` is `opensearch`, and it cannot be done.
    """
    if engine["engine"] != OPENSEARCH:
        return engine

    def search() -> dict[str, Any]:
        names = query_set_names(s3, plan)
        with _downloaded(s3, plan, names) as vectors:
            for name in names:
                for system in MODELS:
                    run = search_vectors(client, index_name_of(plan.layout.name), vectors, name, system)
                    write_lines(s3, run_uri(plan, name, system), run_lines(run, system))
        return engine

    return _trying(plan, search, last_try)


def run_uri(plan: Plan, query_set: str, system: str) -> str:
    """Where the TREC file of a system's run over a query set is kept."""
    return plan.layout.uri(f"{at.RUNS}/{query_set}.{system}.trec")


def _why_not(s3: S3Client, plan: Plan) -> str:
    if plan.settings.evaluation.evaluation_engine == CONTAINER:
        return "evaluation_engine asks for it."
    if not plan.settings.writes_vectors:
        return f"max_documents is above {MAX_DOCUMENTS_WITH_VECTORS:,}: the vectors are too many to travel."
    there = list_uris(s3, plan.layout.uri(VECTORS))
    wanted = files_of(query_set_names(s3, plan), plan.settings.is_sparse)
    missing = [name for name in wanted if plan.layout.uri(f"{VECTORS}/{name}") not in there]
    return f"The training job left no vectors/{missing[0]}." if missing else ""


def _trying(plan: Plan, work: Callable[[], dict[str, Any]], last_try: bool) -> dict[str, Any]:
    """The work's answer; training is not lost because the cluster cannot do it now, or has no k-NN plugin."""
    from opensearchpy.exceptions import OpenSearchException

    try:
        return work()
    except (OpenSearchException, FinetuneError) as error:
        if is_retryable(error) and not last_try:
            raise
        return _fall_back(plan, error, f"OpenSearch could not search by the models' vectors ({error!s:.300}).")


def _fall_back(plan: Plan, error: Exception, reason: str) -> dict[str, Any]:
    if plan.settings.evaluation.evaluation_engine == OPENSEARCH:
        raise error
    return {"engine": CONTAINER, "note": f"{EXACT}. {reason}"}


@contextmanager
def _downloaded(s3: S3Client, plan: Plan, beginnings: list[str]) -> Iterator[Vectors]:
    """The vectors of documents, or of these query sets, as files that live as long as the context."""
    with TemporaryDirectory() as folder:
        for uri in list_uris(s3, plan.layout.uri(VECTORS)):
            name = uri.rpartition("/")[2]
            if name.partition(".")[0] in beginnings:
                path = plan.layout.key(f"{VECTORS}/{name}")
                s3.download_file(plan.layout.bucket, path, str(Path(folder, name)))
        yield Vectors(Path(folder), plan.settings.is_sparse)
