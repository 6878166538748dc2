"""The benchmark through a real OpenSearch, the gateway's ML Commons and a small remote model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from include.benchmark.render import render_benchmark
from include.benchmark.run import benchmark, check_verdict
from include.benchmark.settings import BenchmarkSettings
from include.errors import TerminalError
from include.highlighting.cluster import FACTORIES, FACTORY
from include.parameters import read_as
from include.registry.painless import QUESTION_AND_CONTEXT
from tests.contract.gateway.caller import Caller
from tests.integration.remote_highlighter import RemoteHighlighter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from opensearchpy import OpenSearch

INDEX = "highlighting-benchmark"
REQUEST = (
    '{"question": "${parameters.question:-}", "context": "${parameters.context:-}", '
    '"inputs": ${parameters.inputs:-null}}'
)
TEXTS = [f"The dog number {n} runs. " + 'It says "no".\n' * n for n in range(30)]
SETTINGS = ("trusted_connector_endpoints_regex", "connector__private_ip_enabled", "only_run_on_ml_node")


@pytest.fixture(scope="module")
def cluster(ml_commons_url: str, connect: Callable[[str], OpenSearch]) -> Iterator[OpenSearch]:
    """With an index, and batch highlighting allowed."""
    client = connect(ml_commons_url)
    with Caller(ml_commons_url) as caller:
        caller.put_settings(**dict(zip(SETTINGS, (["^.*$"], True, False), strict=True)))
        client.indices.create(index=INDEX, body={"mappings": {"properties": {"text": {"type": "text"}}}})
        for number, text in enumerate(TEXTS):
            client.index(index=INDEX, id=str(number), body={"text": text})
        client.indices.refresh(index=INDEX)
        yield client
        client.indices.delete(index=INDEX)
        caller.put_settings(**dict.fromkeys(SETTINGS))


@pytest.fixture
def allowed(cluster: OpenSearch) -> Iterator[None]:
    cluster.cluster.put_settings(body={"persistent": {FACTORIES: [FACTORY]}})
    yield
    cluster.cluster.put_settings(body={"persistent": {FACTORIES: None}})


@pytest.fixture(scope="module")
def make_model(cluster: OpenSearch) -> Iterator[Callable[[str], str]]:
    remote, made = RemoteHighlighter(), []
    remote.start()
    ml = cluster.plugins.ml

    def make(mode: str) -> str:
        action = {"action_type": "predict", "method": "POST", "url": f"{remote.url}/{mode}", "request_body": REQUEST}
        connector = {"name": "h", "description": "d", "version": "1", "protocol": "http", "credential": {"key": "x"}}
        actions = [{**action, "pre_process_function": QUESTION_AND_CONTEXT}]
        connector_id = ml.create_connector(body={**connector, "actions": actions})["connector_id"]
        body = {"name": f"bench-{mode}", "function_name": "remote", "connector_id": connector_id}
        made.append(str(ml.register_model(body=body, params={"deploy": "true"})["model_id"]))
        return made[-1]

    yield make
    for model_id in made:
        ml.undeploy_model(model_id=model_id)
    remote.stop()


def settings_of(model_id: str, **changes: Any) -> BenchmarkSettings:
    small = {"hits": [1, 8], "clients": [1, 2], "document_lengths": ["short", "mixed"], "measured_queries": 6}
    given = {"index_name": INDEX, "model_id": model_id, "warmup_queries": 1, "sampled_documents": 30, **small}
    return read_as(BenchmarkSettings, {**given, **changes}, lambda _: [])


@pytest.mark.usefixtures("allowed")
def test_benchmark_through_opensearch_has_all_modes_and_equal_spans(
    cluster: OpenSearch, make_model: Callable[[str], str]
) -> None:
    result = benchmark(cluster, settings_of(make_model("good")), ["the dog RUNS, the dog!"])

    check_verdict(result)
    assert len(result["cells"]) == 16
    assert [each for cell in result["cells"] for each in cell["parity"]["examples"]] == []
    assert result["parity"] == {"documents": 2 * 2 * 2 * 6 * (1 + 8), "differing": 0}
    for cell in result["cells"]:
        assert {mode["errors"] for mode in cell["modes"].values()} == {0}
        assert cell["modes"]["single"]["highlights"] == cell["modes"]["batch"]["highlights"] > 0
        assert cell["modes"]["single"]["documents"] == 6 * cell["hits"]
    assert "<svg" in render_benchmark(result)


@pytest.mark.usefixtures("allowed")
def test_benchmark_of_a_model_whose_batches_fail_fails(cluster: OpenSearch, make_model: Callable[[str], str]) -> None:
    """This remote answers one list of highlights too few."""
    result = benchmark(cluster, settings_of(make_model("short"), hits=[8], clients=[1]), ["the dog runs"])

    with pytest.raises(TerminalError, match="batch mode returned 0 highlights"):
        check_verdict(result)


def test_benchmark_where_batches_are_not_allowed_says_what_to_send(cluster: OpenSearch) -> None:
    with pytest.raises(TerminalError, match="PUT /_cluster/settings"):
        benchmark(cluster, settings_of("any"))
