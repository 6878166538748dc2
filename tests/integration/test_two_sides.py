"""One endpoint, two sides: connectors, models and pipelines as a run makes them, and searches that name no model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from include.registry.connector import connector_body
from include.registry.pipelines import document_with, embedded_field, ingest_pipeline, search_pipeline, value_at
from include.registry.sides import query_name
from include.report.usage import field_mapping, search_body
from opensearch_ml.hooks.ml_commons import OpenSearchMLHook

from .remote_encoder import WORDS, RemoteEncoder, vector_of, weights_of

if TYPE_CHECKING:
    from collections.abc import Iterator

KEYS = {"access_key": "AKIDEXAMPLE", "secret_key": "secretexample"}
TRUST = {
    "plugins.ml_commons.trusted_connector_endpoints_regex": ["^http://127.*$"],
    "plugins.ml_commons.connector.private_ip_enabled": True,
}
DOCUMENTS = {"1": "A dog runs.", "2": "A cat sleeps.", "3": "A bird and a cat."}


class Run(NamedTuple):
    """What a run registered."""

    hook: OpenSearchMLHook
    kind: str
    name: str
    model_id: str
    query_model_id: str


@pytest.fixture(scope="module")
def remote() -> Iterator[RemoteEncoder]:
    encoder = RemoteEncoder()
    encoder.start()
    yield encoder
    encoder.stop()


@pytest.fixture(scope="module")
def hook(ml_commons_url: str) -> Iterator[OpenSearchMLHook]:
    """A cluster that calls this machine."""
    hook = OpenSearchMLHook("local_cluster", ml_commons_url, None, "us-east-1")
    before = hook.conn.cluster.get_settings(params={"flat_settings": "true"})["persistent"]
    hook.conn.cluster.put_settings(body={"persistent": TRUST})
    yield hook
    hook.conn.cluster.put_settings(body={"persistent": {name: before.get(name) for name in TRUST}})


@pytest.fixture(scope="module", params=["dense", "sparse"])
def run(request: pytest.FixtureRequest, hook: OpenSearchMLHook, remote: RemoteEncoder) -> Iterator[Run]:
    kind, name = request.param, f"two-sides-{request.param}"
    group = hook.ensure_model_group(name, "of a test")
    url, made = f"{remote.url}/{kind}", []
    for side, own_name in (("document", name), ("query", query_name(name))):
        connector = hook.ensure_connector(connector_body(own_name, url, "us-east-1", KEYS, kind, side))
        model = hook.ensure_model(own_name, group, connector, "of a test")
        hook.deploy_model(model)
        hook.wait_until_deployed(model)
        made.append((connector, model))
    (_, documents), (_, queries) = made
    hook.put_pipelines(name, ingest_pipeline(documents, "text", kind), search_pipeline(queries))
    yield Run(hook, kind, name, documents, queries)
    hook.conn.indices.delete(index=name, params={"ignore_unavailable": "true"})
    hook.remove_pipelines(name)
    for connector, model in made:
        hook.remove_model(model)
        hook.remove_connector(connector)


def test_sides_of_one_endpoint_answer_differently(run: Run) -> None:
    if run.kind == "sparse":
        assert run.hook.sparse_embed(run.model_id, ["a dog", "a cat"]) == [{"dog": 3.0}, {"cat": 3.0}]
        assert run.hook.sparse_embed(run.query_model_id, ["a dog"]) == [{"dog": 30.0}]
    else:
        assert run.hook.embed(run.model_id, ["a dog"]) == [vector_of("a dog", "document")]
        assert run.hook.embed(run.query_model_id, ["a dog"]) == [vector_of("a dog", "query")]


def test_ingest_pipeline_embeds_as_documents(run: Run) -> None:
    found = run.hook.simulate_ingest(run.name, [{"text": text} for text in DOCUMENTS.values()])

    own = weights_of if run.kind == "sparse" else vector_of
    expected = [own(text, "document") for text in DOCUMENTS.values()]
    assert [document[embedded_field("text", run.kind)] for document in found] == expected


def test_search_without_a_model_finds_with_the_model_for_queries(run: Run) -> None:
    fields = {"text": {"type": "text"}, embedded_field("text", run.kind): field_mapping(run.kind, len(WORDS) + 1)}
    settings = {"index.default_pipeline": run.name, **({} if run.kind == "sparse" else {"index.knn": True})}
    client = run.hook.conn
    client.indices.create(index=run.name, body={"settings": settings, "mappings": {"properties": fields}})
    for identifier, text in DOCUMENTS.items():
        client.index(index=run.name, id=identifier, body={"text": text})
    client.indices.refresh(index=run.name)

    body = search_body(run.kind, "text", "where is the dog", 2)
    hits = client.search(index=run.name, body=body, params={"search_pipeline": run.name})["hits"]["hits"]

    assert hits[0]["_id"] == "1"
    if run.kind == "sparse":
        assert [hit["_id"] for hit in hits] == ["1"]
        assert hits[0]["_score"] == pytest.approx(3.0 * 30.0, rel=0.01), "a document's weight times a query's"


def test_pipelines_may_be_put_again_and_are_gone_once_removed(run: Run) -> None:
    name = f"{run.name}-again"
    ingest, search = ingest_pipeline(run.model_id, "text", run.kind), search_pipeline(run.query_model_id)
    for _ in range(2):
        run.hook.put_pipelines(name, ingest, search)

    assert run.hook.remove_pipelines(name) is True
    assert run.hook.remove_pipelines(name) is False


def test_ingest_pipeline_of_an_inner_field_embeds_beside_it(run: Run) -> None:
    name = f"{run.name}-inner"
    ingest = ingest_pipeline(run.model_id, "content.body", run.kind)
    run.hook.put_pipelines(name, ingest, search_pipeline(run.query_model_id))

    (found,) = run.hook.simulate_ingest(name, [document_with("content.body", "a dog")])

    own = weights_of if run.kind == "sparse" else vector_of
    assert value_at(found, embedded_field("content.body", run.kind)) == own("a dog", "document")
    run.hook.remove_pipelines(name)


def simulated(run: Run, document: dict[str, Any]) -> dict[str, Any]:
    return run.hook.simulate_ingest(run.name, [document])[0]


def test_document_without_text_goes_through_untouched(run: Run) -> None:
    assert simulated(run, {"title": "no text"}) == {"title": "no text"}
