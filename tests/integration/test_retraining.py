"""Whether an index has changed enough, asked of a real OpenSearch after what a run kept of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws
from opensearchpy.helpers import bulk

from include import layout as at
from include.layout import Layout
from include.parameters import read_settings
from include.retraining import check
from include.retraining.check import Decision, check_corpus
from include.storage import write_json
from opensearch_ml.operators.corpus import OpenSearchToS3Operator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from opensearchpy import OpenSearch

    from include.settings import FinetuneSettings

BUCKET = "search-bucket"
ROLE = "arn:aws:iam::123456789012:role/r"
RUN = Layout(BUCKET, "search-models", "articles", "20261122-030000-abcdef")


@pytest.fixture
def s3() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket=BUCKET)
        yield client


@pytest.fixture
def settings(index: str) -> FinetuneSettings:
    roles = {"bedrock_role_arn": ROLE, "sagemaker_role_arn": ROLE}
    return read_settings({"index_name": index, "bucket": BUCKET, "model_name": "articles", **roles})


@pytest.fixture
def finished(
    s3: Any, client: OpenSearch, opensearch_url: str, index: str, settings: FinetuneSettings
) -> Callable[[], None]:
    """A run over 300 documents in three shards has come to its end."""
    client.indices.create(index=index, body={"settings": {"number_of_shards": 3, "number_of_replicas": 0}})
    put(client, index, range(300))

    def finish() -> None:
        OpenSearchToS3Operator(
            task_id="export",
            opensearch_conn_id="local_cluster",
            endpoint=opensearch_url,
            index_name=index,
            text_field="text",
            s3_uri=RUN.uri(at.DOCUMENTS),
            max_documents=100,
            seen_uri=RUN.uri(at.SEEN),
        ).execute({})
        write_json(s3, RUN.uri(at.REPORT_JSON), {"settings": settings.model_dump(mode="json")})

    finish()
    return finish


def put(client: OpenSearch, index: str, numbers: range, text: str = "text", refresh: bool = True) -> None:
    bulk(client, ({"_index": index, "_id": str(n), "text": f"{text} {n}"} for n in numbers), refresh=refresh)


@pytest.fixture
def decide(s3: Any, client: OpenSearch, finished: Any, settings: FinetuneSettings) -> Callable[[], Decision]:
    return lambda: check_corpus(s3, lambda: client, settings, 0.05)


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "export_documents", None)


@pytest.mark.usefixtures("unread")
def test_index_that_did_not_change_is_not_read(decide: Callable[[], Decision]) -> None:
    assert decide() == Decision(False, f"Since run {RUN.run} no document changed.", RUN.run)


@pytest.mark.usefixtures("unread")
def test_index_that_hardly_changed_is_not_read(client: OpenSearch, index: str, decide: Callable[[], Decision]) -> None:
    put(client, index, range(295, 305))  # five replaced, five new
    client.delete(index=index, id="7", params={"refresh": "true"})

    found = decide()

    assert not found.retrain
    assert re.search("at most 1[1-5] of 300 documents changed", found.reason), "11, and a deletion may count twice"


def test_index_that_changed_is_read_and_the_share_is_exact(
    client: OpenSearch, index: str, decide: Callable[[], Decision]
) -> None:
    put(client, index, range(290, 330), "another")

    found = decide()

    assert found.retrain
    assert found.change
    assert (found.change.new, found.change.changed) == pytest.approx((30 / 330, 10 / 330))


def test_index_whose_documents_were_written_again_as_they_were_is_left(
    client: OpenSearch, index: str, decide: Callable[[], Decision]
) -> None:
    """As a nightly job does that indexes everything anew."""
    put(client, index, range(300))

    found = decide()

    assert not found.retrain
    assert found.change
    assert found.change.share == 0


def test_documents_that_come_into_sight_later_are_not_missed(
    client: OpenSearch, index: str, finished: Callable[[], None], decide: Callable[[], Decision]
) -> None:
    """Written before a run looked, and refreshed after it: no operation is newer than the run."""
    client.indices.put_settings(index=index, body={"index": {"refresh_interval": "-1"}})
    put(client, index, range(300, 400), refresh=False)
    finished()
    client.indices.refresh(index=index)

    found = decide()

    assert found.retrain
    assert found.change
    assert found.change.new == pytest.approx(0.25)


def test_index_that_was_made_again_with_the_same_documents_is_left(
    client: OpenSearch, index: str, decide: Callable[[], Decision]
) -> None:
    client.indices.delete(index=index)
    put(client, index, range(300))

    assert not decide().retrain
