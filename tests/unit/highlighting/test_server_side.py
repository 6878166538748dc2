"""The server's own highlighter behind the same call, as each version takes it."""

from __future__ import annotations

from typing import Any

import pytest

from include.highlighting import IndexDefaults, SemanticHighlighter, ServerSideError
from tests.unit.highlighting.fake_cluster import FakeCluster, failed

SEMANTIC: dict[str, Any] = {"type": "semantic"}
FACTORIES = "cluster.search.enabled_system_generated_factories"
TEXTS = ("a dog", "two dogs")


def _body(**highlight: Any) -> dict[str, Any]:
    return {"query": {"match": {"t": "dog"}}, "highlight": {"fields": {"t": SEMANTIC}, **highlight}}


def _cluster(version: str, marks: tuple[int, ...] = (0, 1), **shards: int) -> FakeCluster:
    """One that highlights the hits of these numbers, where it is asked to."""
    cluster = FakeCluster(version=version)
    cluster.settings = {FACTORIES: ["semantic-highlighter"]}

    def respond(body: dict[str, Any]) -> dict[str, Any]:
        hits = [{"_index": "i", "_id": str(number), "_source": {"t": text}} for number, text in enumerate(TEXTS)]
        for number, hit in enumerate(hits):
            if "highlight" in body and number in marks:
                hit["highlight"] = {"t": [f"<em>{TEXTS[number]}</em>"]}
        return {"_shards": shards if "highlight" in body else {}, "hits": {"hits": hits}}

    cluster.response = respond
    return cluster


def _highlighter(cluster: FakeCluster, **options: Any) -> SemanticHighlighter:
    client: Any = cluster
    return SemanticHighlighter(client, "m", **{"use_batch": True, "server_side": True, **options})


@pytest.mark.parametrize(
    ("version", "use_batch", "options", "ext"),
    [
        ("3.0.0", False, {"model_id": "m"}, None),
        ("3.2.0", True, {"model_id": "m"}, None),
        ("3.3.0", True, {"model_id": "m", "batch_inference": True, "max_batch_size": 100}, None),
        ("3.6.1", True, {"model_id": "m", "batch_inference": True, "max_batch_size": 100}, None),
        (
            "3.7.0",
            True,
            {"model_id": "m", "batch_inference": True, "max_inference_batch_size": 100},
            {"semantic_highlighting_batch": True},
        ),
        ("4.1.0", False, {"model_id": "m"}, None),
    ],
)
def test_server_side_body_is_the_versions_own(version: str, use_batch: bool, options: Any, ext: Any) -> None:
    cluster = _cluster(version)
    response = _highlighter(cluster, use_batch=use_batch).search("i", _body())
    (body,) = cluster.bodies
    assert (body["highlight"]["options"], body.get("ext")) == (options, ext)
    assert (response.report.path, response.report.highlighted, cluster.calls) == ("server", 2, [])


@pytest.mark.parametrize(
    ("setting", "is_on"),
    [
        (["semantic-highlighter"], True),
        (["*"], True),
        ("[other, semantic-highlighter]", True),
        ([], False),
        ("[]", False),
        (["other"], False),
    ],
)
def test_server_side_batches_need_the_cluster_setting(setting: Any, is_on: bool) -> None:
    cluster = _cluster("3.4.0")
    cluster.settings = {FACTORIES: setting}
    if is_on:
        assert _highlighter(cluster).search("i", _body()).report.path == "server"
        return
    with pytest.raises(ServerSideError, match='"semantic-highlighter"]'):
        _highlighter(cluster).search("i", _body())
    assert _highlighter(cluster, use_batch=False).search("i", _body()).report.path == "server"


@pytest.mark.parametrize(("version", "calls"), [("3.4.0", [["two dogs"]]), ("3.7.0", [])])
def test_server_side_hit_left_out_is_asked_about_where_silence_means_nothing(version: str, calls: Any) -> None:
    cluster = _cluster(version, marks=(0,))
    _highlighter(cluster).search("i", _body())
    assert cluster.calls == calls


def test_server_side_field_left_out_everywhere_is_highlighted_by_the_client() -> None:
    cluster = _cluster("3.7.0", marks=())
    response = _highlighter(cluster).search("i", _body())
    assert [hit["highlight"]["t"] for hit in response["hits"]["hits"]] == [["<em>a dog</em>"], ["<em>two dogs</em>"]]
    assert (response.report.highlighted, "2 of 2" in response.report.warnings[0]) == (2, True)


def test_server_side_text_that_ml_commons_changes_is_highlighted_by_the_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.unit.highlighting.test_server_side.TEXTS", ("a ${parameters.x} dog", "two dogs"))
    cluster = _cluster("3.7.0")
    cluster.bad = lambda contexts, _: {"highlights": [[]]}
    response = _highlighter(cluster).search("i", _body())
    assert cluster.calls == [["a ${parameters.x} dog"]]
    assert [hit.get("highlight") for hit in response["hits"]["hits"]] == [None, {"t": ["<em>two dogs</em>"]}]


def test_server_side_shard_that_fails_is_searched_again_without() -> None:
    cluster = _cluster("3.4.0", total=3, failed=1)
    response = _highlighter(cluster, use_batch=False).search("i", _body())
    assert (response.report.path, len(cluster.bodies), response.report.highlighted) == ("client", 2, 2)
    assert "shard" in response.report.warnings[0]


def test_server_side_search_that_fails_is_made_again_without() -> None:
    cluster = _cluster("3.4.0")
    respond = cluster.response

    def fail(body: dict[str, Any]) -> dict[str, Any]:
        if "highlight" in body:
            raise failed(424)
        return respond(body)

    cluster.response = fail
    highlighter = _highlighter(cluster)
    response = highlighter.search("i", _body())
    assert (response.report.path, response.report.highlighted) == ("client", 2)
    assert "424" in response.report.warnings[0]
    assert highlighter.metrics.fallbacks == 1


@pytest.mark.parametrize(
    ("version", "highlight", "reason"),
    [
        ("3.4.0", {"encoder": "html"}, "HTML"),
        ("3.7.0", {"fields": {"t": SEMANTIC, "u": {**SEMANTIC, "options": {"model_id": "n"}}}}, "one model"),
        ("3.7.0", {"highlight_query": {"match": {"t": "cat"}}}, "question"),
        ("3.7.0", {"number_of_fragments": 2}, "fragments"),
        ("3.4.0", {"fields": {"t": {**SEMANTIC, "pre_tags": ["<b>"]}}}, "tags of single fields"),
    ],
)
def test_server_side_that_would_be_wrong_is_not_asked(version: str, highlight: Any, reason: str) -> None:
    cluster = _cluster(version)
    response = _highlighter(cluster).search("i", _body(**highlight))
    assert (response.report.path, len(cluster.bodies)) == ("client", 1)
    assert reason in response.report.warnings[0]


@pytest.mark.parametrize("version", ["2.19.1", "7.10.2", "nonsense"])
def test_search_cluster_before_3_is_refused(version: str) -> None:
    with pytest.raises(ServerSideError, match=r"OpenSearch 3\.0 or later"):
        _highlighter(FakeCluster(version=version), server_side=False).search("i", _body())


def test_search_cluster_that_hides_its_version_is_told() -> None:
    cluster = _cluster("7.10.2")
    assert _highlighter(cluster, server_version="3.7").search("i", _body()).report.path == "server"


@pytest.mark.parametrize("index", ["logs-1", ["logs-1", "other"], "logs-1,other"])
def test_search_defaults_of_the_index_hold(index: Any) -> None:
    cluster = _cluster("3.4.0")
    cluster.models["n"] = cluster.models["m"]
    defaults = {"logs-*": IndexDefaults(highlight={"fields": {"t": SEMANTIC}}, model_id="n", use_batch=False)}
    highlighter = _highlighter(cluster, server_side=False, defaults=defaults)
    response = highlighter.search(index, {"query": {"match": {"t": "dog"}}})
    assert (response.report.highlighted, sorted(map(str, cluster.calls))) == (2, sorted(TEXTS))
    assert cluster.paths[0].endswith("/n")


def test_report_stands_in_the_response_too() -> None:
    cluster = _cluster("3.4.0")
    cluster.bad = lambda contexts, _: failed(424) if "a dog" in contexts else None
    response = _highlighter(cluster, server_side=False).search("i", _body())
    told = response["semantic_highlighting"]
    assert told == response.report.as_dict()
    assert (told["complete"], told["highlighted"], [each["_id"] for each in told["failed"]]) == (False, 1, ["0"])
    assert {"_index", "field", "reason", "place"} < told["failed"][0].keys()


def test_stream_hit_with_a_failure_says_so_itself() -> None:
    cluster = _cluster("3.4.0")
    cluster.bad = lambda contexts, _: failed(424) if "a dog" in contexts else None
    first, second = _highlighter(cluster).stream("i", _body())
    assert first["semantic_highlighting"]["failed"][0]["_id"] == "0"
    assert second.keys() == {"_index", "_id", "_source", "highlight"}
