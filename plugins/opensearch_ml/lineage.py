"""What was read and written, for whoever listens: the OpenLineage provider, or a reader of Airflow's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from airflow.providers.common.compat.lineage.hook import get_hook_lineage_collector

from include.layout import split_uri
from include.manifest import read_manifest
from opensearch_ml.clients import s3_of

if TYPE_CHECKING:
    from include.plan import Plan

SILENT = "NoOpCollector"
"""What Airflow hands out if nobody listens; its module is another one in each minor version."""


def note_lineage(plan: Plan, folder: str) -> None:
    """Name the S3 objects that a phase read and wrote, as its manifest has them; nothing is done if nobody listens.

    Args:
        plan: of the run.
        folder: of the phase, where its manifest lies.
    """
    collector: Any = get_hook_lineage_collector()
    if type(collector).__name__ == SILENT:
        return
    manifest = read_manifest(s3_of(plan), plan.layout.uri(folder))
    for uri in manifest.inputs:
        collector.add_input_asset(context=note_lineage, uri=uri)
    for uri in manifest.outputs:
        collector.add_output_asset(context=note_lineage, uri=uri)


def lineage_of_export(opensearch_url: str, index_name: str, s3_uri: str) -> Any:
    """An index as input and an S3 object as output, as the OpenLineage provider takes them from an operator.

    Args:
        opensearch_url: of the cluster.
        index_name: index or alias.
        s3_uri: of the object.
    """
    from airflow.providers.common.compat.openlineage.facet import Dataset
    from airflow.providers.openlineage.extractors import OperatorLineage

    bucket, key = split_uri(s3_uri)
    place = urlsplit(opensearch_url).netloc.rpartition("@")[2]
    return OperatorLineage(
        inputs=[Dataset(namespace=f"opensearch://{place}", name=index_name)],
        outputs=[Dataset(namespace=f"s3://{bucket}", name=key)],
    )
