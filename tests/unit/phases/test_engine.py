"""Which engine searches: OpenSearch where it can, the container's runs else, and why."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from opensearchpy import Connection, OpenSearch
from opensearchpy.exceptions import RequestError, TransportError

from include import layout as at
from include.errors import TerminalError
from include.evaluation.beir import QuerySet
from include.evaluation.metrics import read_run
from include.phases.corpus import HELD_OUT, write_query_set
from include.phases.engine import CONTAINER, OPENSEARCH, index_vectors, run_uri, save_engine_runs
from include.storage import read_lines, write_bytes, write_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from include.plan import Plan


class Engine(Connection):
    """A cluster in memory that searches vectors exactly; `refusing` answers everything with an error."""

    kept: dict[str, Any]
    refusing: bool
    status: int = 400

    def perform_request(self, method: str, url: str, params: Any = None, body: Any = b"", *_: Any, **__: Any) -> Any:
        if self.refusing:
            self._raise_error(self.status, '{"error": {"type": "mapper_parsing_exception", "reason": "No handler"}}')
        text = body.decode() if isinstance(body, bytes) else body or ""
        lines = [json.loads(line) for line in text.splitlines()]
        answer: Any = {"acknowledged": True}
        if url.endswith("_bulk"):
            for head, source in zip(lines[::2], lines[1::2], strict=True):
                self.kept[head["index"]["_id"]] = source
            answer = {"errors": False, "items": [{"index": {"status": 201}} for _ in lines[::2]]}
        elif url.endswith("_msearch"):
            answer = {"responses": [self._found(line["query"]["knn"]) for line in lines[1::2]]}
        return 200, {"content-type": "application/json"}, json.dumps(answer)

    def _found(self, clause: dict[str, Any]) -> Any:
        ((field, asked),) = clause.items()
        scores = {name: float(np.dot(source[field], asked["vector"])) for name, source in self.kept.items()}
        return {"status": 200, "hits": {"hits": [{"_id": name, "_score": score} for name, score in scores.items()]}}


@pytest.fixture
def cluster() -> Callable[..., OpenSearch]:
    def make(refusing: bool = False, status: int = 400) -> OpenSearch:
        connection = type("EngineOfTest", (Engine,), {"kept": {}, "refusing": refusing, "status": status})
        return OpenSearch(hosts=["http://search:9200"], connection_class=connection, max_retries=0)

    return make


@pytest.fixture
def trained(s3: Any, make_plan: Callable[..., Plan]) -> Callable[..., Plan]:
    """A run whose training job left vectors of three documents."""

    def make(**changed: Any) -> Plan:
        plan = make_plan(**changed)
        write_query_set(s3, plan, HELD_OUT, QuerySet({"q": "text"}, {"q": {"d1": 1}}))
        folder = f"{at.TRAINING_OUTPUT}/vectors"
        write_json(s3, plan.layout.uri(f"{folder}/document_ids.json"), ["d0", "d1", "d2"])
        write_json(s3, plan.layout.uri(f"{folder}/heldout.query_ids.json"), ["q"])
        rows = np.eye(3, dtype=np.float32)
        for name, values in (
            ("documents.base", rows),
            ("documents.tuned", rows),
            ("heldout.base", rows[:1]),
            ("heldout.tuned", rows[1:2]),
        ):
            file = io.BytesIO()
            np.save(file, values)
            s3.put_object(Bucket=plan.layout.bucket, Key=plan.layout.key(f"{folder}/{name}.npy"), Body=file.getvalue())
        return plan

    return make


def search(s3: Any, client: OpenSearch, plan: Plan) -> dict[str, Any]:
    return save_engine_runs(s3, client, plan, index_vectors(s3, client, plan))


def test_engine_searches_by_the_vectors_of_both_models(s3: Any, trained: Any, cluster: Any) -> None:
    plan = trained()

    found = search(s3, cluster(), plan)

    assert found["engine"] == OPENSEARCH
    assert found["documents"] == 3
    assert found["note"].startswith("Searched in a temporary OpenSearch index by k-NN")
    for system, best in (("base", "d0"), ("tuned", "d1")):
        run = read_run(read_lines(s3, run_uri(plan, HELD_OUT, system)))
        assert max(run["q"], key=run["q"].__getitem__) == best


@pytest.mark.parametrize(
    ("changed", "note"),
    [
        pytest.param({"evaluation_engine": "container"}, "evaluation_engine asks for it.", id="asked-for"),
        pytest.param({"max_documents": 200_000}, "max_documents is above 100,000", id="too-many"),
    ],
)
def test_engine_is_the_container_where_there_are_no_vectors(
    s3: Any, trained: Any, cluster: Any, changed: dict[str, Any], note: str
) -> None:
    found = search(s3, cluster(refusing=True), trained(**changed))

    assert found["engine"] == CONTAINER
    assert found["note"].startswith("The models searched exactly, in the training container. ")
    assert note in found["note"]


def test_engine_without_a_file_of_the_job_is_the_container(s3: Any, trained: Any, cluster: Any) -> None:
    plan = trained()
    s3.delete_object(Bucket=plan.layout.bucket, Key=plan.layout.key(f"{at.TRAINING_OUTPUT}/vectors/heldout.tuned.npy"))

    found = search(s3, cluster(), plan)

    assert found["engine"] == CONTAINER
    assert "The training job left no vectors/heldout.tuned.npy." in found["note"]


def test_engine_cluster_that_refuses_is_told(s3: Any, trained: Any, cluster: Any) -> None:
    found = search(s3, cluster(refusing=True), trained())

    assert found["engine"] == CONTAINER
    assert "OpenSearch could not search by the models' vectors (RequestError(400, " in found["note"]


def test_engine_that_was_asked_for_and_refuses_fails(s3: Any, trained: Any, cluster: Any) -> None:
    with pytest.raises(RequestError, match="No handler"):
        search(s3, cluster(refusing=True), trained(evaluation_engine="opensearch"))


def test_engine_that_was_asked_for_and_has_no_vectors_fails(s3: Any, trained: Any, cluster: Any) -> None:
    plan = trained(evaluation_engine="opensearch")
    s3.delete_object(Bucket=plan.layout.bucket, Key=plan.layout.key(f"{at.TRAINING_OUTPUT}/vectors/document_ids.json"))

    with pytest.raises(TerminalError, match=r"left no vectors/document_ids.json. Set evaluation_engine to 'auto'"):
        search(s3, cluster(), plan)


def test_engine_cluster_that_is_busy_is_asked_again(s3: Any, trained: Any, cluster: Any) -> None:
    with pytest.raises(TransportError, match="429"):
        index_vectors(s3, cluster(refusing=True, status=429), trained(), last_try=False)


def test_engine_cluster_that_stays_busy_leaves_it_to_the_container(s3: Any, trained: Any, cluster: Any) -> None:
    assert index_vectors(s3, cluster(refusing=True, status=429), trained(), last_try=True)["engine"] == CONTAINER


def test_engine_vectors_that_were_cut_leave_it_to_the_container(s3: Any, trained: Any, cluster: Any) -> None:
    plan = trained()
    write_bytes(s3, plan.layout.uri("training-output/vectors/documents.tuned.npy"), b"\x93NUMPY", "application/octet")

    found = index_vectors(s3, cluster(), plan)

    assert found["engine"] == CONTAINER
    assert "documents.tuned.npy of the training job cannot be read" in found["note"]
