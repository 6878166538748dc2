"""The export operator from the real OpenSearch to S3 in memory."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws
from opensearchpy.helpers import bulk

from include.errors import TerminalError
from include.storage import read_lines
from opensearch_ml.links import S3ObjectLink
from opensearch_ml.operators.corpus import OpenSearchToS3Operator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opensearchpy import OpenSearch

URI = "s3://search-bucket/raw-corpus/documents.jsonl"


@pytest.fixture
def s3() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="search-bucket")
        yield client


@pytest.fixture
def operator(opensearch_url: str, client: OpenSearch, index: str) -> OpenSearchToS3Operator:
    """Exports 100 of 300 documents: 20 without text, 40 that come twice."""
    texts = [f"text {number % 240}" if number < 280 else " " for number in range(300)]
    client.indices.create(index=index, body={"settings": {"number_of_shards": 3, "number_of_replicas": 0}})
    bulk(
        client,
        ({"_index": index, "_id": f"d{number:03}", "text": text} for number, text in enumerate(texts)),
        refresh=True,
    )
    return OpenSearchToS3Operator(
        task_id="export",
        opensearch_conn_id="local_cluster",
        endpoint=opensearch_url,
        index_name=index,
        text_field="text",
        s3_uri=URI,
        max_documents=100,
        page_size=17,
    )


def exported(s3: Any) -> list[dict[str, str]]:
    return [json.loads(line) for line in read_lines(s3, URI)]


def test_export_operator_writes_the_sample_and_counts(s3: Any, operator: OpenSearchToS3Operator) -> None:
    counts = operator.execute({})

    found = exported(s3)
    assert (counts["read"], counts["empty"], counts["sampled"]) == (300, 20, 100)
    assert counts["uri"] == URI
    assert len({document["text"] for document in found}) == len(found) == 100
    assert all(set(document) == {"id", "text"} for document in found)


def test_export_operator_again_writes_the_same(s3: Any, operator: OpenSearchToS3Operator) -> None:
    operator.execute({})
    first = exported(s3)
    operator.slices, operator.page_size = 5, 1_000
    operator.execute({})

    assert exported(s3) == first


def test_export_operator_links_to_the_object(s3: Any, operator: OpenSearchToS3Operator) -> None:
    operator.execute({})

    assert S3ObjectLink().get_link(operator, ti_key=None).endswith("raw-corpus/documents.jsonl")  # type: ignore[arg-type]


def test_export_operator_that_fails_leaves_no_object(
    s3: Any, operator: OpenSearchToS3Operator, client: OpenSearch, index: str
) -> None:
    client.indices.delete(index=index)
    client.indices.create(index=index, body={"mappings": {"dynamic": False}})
    client.index(index=index, body={"text": {"an": "object"}}, params={"refresh": "true"})

    with pytest.raises(TerminalError, match="holds dict"):
        operator.execute({})

    assert "Contents" not in s3.list_objects_v2(Bucket="search-bucket")
