"""What a listener to lineage is told of a phase."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk.lineage import HookLineageCollector, NoOpCollector

from include.manifest import Manifest, write_manifest
from opensearch_ml import lineage

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest


def test_note_lineage_names_what_the_manifest_has(
    s3: Any, make_plan: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, collector = make_plan(), HookLineageCollector()
    monkeypatch.setattr(lineage, "get_hook_lineage_collector", lambda: collector)
    read, written = "s3://my-bucket/in/docs.jsonl", plan.layout.uri("raw-corpus/documents.jsonl")
    manifest = Manifest("corpus", {read: "etag"}, [written], {}, {}, 1.0)
    write_manifest(s3, plan.layout.uri("raw-corpus"), manifest)

    lineage.note_lineage(plan, "raw-corpus")

    told = collector.collected_assets
    assert [found.asset.uri for found in told.inputs] == [read]
    assert [found.asset.uri for found in told.outputs] == [written]


def test_note_lineage_nobody_listens_reads_nothing(
    make_plan: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lineage, "get_hook_lineage_collector", NoOpCollector)
    monkeypatch.setattr(lineage, "s3_of", None)

    lineage.note_lineage(make_plan(), "raw-corpus")
