"""Rules of neural search's source about sparse vectors and `_reindex` that no recording shows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.gateway.caller import Caller
from tests.contract.gateway.remote_model import ScriptedModel
from tests.contract.gateway.servers import GatewayProcess

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.contract.gateway.servers import Stack

TEXTS = {"1": "the dog runs", "2": "a cat sleeps", "3": "dogs and cats"}
MAPPINGS = {"properties": {"text": {"type": "text"}, "tokens": {"type": "rank_features"}}}


class Sparse:
    """A gateway with a sparse model, the index `sparse`, and the pipeline `encode` into it."""

    def __init__(self, caller: Caller, remote: ScriptedModel) -> None:
        self.caller = caller
        self.remote = remote
        caller.put_settings(trusted_connector_endpoints_regex=["^.*$"], connector__private_ip_enabled=True)
        self.model = self.deployed("/sm_sparse")
        self.pipeline("encode", batch_size=2)
        for index in ("sparse", "copy"):
            settings = {"number_of_shards": 1, "number_of_replicas": 0}
            caller.ask("PUT", f"/{index}", {"settings": settings, "mappings": MAPPINGS})
        assert not caller.bulk("/sparse/_bulk?refresh=true&pipeline=encode", TEXTS)["errors"]

    def deployed(self, path: str) -> str:
        action = {
            "action_type": "predict",
            "method": "POST",
            "url": f"http://{self.remote.address}{path}",
            "request_body": '{"inputs": ${parameters.input}}',
            "pre_process_function": "connector.pre_process.default.embedding",
        }
        connector = {"name": "c", "version": "1", "protocol": "http", "credential": {"k": "v"}, "actions": [action]}
        created = self.caller.ask("POST", "/_plugins/_ml/connectors/_create", connector)["connector_id"]
        model = {"name": path, "function_name": "remote", "connector_id": created}
        model_id = str(self.caller.ask("POST", "/_plugins/_ml/models/_register?deploy=true", model)["model_id"])
        self.caller.until_deployed(model_id)
        return model_id

    def pipeline(self, name: str, **options: Any) -> None:
        processor = {"model_id": self.model, "field_map": {"text": "tokens"}, **options}
        self.caller.ask("PUT", f"/_ingest/pipeline/{name}", {"processors": [{"sparse_encoding": processor}]})

    def hits(self, **options: Any) -> dict[str, float]:
        return dict(self.caller.hits("/sparse/_search", {"neural_sparse": {"tokens": options}}))

    def refused(self, **options: Any) -> tuple[int, str]:
        return self.caller.refused("POST", "/sparse/_search", {"query": {"neural_sparse": {"tokens": options}}})


@pytest.fixture(scope="module")
def sparse(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sparse]:
    stack.wipe()
    remote = ScriptedModel()
    remote.start()
    node = tmp_path_factory.mktemp("sparse") / "node"
    with GatewayProcess(stack.url, node) as gateway, Caller(gateway.url) as caller:
        gateway.wait()
        yield Sparse(caller, remote)
    remote.stop()


def test_sparse_batches_ask_the_shortest_text_first(sparse: Sparse) -> None:
    sparse.remote.drain()
    assert not sparse.caller.bulk("/sparse/_bulk?refresh=true&pipeline=encode", TEXTS)["errors"]
    asked = sorted(json.loads(call["body"])["inputs"] for call in sparse.remote.drain())
    assert asked == [["dogs and cats"], ["the dog runs", "a cat sleeps"]]


def test_sparse_scores_are_sums_of_products(sparse: Sparse) -> None:
    # Weights are stored with 8 bits of mantissa: 1.3 is 1.296875.
    assert sparse.hits(query_tokens={"dog": 2.0, "the": 1.0}) == {"1": 3 * 1.296875}
    assert sparse.hits(query_tokens={"dog": 2.0}, boost=2.0) == {"1": 4 * 1.296875}
    assert sparse.hits(query_tokens={}) == {}
    assert sparse.hits(query_text="dog", model_id=sparse.model).keys() == {"1"}


def test_sparse_other_analyzer_weighs_all_tokens_the_same(sparse: Sparse) -> None:
    assert sparse.hits(query_text="The DOG", analyzer="standard") == {"1": 2 * 1.296875}


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"query_text": "dog", "analyzer": "nothing"}, "Analyzer [nothing] not found in shard context. "),
        ({"query_tokens": {"dog": 65.0}}, "weight must be in (0, 64.0], got: 65.0"),
        ({"query_tokens": {"dog": -0.5}}, "weight must be in (0, 64.0], got: -0.5"),
    ],
    ids=["analyzer", "heavy", "negative"],
)
def test_sparse_query_that_no_shard_builds_is_refused(sparse: Sparse, options: dict[str, Any], reason: str) -> None:
    body = {"query": {"neural_sparse": {"tokens": options}}}
    answer = sparse.caller.http.post("/sparse/_search", json=body).json()
    assert answer["status"] == 400
    assert answer["error"]["root_cause"][0]["reason"] == f"failed to create query: {reason}"
    assert answer["error"]["failed_shards"][0]["reason"]["caused_by"]["reason"] == reason


def test_sparse_query_with_model_and_analyzer_is_refused(sparse: Sparse) -> None:
    status, reason = sparse.refused(query_text="dog", model_id="m", analyzer="standard")
    assert (status, reason.startswith("Cannot use both [model_id: m] and [analyzer: standard]")) == (400, True)


def test_sparse_query_in_two_phases_scores_the_best_with_all_tokens(sparse: Sparse) -> None:
    pipeline = {"request_processors": [{"neural_sparse_two_phase_processor": {}}]}
    sparse.caller.ask("PUT", "/_search/pipeline/two_phase", pipeline)
    tokens = {"dog": 4.0, "the": 1.0, "cat": 1.0}
    query = {"neural_sparse": {"tokens": {"query_tokens": tokens}}}
    found = dict(sparse.caller.hits("/sparse/_search?search_pipeline=two_phase", query))
    # `cat` alone finds nothing: it is a light token.
    assert found == {"1": 5 * 1.296875}


def test_sparse_pipeline_is_shown_as_it_was_put(sparse: Sparse) -> None:
    sparse.pipeline("pruned", prune_type="top_k", prune_ratio=1)
    shown = sparse.caller.ask("GET", "/_ingest/pipeline/pruned")["pruned"]["processors"][0]["sparse_encoding"]
    assert (shown["prune_type"], shown["prune_ratio"]) == ("top_k", 1)
    sparse.caller.ask("PUT", "/copy/_doc/7?pipeline=pruned&refresh=true", {"text": "the quickest dog"})
    assert sparse.caller.ask("GET", "/copy/_doc/7")["_source"]["tokens"] == {"quickest": 1.8}
    sparse.caller.ask("DELETE", "/copy/_doc/7?refresh=true")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"prune_type": "half"}, "Unknown prune type: half"),
        ({"prune_ratio": 0.5}, "prune_ratio field is not supported when prune_type is not provided"),
        ({"prune_type": "top_k"}, "[prune_ratio] required property is missing"),
        ({"batch_size": 0}, "[batch_size] batch size must be a positive integer"),
    ],
    ids=["type", "ratio-alone", "no-ratio", "batch"],
)
def test_sparse_pipeline_with_wrong_pruning_is_refused(sparse: Sparse, options: dict[str, Any], reason: str) -> None:
    processor = {"model_id": "m", "field_map": {"text": "tokens"}, **options}
    body = {"processors": [{"sparse_encoding": processor}]}
    assert sparse.caller.refused("PUT", "/_ingest/pipeline/wrong", body) == (400, reason)


def test_sparse_texts_of_a_list_are_objects_with_their_tokens(sparse: Sparse) -> None:
    sparse.caller.ask("PUT", "/other/_doc/1?pipeline=encode", {"text": ["dog", "cat"]})
    tokens = sparse.caller.ask("GET", "/other/_doc/1")["_source"]["tokens"]
    assert tokens == [{"sparse_encoding": {"dog": 1.3}}, {"sparse_encoding": {"cat": 1.3}}]


def test_reindex_counts_what_it_wrote(sparse: Sparse) -> None:
    body = {"source": {"index": "sparse", "size": 2}, "dest": {"index": "copy", "pipeline": "encode"}}
    first = sparse.caller.ask("POST", "/_reindex?refresh=true", body)
    assert {name: first[name] for name in ("total", "created", "updated", "batches")} == {
        "total": 3,
        "created": 3,
        "updated": 0,
        "batches": 2,
    }
    again = sparse.caller.ask("POST", "/_reindex", {**body, "max_docs": 1})
    assert (again["total"], again["updated"], again["batches"]) == (1, 1, 1)
    create = {**body, "dest": {**body["dest"], "op_type": "create"}}
    status = sparse.caller.http.post("/_reindex", json=create)
    assert (status.status_code, status.json()["version_conflicts"], len(status.json()["failures"])) == (409, 2, 2)
    proceed = sparse.caller.ask("POST", "/_reindex", {**create, "conflicts": "proceed"})
    assert (proceed["version_conflicts"], proceed["failures"]) == (3, [])


def test_reindex_of_what_is_not_there_is_refused(sparse: Sparse) -> None:
    body = {"source": {"index": "nothing"}, "dest": {"index": "copy", "pipeline": "encode"}}
    assert sparse.caller.refused("POST", "/_reindex", body) == (404, "no such index [nothing]")
    with_script = {**body, "script": {"source": ""}}
    status, reason = sparse.caller.refused("POST", "/_reindex", with_script)
    assert (status, "does not have ['script'] there" in reason) == (400, True)


def test_simulated_pipeline_shows_the_vectors_and_the_failures(sparse: Sparse) -> None:
    docs = [{"_source": {"text": "dog"}}, {"_index": "i", "_id": "2", "_source": {"text": 1}}]
    shown = sparse.caller.ask("POST", "/_ingest/pipeline/encode/_simulate", {"docs": docs})["docs"]
    assert shown[0]["doc"]["_source"] == {"text": "dog", "tokens": {"dog": 1.3}}
    assert shown[1]["error"]["reason"].startswith("map type field [text] is neither string nor nested type")
    processor = {"model_id": sparse.model, "field_map": {"text": "tokens"}}
    inline = {"pipeline": {"processors": [{"sparse_encoding": processor}]}, "docs": docs[:1]}
    assert sparse.caller.ask("POST", "/_ingest/pipeline/_simulate", inline)["docs"][0]["doc"] | {"_ingest": {}} == {
        **shown[0]["doc"],
        "_ingest": {},
    }


def test_simulated_pipeline_without_model_is_the_servers(sparse: Sparse) -> None:
    inline = {"pipeline": {"processors": [{"set": {"field": "a", "value": 1}}]}, "docs": [{"_source": {}}]}
    assert sparse.caller.ask("POST", "/_ingest/pipeline/_simulate", inline)["docs"][0]["doc"]["_source"] == {"a": 1}
