"""The gateway before a real OpenSearch: what it passes on, what it keeps, and how a `neural` query is answered."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.contract.gateway.caller import SECRET, TEXTS, VECTORS, Caller
from tests.contract.gateway.remote_model import ScriptedModel
from tests.contract.gateway.servers import PROJECT, GatewayProcess, Stack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PASSED_ON: list[tuple[str, str, bytes | None]] = [
    ("GET", "/", None),
    ("HEAD", "/docs", None),
    ("HEAD", "/nothing", None),
    ("GET", "/docs/_doc/1", None),
    ("GET", "/docs/_doc/nothing", None),
    ("GET", "/docs/_doc/%E2%82%AC", None),
    ("GET", "/nothing/_search", None),
    ("GET", "/_cat/count/docs?h=count", None),
    ("GET", "/_cat/nothing", None),
    ("GET", "/_cluster/health?nothing=1", None),
    ("GET", "/docs/_mapping?pretty", None),
    ("GET", "/docs/_search?filter_path=hits.total&q=text:d%6Fg", None),
    ("POST", "/docs/_search?filter_path=hits", b'{"query": {"match": {"text": "dog"}}}'),
    ("POST", "/docs/_search", b'{"query": {"nothing": {}}}'),
    ("POST", "/docs/_search", b'{"query": '),
    ("PUT", "/docs/_search", b"{}"),
    ("POST", "/_msearch?filter_path=**._id", b'{"index": "docs"}\n{"query": {"match_all": {}}}\n'),
    ("POST", "/docs/_bulk", b'{"index": {}}\n{"text": "no newline"}'),
    ("DELETE", "/nothing", None),
    # These the gateway answers itself.
    ("GET", "/_search/pipeline", None),
    ("GET", "/_search/pipeline/nothing", None),
    ("GET", "/_ingest/pipeline", None),
    ("DELETE", "/_ingest/pipeline/nothing", None),
    ("GET", "/_cluster/settings?nothing=1", None),
    ("PUT", "/_cluster/settings", b"{"),
]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """An OpenSearch of these tests alone: they change what other tests of the gateway rely on."""
    stack = Stack(tmp_path_factory.mktemp("stack"))
    stack.up()
    yield stack
    stack.down("--purge")


@pytest.fixture
def direct(plain: Stack) -> Iterator[Caller]:
    """The server without the gateway."""
    plain.wipe()
    with Caller(plain.url) as caller:
        yield caller


@pytest.fixture
def process(plain: Stack, direct: Caller, tmp_path: Path) -> Iterator[GatewayProcess]:
    with GatewayProcess(plain.url, tmp_path / "node") as process:
        process.wait()
        yield process


@pytest.fixture
def gateway(process: GatewayProcess) -> Iterator[Caller]:
    """A gateway that lets connectors call this machine."""
    with Caller(process.url) as caller:
        caller.put_settings(trusted_connector_endpoints_regex=["^.*$"], connector__private_ip_enabled=True)
        yield caller


@pytest.fixture
def remote() -> Iterator[ScriptedModel]:
    model = ScriptedModel()
    model.start()
    yield model
    model.stop()


@pytest.fixture
def documents(direct: Caller) -> Caller:
    """The index `docs` with `TEXTS`, without vectors."""
    assert not direct.bulk("/docs/_bulk?refresh=true", TEXTS)["errors"]
    return direct


def test_passed_on_answers_are_the_servers(documents: Caller, gateway: Caller) -> None:
    for method, target, body in PASSED_ON:
        headers = {"Content-Type": "application/json", "X-Opaque-Id": "7", "Accept-Encoding": "identity"}
        answers = [each.http.request(method, target, content=body, headers=headers) for each in (documents, gateway)]
        expected, got = [(answer.status_code, dict(answer.headers), answer.content) for answer in answers]
        assert got == expected, f"{method} {target}"


def test_passed_on_compressed_answer_stays_compressed(documents: Caller, gateway: Caller) -> None:
    raw = []
    for caller in (documents, gateway):
        request = caller.http.build_request("GET", "/docs/_mapping", headers={"Accept-Encoding": "gzip"})
        answer = caller.http.send(request, stream=True)
        raw.append((answer.headers["content-encoding"], b"".join(answer.iter_raw())))
        answer.close()
    assert raw[0] == raw[1]
    assert b"properties" in gzip.decompress(raw[1][1])


def test_passed_on_compressed_body_is_understood(documents: Caller, gateway: Caller) -> None:
    query = gzip.compress(b'{"query": {"ids": {"values": ["3"]}}}')
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    answer = gateway.http.post("/docs/_search", content=query, headers=headers).json()
    assert [hit["_id"] for hit in answer["hits"]["hits"]] == ["3"]


def test_passed_on_large_body_in_pieces_arrives_whole(direct: Caller, gateway: Caller) -> None:
    line = json.dumps({"text": "word " * 200}).encode()
    pieces = (b'{"index": {"_id": "%d"}}\n%s\n' % (number, line) for number in range(5_000))
    headers = {"Content-Type": "application/x-ndjson"}
    answer = gateway.http.post("/large/_bulk?refresh=true&filter_path=errors", content=pieces, headers=headers)
    assert answer.json() == {"errors": False}
    assert direct.ask("GET", "/large/_count")["count"] == 5_000
    found = gateway.ask("GET", "/large/_search?size=5000")
    assert len(found["hits"]["hits"]) == 5_000


def test_many_clients_at_once_see_no_error(gateway: Caller, remote: ScriptedModel) -> None:
    model_id = gateway.deployed_model(remote)
    gateway.index_texts(model_id)
    queries = [{"match": {"text": "dog"}}, {"neural": {"vector": {"query_text": "dog", "model_id": model_id, "k": 2}}}]

    def ask(number: int) -> set[int]:
        body = {"query": queries[number % 2]}
        return {gateway.http.post("/docs/_search", json=body).status_code for _ in range(10)}

    with ThreadPoolExecutor(50) as pool:
        assert set().union(*pool.map(ask, range(50))) == {200}


def test_credential_is_neither_returned_nor_stored_in_clear(
    direct: Caller, gateway: Caller, remote: ScriptedModel
) -> None:
    model_id = gateway.deployed_model(remote)
    connector_id = gateway.ask("GET", f"/_plugins/_ml/models/{model_id}")["connector_id"]
    asked = [
        gateway.http.get(f"/_plugins/_ml/connectors/{connector_id}"),
        gateway.http.post("/_plugins/_ml/connectors/_search", json={"query": {"match_all": {}}}),
        gateway.http.post("/_plugins/_ml/models/_search", json={"query": {"match_all": {}}}),
    ]
    assert [answer.status_code for answer in asked] == [200, 200, 200]
    assert not [answer.text for answer in asked if SECRET in answer.text or '"credential"' in answer.text]
    stored = direct.http.get("/.plugins-ml-connector/_search").text
    assert '"credential"' in stored
    assert SECRET not in stored
    remote.drain()
    assert gateway.predict(model_id, "dog").status_code == 200
    assert remote.drain()[0]["headers"]["Authorization"] == f"Bearer {SECRET}"


def test_restarted_gateway_knows_everything_again(
    plain: Stack, process: GatewayProcess, gateway: Caller, remote: ScriptedModel, tmp_path: Path
) -> None:
    model_id = gateway.deployed_model(remote)
    gateway.index_texts(model_id)
    query = {"neural": {"vector": {"query_text": "dog", "model_id": model_id, "k": 2}}}
    before = gateway.hits("/docs/_search", query)
    settings = gateway.ask("GET", "/_cluster/settings?flat_settings=true")
    process.stop()
    with GatewayProcess(plain.url, tmp_path / "node") as again, Caller(again.url) as after:
        again.wait()
        assert after.ask("GET", "/_cluster/settings?flat_settings=true") == settings
        assert after.hits("/docs/_search", query) == before
        after.until_deployed(model_id)
        pipeline = after.ask("GET", "/_ingest/pipeline/embed")["embed"]
        assert pipeline["processors"][0]["text_embedding"]["model_id"] == model_id
        assert not after.bulk("/docs/_bulk?pipeline=embed", {"9": "one more"})["errors"]


def test_second_gateway_of_a_node_is_refused(plain: Stack, process: GatewayProcess, tmp_path: Path) -> None:
    options = ["--port", "0", "--opensearch", plain.url, "--node-cache", str(tmp_path / "node")]
    done = subprocess.run(
        [sys.executable, "-m", "local.gateway", *options], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "is held by another gateway" in done.stderr


def test_gateway_without_server_says_so(tmp_path: Path) -> None:
    with GatewayProcess("http://127.0.0.1:1", tmp_path / "node") as lonely, Caller(lonely.url) as caller:
        lonely.wait(healthy=False)
        status, reason = caller.refused("GET", "/docs/_search")
        assert (status, "python -m local up" in reason) == (503, True)
        assert caller.http.get("/_local/health").status_code == 503


def test_neural_query_is_the_knn_query_with_the_models_vector(
    direct: Caller, gateway: Caller, remote: ScriptedModel
) -> None:
    model_id = gateway.deployed_model(remote)
    gateway.index_texts(model_id)
    vector = _vector(remote, "dog")
    ask = {"query_text": "dog", "model_id": model_id}
    cats = {"match": {"text": "cat"}}
    for options in (
        {"k": 2},
        {"min_score": 0.3},
        {"max_distance": 3.0},
        {"k": 3, "filter": cats},
        {"k": 2, "boost": 2},
    ):
        expected = direct.hits("/docs/_search", {"knn": {"vector": {"vector": vector, **options}}})
        assert gateway.hits("/docs/_search", {"neural": {"vector": {**ask, **options}}}) == expected
        assert expected
    both = [{"match": {"text": "dog"}}, {"neural": {"vector": {**ask, "k": 4}}}]
    mixed = gateway.hits("/docs/_search", {"bool": {"should": both, "filter": cats}})
    assert {key for key, _ in mixed} == {"3"}


def _vector(remote: ScriptedModel, text: str) -> list[float]:
    answer = httpx.post(f"http://{remote.address}/embed", json={"input": [text]}, trust_env=False)
    vector: list[float] = answer.json()["data"][0]["embedding"]
    return vector


def test_neural_query_in_msearch_fails_alone(gateway: Caller, remote: ScriptedModel) -> None:
    model_id = gateway.deployed_model(remote)
    gateway.index_texts(model_id)
    models = (model_id, "nothing", model_id)
    queries = [{"neural": {"vector": {"query_text": "dog", "model_id": model, "k": 1}}} for model in models]
    lines = [line for query in queries for line in ({}, {"query": query})]
    body = "\n".join([*map(json.dumps, lines), ""])
    headers = {"Content-Type": "application/x-ndjson"}
    answer = gateway.http.post("/docs/_msearch", content=body, headers=headers).json()
    assert [each["status"] for each in answer["responses"]] == [200, 404, 200]
    assert answer["responses"][0]["hits"]["hits"] == answer["responses"][2]["hits"]["hits"]


def test_pipeline_runs_other_processors_in_order(gateway: Caller, remote: ScriptedModel) -> None:
    model_id = gateway.deployed_model(remote)
    embed = {"text_embedding": {"model_id": model_id, "field_map": {"text": "vector"}, "batch_size": 10}}
    gone = {"drop": {"if": "ctx.text == 'nobody wants this'"}}
    first, last = {"lowercase": {"field": "text"}}, {"set": {"field": "seen", "value": True}}
    gateway.ask("PUT", "/_ingest/pipeline/embed", {"processors": [first, gone, embed, last]})
    settings = {**VECTORS["settings"], "index.default_pipeline": "embed"}
    gateway.ask("PUT", "/docs", {**VECTORS, "settings": settings})
    remote.drain()
    answer = gateway.bulk("/docs/_bulk?refresh=true", {"1": "A SMALL DOG", "2": "NOBODY WANTS THIS", "3": "TWO CATS"})
    assert [item["index"]["result"] for item in answer["items"]] == ["created", "noop", "created"]
    assert [json.loads(call["body"]) for call in remote.drain()] == [{"input": ["two cats", "a small dog"]}]
    source = gateway.ask("GET", "/docs/_doc/1")["_source"]
    assert source == {"text": "a small dog", "seen": True, "vector": _vector(remote, "a small dog")}


def test_pipeline_model_that_fails_keeps_its_documents_out(gateway: Caller, remote: ScriptedModel) -> None:
    gateway.index_texts(gateway.deployed_model(remote))
    processors = [{"text_embedding": {"model_id": "nothing", "field_map": {"text": "vector"}}}]
    gateway.ask("PUT", "/_ingest/pipeline/broken", {"processors": processors})
    answer = gateway.bulk("/docs/_bulk?refresh=true&pipeline=broken", {"7": "lost"})
    assert (answer["errors"], answer["items"][0]["index"]["status"]) == (True, 404)
    assert gateway.ask("GET", "/docs/_count")["count"] == len(TEXTS)


def test_pipeline_leaves_malformed_bulk_to_the_server(direct: Caller, gateway: Caller, remote: ScriptedModel) -> None:
    gateway.index_texts(gateway.deployed_model(remote))
    headers = {"Content-Type": "application/x-ndjson"}
    for body in (
        b'{"index": {}}\n{"text": "no newline"}',
        b'{"index": \n{}\n',
        b'{"index": {}}\n',
        b"",
    ):
        answers = [each.http.post("/docs/_bulk", content=body, headers=headers) for each in (direct, gateway)]
        assert answers[1].status_code == 400
        assert answers[1].json() == answers[0].json()
    assert gateway.ask("GET", "/docs/_count")["count"] == len(TEXTS)


def test_disabled_model_and_rate_limit_are_enforced(gateway: Caller, remote: ScriptedModel) -> None:
    off = gateway.deployed_model(remote)
    gateway.ask("PUT", f"/_plugins/_ml/models/{off}", {"is_enabled": False})
    assert gateway.predict(off, "dog").status_code == 403
    limited = gateway.deployed_model(remote, rate_limiter={"limit": "2", "unit": "MINUTES"})
    assert [gateway.predict(limited, "dog").status_code for _ in range(3)] == [200, 200, 429]


def test_settings_of_ml_commons_live_beside_the_servers(direct: Caller, gateway: Caller) -> None:
    mixed = {"plugins.ml_commons.model_auto_deploy.enable": "false", "search.max_open_scroll_context": "400"}
    answer = gateway.ask("PUT", "/_cluster/settings?flat_settings=true", {"persistent": mixed})
    assert answer["persistent"] == mixed
    assert direct.ask("GET", "/_cluster/settings?flat_settings=true")["persistent"] == {
        "search.max_open_scroll_context": "400"
    }
    assert gateway.ask("GET", "/_cluster/settings?flat_settings=true")["persistent"].items() >= mixed.items()
    status, reason = gateway.refused("PUT", "/_cluster/settings", {"persistent": {"plugins.ml_commons.nothing": 1}})
    assert (status, "plugins.ml_commons.nothing" in reason) == (400, True)


def test_model_of_lost_server_is_deployed_again(plain: Stack, gateway: Caller, remote: ScriptedModel) -> None:
    model_id = gateway.deployed_model(remote)
    plain.down()
    assert gateway.http.get("/_local/health").status_code == 503
    plain.up()
    assert gateway.predict(model_id, "dog").status_code == 200
