"""The real security plugin: with the role of infra/opensearch/role.json the pipeline works, and does nothing else.

ML Commons' actions cannot be run on this server, which has no such plugin; the role's names of them are compared with
those of its published classes.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import requests
from opensearchpy.exceptions import AuthorizationException, TransportError
from opensearchpy.helpers import BulkIndexError, bulk

from include.corpus.document import Document
from include.corpus.export import export_documents
from include.corpus.fetch import fetch_documents
from include.errors import TerminalError
from include.evaluation import bm25, engine
from include.evaluation.vectors import Vectors
from include.preflight.cluster import check_cluster
from include.preflight.index import check_index
from include.preflight.trust import check_trusted_endpoint
from include.reuse.fingerprint import index_fingerprint
from opensearch_ml.hooks.ml_commons import OpenSearchMLHook
from tests.integration.secured import ROLE_NAME, SecuredCluster, role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from opensearchpy import OpenSearch

DOCUMENTS = 300
RUN = "search-model-20260101-000000-abcdef"
# NAME of every action class of opensearch-ml-common 3.4.0.0 that the hook's calls lead to; `_undeploy` needs both.
ML_ACTIONS = {
    *("create_connector", "connectors/search", "connectors/delete", "register_model_group", "model_groups/search"),
    *("register_model", "models/get", "models/search", "models/delete", "deploy_model", "predict"),
    *("undeploy_model", "undeploy_models"),
}


@pytest.fixture(scope="module")
def cluster() -> Iterator[SecuredCluster]:
    started = SecuredCluster()
    try:
        started.wait()
        for index in ("articles-1", "secrets-1"):
            lines = (
                f'{{"index": {{"_id": "d{n}"}}}}\n{{"text": "document {n} of {index}"}}\n' for n in range(DOCUMENTS)
            )
            started.index(index, "".join(lines))
        started.administrate("PUT", "articles-1/_alias/articles")
        started.administrate("PUT", f"_plugins/_security/api/roles/{ROLE_NAME}", role())
        yield started
    finally:
        started.stop()


@pytest.fixture(scope="module")
def connect(cluster: SecuredCluster) -> Iterator[Callable[..., OpenSearchMLHook]]:
    """Hooks of connections; what is given is changed in the user's own."""
    users = {"airflow": cluster.add_user("airflow", ROLE_NAME), "nobody": cluster.add_user("nobody")}
    with pytest.MonkeyPatch.context() as patch:

        def make(user: str = "airflow", **changed: Any) -> OpenSearchMLHook:
            patch.setenv("AIRFLOW_CONN_SECURED", json.dumps({**users[user], **changed}))
            return OpenSearchMLHook("secured")

        yield make


@pytest.fixture(scope="module")
def client(connect: Callable[..., OpenSearchMLHook]) -> OpenSearch:
    """As the pipeline has it."""
    return connect().conn


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(TerminalError) as caught:
        call()
    return str(caught.value)


# --- what the pipeline does


def test_role_preflight_passes(client: OpenSearch) -> None:
    assert check_index(client, "articles", "text") == DOCUMENTS


@pytest.mark.parametrize("name", ["articles", "articles-1", "articles*"])
def test_role_exports_every_document(client: OpenSearch, name: str) -> None:
    found = {document.id for document in export_documents(client, name, "text", slices=2, page_size=50)}

    assert len(found) == DOCUMENTS


def test_role_tells_whether_the_index_has_changed(client: OpenSearch) -> None:
    found = index_fingerprint(client, "articles")

    assert found is not None
    assert sum(docs for _, docs, _ in found["articles-1"]["shards"].values()) == DOCUMENTS


def test_role_fetches_documents_by_id(client: OpenSearch) -> None:
    assert [document.id for document in fetch_documents(client, "articles", "text", ["d7", "d999"])] == ["d7"]


def test_role_measures_bm25_in_an_index_of_its_own(client: OpenSearch) -> None:
    index = bm25.index_name_of(RUN)
    bm25.create_index(client, index)
    bm25.create_index(client, index)  # a second try replaces what the first left

    assert bm25.fill_index(client, index, [Document("a", "red apples"), Document("b", "blue sky")]) == 2
    assert list(bm25.search_bm25(client, index, {"q": "apples"})["q"]) == ["a"]
    assert client.indices.exists(index=index)
    bm25.delete_index(client, index)
    assert not client.indices.exists(index=index)


def test_role_searches_vectors_in_an_index_of_its_own(client: OpenSearch, tmp_path: Path) -> None:
    for name in ("document_ids", "judged.query_ids"):
        (tmp_path / f"{name}.json").write_text(json.dumps(["a", "b"]), "utf-8")
    for name in ("documents", "judged"):
        for system in ("base", "tuned"):
            np.save(tmp_path / f"{name}.{system}.npy", np.eye(2, dtype=np.float32))
    vectors, index = Vectors(tmp_path, sparse=False), engine.index_name_of(RUN)

    engine.create_vector_index(client, index, vectors)
    engine.fill_vector_index(client, index, vectors)

    assert next(iter(engine.search_vectors(client, index, vectors, "judged", "tuned")["b"])) == "b"
    bm25.delete_index(client, index)


def test_role_writes_tries_and_removes_pipelines(connect: Callable[..., OpenSearchMLHook]) -> None:
    """Their processors that call a model are ML Commons'; here they do nothing."""
    hook = connect()

    hook.put_pipelines(RUN, {"processors": []}, {"request_processors": []})

    assert hook.simulate_ingest(RUN, [{"text": "a"}]) == [{"text": "a"}]
    assert hook.remove_pipelines(RUN)
    assert not hook.remove_pipelines(RUN)


def test_role_may_use_ml_commons_as_far_as_the_pipeline_does() -> None:
    prefix = "cluster:admin/opensearch/ml/"
    granted = {name.removeprefix(prefix) for name in role()["cluster_permissions"] if name.startswith(prefix)}

    assert granted == ML_ACTIONS


def test_preflight_without_ml_commons_says_so(connect: Callable[..., OpenSearchMLHook]) -> None:
    hook = connect()

    assert "has no ML Commons plugin" in refusal(lambda: check_cluster(hook.conn, hook.url))


def test_preflight_trusted_endpoints_are_not_checked_if_the_settings_are_hidden(client: OpenSearch) -> None:
    check_trusted_endpoint(client, "https://runtime.sagemaker.us-east-1.amazonaws.com/endpoints/a/invocations")


# --- everything else is refused


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda c: c.search(index="secrets-1"), id="search-other-index"),
        pytest.param(lambda c: c.search(index="*"), id="search-all"),
        pytest.param(lambda c: c.search(index="articles-1,secrets-1"), id="search-both"),
        pytest.param(lambda c: c.count(index="secrets-1"), id="count"),
        pytest.param(lambda c: c.get(index="secrets-1", id="d1"), id="get"),
        pytest.param(lambda c: c.indices.get_mapping(index="secrets-1"), id="mapping"),
        pytest.param(lambda c: list(export_documents(c, "secrets-1", "text")), id="export"),
        pytest.param(lambda c: c.create_pit(index="secrets-1", params={"keep_alive": "1m"}), id="point-in-time"),
        pytest.param(lambda c: c.delete_all_pits(), id="points-in-time-of-all"),
        pytest.param(lambda c: c.index(index="articles-1", body={"text": "x"}), id="write-to-the-corpus"),
        pytest.param(lambda c: c.delete(index="articles-1", id="d1"), id="delete-a-document"),
        pytest.param(lambda c: c.indices.delete(index="articles-1"), id="delete-the-corpus"),
        pytest.param(lambda c: bm25.create_index(c, "other-bm25"), id="create-other-index"),
        pytest.param(lambda c: bm25.delete_index(c, "secrets-1"), id="delete-other-index"),
        pytest.param(lambda c: c.indices.put_alias(index="articles-1", name="mine"), id="alias"),
        pytest.param(lambda c: c.indices.put_settings(index="articles-1", body={"index.hidden": True}), id="settings"),
        pytest.param(
            lambda c: c.cluster.put_settings(body={"persistent": {"action.auto_create_index": False}}),
            id="cluster-settings",
        ),
        pytest.param(lambda c: c.cluster.get_settings(), id="read-cluster-settings"),
        pytest.param(lambda c: c.cat.indices(), id="list-indices"),
        pytest.param(lambda c: c.nodes.info(), id="nodes"),
        pytest.param(lambda c: c.snapshot.get_repository(), id="snapshots"),
        pytest.param(lambda c: c.ingest.get_pipeline(), id="read-pipelines"),
        pytest.param(lambda c: c.reindex(body={"source": {"index": "a"}, "dest": {"index": "b"}}), id="reindex"),
        pytest.param(lambda c: c.search(index=".opendistro_security"), id="security-index"),
        pytest.param(
            lambda c: c.transport.perform_request("GET", "/_plugins/_security/api/roles"), id="security-roles"
        ),
        pytest.param(
            lambda c: c.transport.perform_request(
                "PUT", "/_plugins/_security/api/rolesmapping/all_access", body={"users": ["airflow"]}
            ),
            id="security-mapping",
        ),
    ],
)
def test_role_refuses(client: OpenSearch, call: Callable[[OpenSearch], object]) -> None:
    with pytest.raises(AuthorizationException):
        call(client)


def test_role_refuses_a_bulk_into_the_corpus_item_by_item(client: OpenSearch) -> None:
    with pytest.raises(BulkIndexError) as caught:
        bulk(client, [{"_index": "articles-1", "_id": "x", "text": "x"}])
    assert [error["index"]["status"] for error in caught.value.errors] == [403]


def test_role_refuses_the_point_in_time_of_another(cluster: SecuredCluster, client: OpenSearch) -> None:
    """Who knows its id still may not read an index with it."""
    pit = cluster.administrate("POST", "secrets-1/_search/point_in_time?keep_alive=1m")["pit_id"]

    with pytest.raises(AuthorizationException):
        client.search(body={"pit": {"id": pit}})
    with pytest.raises(AuthorizationException):
        client.delete_pit(body={"pit_id": [pit]})


# --- who asks, and whom


def test_user_without_the_role_is_told_what_is_missing(connect: Callable[..., OpenSearchMLHook]) -> None:
    hook = connect("nobody")

    assert "refuses the credentials of opensearch_conn_id (403)" in refusal(lambda: check_cluster(hook.conn, hook.url))
    message = refusal(lambda: check_index(hook.conn, "articles", "text"))
    assert "Allow indices:data/read/search, indices:data/read/point_in_time/create" in message


def test_wrong_password_is_told_and_not_repeated(connect: Callable[..., OpenSearchMLHook]) -> None:
    hook = connect(password="wrong-hunter2")

    message = refusal(lambda: check_cluster(hook.conn, hook.url))

    assert "refuses the credentials of opensearch_conn_id (401)" in message
    assert "hunter2" not in message


@pytest.mark.parametrize("environment", [None, "REQUESTS_CA_BUNDLE"])
def test_authority_of_the_connection_is_the_one_that_counts(
    connect: Callable[..., OpenSearchMLHook], monkeypatch: pytest.MonkeyPatch, environment: str | None
) -> None:
    """Also where the worker's environment names another, which `requests` would prefer."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    if environment:
        monkeypatch.setenv(environment, requests.certs.where())

    assert connect().conn.info()["version"]["number"] == "3.4.0"


@pytest.mark.parametrize("given", ["stranger", "none"])
def test_certificate_of_another_authority_is_refused(
    cluster: SecuredCluster, connect: Callable[..., OpenSearchMLHook], given: str
) -> None:
    hook = connect(extra={"ca_certs": str(cluster.stranger)} if given == "stranger" else {})

    message = refusal(lambda: check_cluster(hook.conn, hook.url))

    assert "CERTIFICATE_VERIFY_FAILED" in message
    assert '{"ca_certs": "/path/to/ca.pem"}' in message


def test_plain_http_to_a_server_with_tls_says_so(
    cluster: SecuredCluster, connect: Callable[..., OpenSearchMLHook]
) -> None:
    hook = connect(host=cluster.url.replace("https", "http"))

    message = refusal(lambda: check_cluster(hook.conn, hook.url))

    assert "nothing answers there" in message
    assert "If the server speaks TLS, begin the URL with https://" in message


def test_endpoint_that_is_not_allowed_gets_no_request(connect: Callable[..., OpenSearchMLHook]) -> None:
    connect()
    hook = OpenSearchMLHook("secured", "https://localhost:1")

    with pytest.raises(TerminalError, match="does not allow requests, or its login and password, to go there"):
        check_cluster(hook.conn, hook.url)


def test_anonymous_request_is_refused(connect: Callable[..., OpenSearchMLHook]) -> None:
    with pytest.raises(TransportError) as caught:
        connect(login="", password="").conn.info()
    assert caught.value.status_code == 401
