"""The points that are written by hand: what does not pass by itself, and what needs more than one call."""

from __future__ import annotations

import errno
import gzip
import io
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from tests.faults import damage
from tests.faults.board import FOR_EVER
from tests.faults.operations import OPENSEARCH, Operation
from tests.faults.points import Point
from tests.faults.refusals import code_of
from tests.faults.world import BUCKET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.faults.board import Fault
    from tests.faults.world import World

SAGEMAKER, BEDROCK, S3 = "sagemaker", "bedrock", "s3"
CAPACITY = "CapacityError: Unable to provision requested ML compute capacity. Please retry using a different instance."
GET_MODEL = Operation(OPENSEARCH, "GET /_plugins/_ml/models/*")
# Where a service stays away for all tries of a task: the task, the operation, and how it refuses.
OUTAGES = (
    ("plan_run", Operation(S3, "HeadBucket"), "server error"),
    ("corpus.export_index", Operation(OPENSEARCH, "POST /_search"), "throttling"),
    ("corpus.export_index", Operation(S3, "UploadPart"), "throttling"),
    ("corpus.split_documents", Operation(S3, "GetObject"), "expired credentials"),
    ("queries.start_batch_job", Operation(BEDROCK, "CreateModelInvocationJob"), "quota"),
    ("queries.wait_for_batch_job", Operation(BEDROCK, "GetModelInvocationJob"), "expired credentials"),
    ("queries.pair_queries", Operation(S3, "PutObject"), "server error"),
    ("evaluation.create_bm25_index", Operation(OPENSEARCH, "POST /_bulk"), "throttling"),
    ("training.train", Operation(SAGEMAKER, "CreateTrainingJob"), "quota"),
    ("training.train", Operation(SAGEMAKER, "CreateTrainingJob"), "capacity"),
    ("training.train", Operation(SAGEMAKER, "DescribeTrainingJob"), "expired credentials"),
    ("training.check_artifact", Operation(S3, "GetObject"), "server error"),
    ("endpoint.create_model", Operation(SAGEMAKER, "CreateModel"), "throttling"),
    ("endpoint.create_endpoint", Operation(SAGEMAKER, "CreateEndpoint"), "quota"),
    ("endpoint.create_endpoint", Operation(SAGEMAKER, "DescribeEndpoint"), "throttling"),
    ("opensearch.create_connector", Operation(OPENSEARCH, "POST /_plugins/_ml/connectors/_create"), "server error"),
    ("opensearch.register_model", Operation(OPENSEARCH, "POST /_plugins/_ml/models/_register"), "throttling"),
    ("opensearch.create_pipelines", Operation(OPENSEARCH, "PUT /_search/pipeline/*"), "server error"),
    ("opensearch.check_deployed_model", Operation("sagemaker-runtime", "InvokeEndpoint"), "throttling"),
    ("record_promotion", Operation(S3, "PutObject"), "server error"),
    ("write_report", Operation(S3, "PutObject"), "expired credentials"),
)


def special_points(world: World) -> list[Point]:
    """All of them."""
    return [
        *_archives(world),
        *_deployment(),
        *_batch_files(world),
        *_input_files(world),
        *_cluster(world),
        *_worker(),
        *_jobs(),
        *_while_ending(),
        *(_outage(*row) for row in OUTAGES),
    ]


def _outage(task: str, operation: Operation, kind: str) -> Point:
    fault = {"operation": operation, "kind": kind, "task": task, "times": FOR_EVER}
    # A model's error comes through the cluster, the answer to HEAD has no body.
    own_words = operation.service != "sagemaker-runtime" and not operation.name.startswith("Head")
    says = code_of(operation, kind) if own_words else ""
    return Point(f"{task} · {operation} · {kind}, at every try", (fault,), "clear", says)


def _rewritten(task: str, operation: Operation, what: str, ends: str, says: str, **changed: Any) -> Point:
    """An answer with other fields."""
    fault = {
        "operation": operation,
        "kind": "rewritten",
        "task": task,
        "times": FOR_EVER,
        "rewrite": damage.fields(**changed),
    }
    return Point(f"{task or 'all tasks'} · {operation} · {what}", (fault,), ends, says, unbilled=says == CAPACITY)


def _jobs() -> Iterator[Point]:
    describe = Operation(SAGEMAKER, "DescribeTrainingJob")
    for status, reason in (("Failed", "AlgorithmError: loss is nan"), ("Failed", CAPACITY), ("Stopped", "")):
        told = {"TrainingJobStatus": status, "SecondaryStatus": status, "FailureReason": reason or None}
        what = f"{status} {reason.partition(':')[0]}".strip()
        yield _rewritten("training.train", describe, what, "clear", reason or status, **told)
    get = Operation(BEDROCK, "GetModelInvocationJob")
    for status, ends in (
        ("Failed", "clear"),
        ("Stopped", "clear"),
        ("Expired", "right"),
        ("PartiallyCompleted", "right"),
    ):
        says = "no capacity" if status == "Failed" else status if ends == "clear" else ""
        yield _rewritten("queries.wait_for_batch_job", get, status, ends, says, status=status, message="no capacity")
        if ends == "right":
            failing = _rewritten(
                "queries.wait_for_batch_job", get, f"{status}, not to be used", "clear", status, status=status
            )
            yield Point(failing.name, failing.faults, "clear", status, {"incomplete_batch_jobs": "fail"})


def _deployment() -> Iterator[Point]:
    describe = Operation(SAGEMAKER, "DescribeEndpoint")
    for reason in (
        CAPACITY,
        "The primary container for production variant AllTraffic did not pass the ping health check.",
    ):
        told = {"EndpointStatus": "Failed", "FailureReason": reason}
        what = f"Failed {reason.partition(':')[0]:.24}"
        yield _rewritten("endpoint.create_endpoint", describe, what, "clear", reason, **told)
    yield _rewritten("", GET_MODEL, "stuck in DEPLOYING", "clear", "DEPLOYING", model_state="DEPLOYING")
    yield _rewritten("", GET_MODEL, "DEPLOY_FAILED", "clear", "DEPLOY_FAILED", model_state="DEPLOY_FAILED")
    register = Operation(OPENSEARCH, "POST /_plugins/_ml/models/_register")
    task, refused = "opensearch.register_model", b'{"task_id":"t","status":"FAILED"}'
    fault = {"operation": register, "kind": "answered", "task": task, "times": FOR_EVER, "rewrite": lambda _: refused}
    yield Point(f"{task} · {register} · task FAILED, no model", (fault,), "clear", "FAILED")
    group = Operation(OPENSEARCH, "POST /_plugins/_ml/model_groups/_search")
    yield _rewritten("opensearch.register_group", group, "an answer without hits", "clear", "", hits=None)
    predict = Operation("sagemaker-runtime", "InvokeEndpoint")
    told = {"embeddings": [[0.0] * 384] * 2}
    yield _rewritten("opensearch.check_deployed_model", predict, "other vectors", "clear", "does not answer", **told)


def _damaged(
    world: World, task: str, operation: Operation, ending: str, what: str, harm: Any, ends: str, says: str = ""
) -> Point:
    fault = {"operation": operation, "kind": "meanwhile", "task": task, "act": damage.damaging(world, ending, harm)}
    return Point(f"{task} · {ending} · {what}", (fault,), ends, says)


def _batch_files(world: World) -> Iterator[Point]:
    for ending, what, harm, ends, says in (
        (".jsonl.out", "cut in its last line", damage.last_line_cut, "declared", ""),
        (".jsonl.out", "cut short", damage.cut_short, "clear", "usable"),
        (".jsonl.out", "no JSON", damage.garbled, "clear", "usable"),
        (".jsonl.out", "missing", damage.gone, "clear", "usable"),
        ("manifest.json.out", "missing", damage.gone, "right", ""),
        ("manifest.json.out", "no JSON", damage.garbled, "right or clear", "manifest.json.out"),
    ):
        listing = Operation(S3, "ListObjectsV2")
        yield _damaged(world, "queries.pair_queries", listing, ending, what, harm, ends, says)


def _archives(world: World) -> Iterator[Point]:
    head = Operation(S3, "HeadObject")
    for ending, what, harm, says in (
        ("/model.tar.gz", "cut", damage.cut, "model.tar.gz"),
        ("/model.tar.gz", "no archive", damage.garbled, "model.tar.gz"),
        ("/model.tar.gz", "without its weights", damage.without("model.safetensors"), "model.safetensors"),
        ("/model.tar.gz", "missing", damage.gone, "model.tar.gz"),
        ("/output.tar.gz", "cut", damage.cut, "output.tar.gz"),
        ("/output.tar.gz", "missing", damage.gone, "output.tar.gz"),
        ("/output.tar.gz", "without golden.json", damage.without("golden.json"), "golden.json"),
        ("/output.tar.gz", "golden.json cut", damage.with_file("golden.json", damage.cut), "golden.json"),
        ("/output.tar.gz", "training.json no JSON", damage.with_file("training.json", damage.garbled), "training.json"),
        ("/output.tar.gz", "without a run", damage.without("runs/judged.base.trec"), "judged.base.trec"),
    ):
        ends = "right or clear" if "run" in what else "clear"
        yield _damaged(world, "training.check_artifact", head, ending, what, harm, ends, says)
    cut_vectors = damage.with_file("vectors/documents.tuned.npy", damage.cut)
    yield _damaged(
        world, "training.check_artifact", head, "/output.tar.gz", "vectors cut", cut_vectors, "degraded or clear"
    )


def _input_files(world: World) -> Iterator[Point]:
    s3 = world.client("s3")
    packed = gzip.compress(b'{"id": "a", "text": "a text of a document"}\n' * 500)
    s3.put_object(Bucket=BUCKET, Key="faults-input/cut.jsonl.gz", Body=packed[: len(packed) // 2])
    s3.put_object(Bucket=BUCKET, Key="faults-input/bad.jsonl", Body=damage.GARBAGE)
    queries = s3.get_object(Bucket=BUCKET, Key="e2e/queries.jsonl")["Body"].read()
    s3.put_object(Bucket=BUCKET, Key="faults-input/queries.jsonl", Body=damage.last_line_cut(queries))
    for name, what in (("cut.jsonl.gz", "cut"), ("bad.jsonl", "no JSON")):
        conf = {"input_type": "s3", "s3_corpus_path": f"s3://{BUCKET}/faults-input/{name}", "index_name": None}
        yield Point(f"corpus.read_jsonl · {name} · {what}", (_seen("corpus.read_jsonl"),), "clear", name, conf)
    judged = {"eval_queries_s3_path": f"s3://{BUCKET}/faults-input/queries.jsonl"}
    name = "corpus.read_judged_queries · queries.jsonl · cut in its last line"
    yield Point(name, (_seen("corpus.read_judged_queries"),), "clear", "eval_queries_s3_path", judged)


def _seen(task: str) -> dict[str, Any]:
    """No more than: the file was asked for."""
    return {"operation": Operation(S3, "GetObject"), "kind": "meanwhile", "task": task}


def _cluster(world: World) -> Iterator[Point]:
    search = Operation(OPENSEARCH, "POST /_search")
    restart = {
        "operation": search,
        "kind": "meanwhile",
        "task": "corpus.export_index",
        "skip": 2,
        "act": lambda _: world.restart("opensearch"),
    }
    yield Point("corpus.export_index · OpenSearch restarts", (restart,), around=_patient)
    lose = {**restart, "act": lambda _: world.cluster.delete_all_pits()}
    yield Point("corpus.export_index · point in time lost", (lose,))
    refuse = {"operation": Operation(OPENSEARCH, "POST /_bulk"), "kind": "rewritten", "rewrite": _refuse_items}
    for task in ("evaluation.create_bm25_index", "evaluation.create_evaluation_index"):
        yield Point(f"{task} · documents rejected by a full queue", ({**refuse, "task": task},))
    fail = {"operation": Operation(OPENSEARCH, "POST /*/_msearch"), "kind": "rewritten", "rewrite": _fail_searches}
    for task in ("evaluation.search_with_bm25", "evaluation.search_with_models"):
        yield Point(f"{task} · searches rejected by a full queue", ({**fail, "task": task},))
    gone = {
        "operation": Operation(OPENSEARCH, "POST /*/_msearch"),
        "kind": "meanwhile",
        "task": "evaluation.search_with_bm25",
        "act": lambda _: world.cluster.indices.delete(index="faults-*-bm25"),
    }
    yield Point("evaluation.search_with_bm25 · its index is gone", (gone,), "clear", "bm25")


@contextmanager
def _patient(_: list[Fault]) -> Iterator[None]:
    with patch("opensearch_ml.hooks.ml_commons.TIMEOUT_SECONDS", 120):
        yield


def _refuse_items(body: bytes) -> bytes:
    return body.replace(
        b'"status":201', b'"status":429,"error":{"type":"rejected_execution_exception","reason":"full"}'
    )


def _fail_searches(_: bytes) -> bytes:
    error = b'{"error":{"type":"rejected_execution_exception","reason":"queue is full"},"status":429}'
    return b'{"took":1,"responses":[' + b",".join([error] * 50) + b"]}"


def _worker() -> Iterator[Point]:
    for module, task in (
        ("include.corpus.sample", "corpus.export_index"),
        ("include.phases.training", "training.check_artifact"),
    ):
        fault = {"operation": Operation("disk", "write"), "kind": "full", "times": FOR_EVER}
        yield Point(
            f"{task} · the worker's disk is full", (fault,), "clear", "space", task=task, around=_full_disk(module)
        )


def _full_disk(module: str) -> Callable[[list[Fault]], Any]:
    @contextmanager
    def around(faults: list[Fault]) -> Iterator[None]:
        with patch(f"{module}.TemporaryFile", lambda *_, **__: _FullDisk(faults[0])):
            yield

    return around


class _FullDisk(io.BytesIO):
    """A temporary file on a disk that is full."""

    def __init__(self, fault: Fault) -> None:
        super().__init__()
        self._fault = fault

    def write(self, _: Any) -> int:
        self._fault.reached += 1
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _while_ending() -> Iterator[Point]:
    """What goes wrong while a failed run is cleared away."""
    refused = {
        "operation": Operation(OPENSEARCH, "PUT /_search/pipeline/*"),
        "kind": "server error",
        "task": "opensearch.create_pipelines",
        "times": FOR_EVER,
    }
    for operation, kind in (
        (Operation(SAGEMAKER, "DeleteEndpoint"), "throttling"),
        (Operation(SAGEMAKER, "DeleteEndpoint"), "lost answer"),
        (Operation(SAGEMAKER, "DeleteModel"), "server error"),
        (Operation(SAGEMAKER, "ListTrainingJobs"), "expired credentials"),
        (Operation(BEDROCK, "ListModelInvocationJobs"), "reset"),
        (Operation(OPENSEARCH, "DELETE /_plugins/_ml/models/*"), "throttling"),
        (Operation(S3, "PutObject"), "server error"),
    ):
        also = {"operation": operation, "kind": kind, "task": "explain_failure"}
        yield Point(f"explain_failure · {operation} · {kind}", (refused, also), "clear", "cluster_block")
