from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from include.benchmark.server import check_factory, server_of
from include.errors import TerminalError
from include.highlighting.cluster import FACTORIES

if TYPE_CHECKING:
    from .conftest import Cluster

BODY = {"query": {}, "highlight": {"options": {"model_id": "m1"}}}


@pytest.mark.parametrize(
    ("version", "batch"),
    [
        ("3.0.0", "none"),
        ("3.2.1", "none"),
        ("3.3.0", "batch_inference"),
        ("3.6.0", "batch_inference"),
        ("3.7.0", "ext"),
        ("4.0.0", "ext"),
    ],
)
def test_server_is_asked_for_batches_as_its_version_takes_it(version: str, batch: str) -> None:
    assert server_of(version).batch == batch


def test_server_before_semantic_highlighting_is_refused() -> None:
    with pytest.raises(TerminalError, match=r"OpenSearch 2\.19\.1.*begins with 3\.0"):
        server_of("2.19.1")


def test_batch_inference_is_an_option_of_the_highlighter() -> None:
    found = server_of("3.4.0").switch_on(BODY, 50)

    assert found["highlight"]["options"] == {"model_id": "m1", "batch_inference": True, "max_batch_size": 50}


def test_batch_by_ext_is_a_part_of_the_request() -> None:
    found = server_of("3.7.0").switch_on(BODY, 50)

    assert found["ext"] == {"semantic_highlighting_batch": True}
    assert found["highlight"]["options"] == {"model_id": "m1", "max_inference_batch_size": 50}


@pytest.mark.parametrize("names", [["semantic-highlighter"], ["*"], ["other", "semantic-highlighter"]])
def test_factory_that_is_on_is_fine(cluster: Cluster, names: list[str]) -> None:
    cluster.factories = names

    check_factory(cluster)  # type: ignore[arg-type]


def test_factory_that_is_off_is_an_error_with_the_request_that_switches_it_on(cluster: Cluster) -> None:
    cluster.factories = ["other"]

    with pytest.raises(TerminalError) as caught:
        check_factory(cluster)  # type: ignore[arg-type]

    request = (
        'PUT /_cluster/settings {"persistent": {"cluster.search.enabled_system_generated_factories": '
        '["other", "semantic-highlighter"]}}'
    )
    assert request in str(caught.value)


def test_factory_that_a_transient_setting_switches_off_is_off(
    monkeypatch: pytest.MonkeyPatch, cluster: Cluster
) -> None:
    """OpenSearch takes the transient setting where there is one, though it be empty."""
    levels = {"transient": {FACTORIES: []}, "persistent": {FACTORIES: ["semantic-highlighter"]}}
    monkeypatch.setattr(cluster.cluster, "get_settings", lambda **_: levels)

    with pytest.raises(TerminalError, match="may not highlight in batches"):
        check_factory(cluster)  # type: ignore[arg-type]
