"""Whose things stay, what is told, and what becomes of what cannot be deleted."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import Stubber

from include.cleanup.delete import Clients, delete_orphans
from include.cleanup.orphan import ENDPOINT, ENDPOINT_CONFIG, MODEL, PIPELINES, SAGEMAKER_MODEL, Orphan
from include.cleanup.report import outcome, save, summary, table
from include.cleanup.runs import Runs
from include.cleanup.settings import CleanupOptions, CleanupSettings, missing
from include.errors import TerminalError
from include.layout import Layout
from include.parameters import read_as

if TYPE_CHECKING:
    from collections.abc import Callable

BEFORE = datetime(2026, 1, 10, tzinfo=UTC)
OLD, YOUNG = "20260101-000000-aaaaaa", "20260111-000000-bbbbbb"


@pytest.fixture
def runs(s3: Any, bucket: str) -> Callable[..., Runs]:
    """Of a bucket in which a run has said which DAG run it is; Airflow works on those that are named."""

    def make(*active: str, keep: int | None = None) -> Runs:
        return Runs(s3, bucket, "models", BEFORE, keep, lambda dag_id, run_id: run_id in active)

    for run in (OLD, YOUNG):
        told = {"dag_id": "finetune_search_model", "dag_run_id": f"of {run}"}
        s3.put_object(Bucket=bucket, Key=f"models/m/{run}/run.json", Body=json.dumps(told))
    return make


def promote(s3: Any, bucket: str, *names: str) -> None:
    entries = [{"kind": "promotion", "run": name} for name in names]
    s3.put_object(Bucket=bucket, Key="models/m/promotions.json", Body=json.dumps(entries))


@pytest.mark.parametrize(
    ("name", "run"),
    [
        (f"m-{OLD}", ("m", OLD)),
        (f"my-model-2-{OLD}-2", ("my-model-2", OLD)),
        (f"m-{OLD}-000-2", ("m", OLD)),
        (f"m-{OLD}-query", ("m", OLD)),
        ("somebodys-endpoint", None),
        (OLD, None),
        (f"M-{OLD}", None),
    ],
)
def test_run_is_told_by_the_name(runs: Any, name: str, run: tuple[str, str] | None) -> None:
    found = runs().of_name(name)

    assert (found and (found.model_name, found.run)) == run


@pytest.mark.parametrize(
    ("key", "run"),
    [
        (f"models/m/{OLD}/raw-corpus/documents.jsonl", ("m", OLD)),
        ("models/m/promotions.json", None),
        (f"other/m/{OLD}/x", None),
        ("models/cleanup/20260101-000000.json", None),
    ],
)
def test_run_is_told_by_the_key(runs: Any, key: str, run: tuple[str, str] | None) -> None:
    found = runs().of_key(key)

    assert (found and (found.model_name, found.run)) == run


def test_runs_are_those_with_a_folder(runs: Any) -> None:
    assert [(run.model_name, run.run) for run in runs().all()] == [("m", OLD), ("m", YOUNG)]


def stays(runs: Runs, run: str) -> bool:
    return runs.stays(Layout(runs.bucket, runs.prefix, "m", run))


def test_run_stays_if_it_is_young_or_at_work(runs: Any) -> None:
    assert not stays(runs(), OLD)
    assert stays(runs(), YOUNG)
    assert stays(runs(f"of {OLD}"), OLD)


def test_run_without_a_folder_has_ended(runs: Any) -> None:
    assert not stays(runs(), "20260102-000000-cccccc")


@pytest.mark.parametrize(
    ("promoted", "keep", "expected"),
    [
        pytest.param([OLD], 0, True, id="current"),
        pytest.param([OLD, "b"], 0, False, id="before-it"),
        pytest.param([OLD, "b"], 1, True, id="kept-for-a-rollback"),
        pytest.param([OLD, "b", "c", "d"], None, True, id="all-are-kept"),
    ],
)
def test_run_stays_if_it_is_deployed(
    s3: Any, bucket: str, runs: Any, promoted: list[str], keep: int | None, expected: bool
) -> None:
    promote(s3, bucket, *promoted)

    assert stays(runs(keep=keep), OLD) == expected


class Cluster:
    """A cluster that loses its connection when a model is to be removed; nothing else but pipelines may be."""

    def __init__(self) -> None:
        self.removed: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return lambda _: pytest.fail(name)

    def remove_pipelines(self, name: str) -> bool:
        self.removed.append(name)
        return True

    def remove_model(self, model_id: str) -> None:
        from opensearchpy.exceptions import ConnectionError as Lost

        raise Lost("N/A", "refused", Exception("refused"))


def clients(s3: Any, sagemaker: Any, cluster: Any) -> Clients:
    return Clients(s3, sagemaker, None, cluster, "bucket")  # type: ignore[arg-type]


def test_delete_what_fails_is_told_and_the_rest_is_deleted() -> None:
    cluster = Cluster()
    orphans = [Orphan(MODEL, "m", "m/1", "id"), Orphan(PIPELINES, "p", "m/1")]

    failed = delete_orphans(clients(None, None, cluster), orphans)

    assert cluster.removed == ["p"]
    assert [(orphan.name, "refused" in reason) for orphan, reason in failed.items()] == [("m", True)]


def test_delete_endpoint_that_stays_keeps_its_configuration_and_model() -> None:
    sagemaker = boto3.client("sagemaker", region_name="us-east-1")
    orphans = [Orphan(kind, "e", "m/1") for kind in (SAGEMAKER_MODEL, ENDPOINT_CONFIG, ENDPOINT)]
    with Stubber(sagemaker) as stub:
        stub.add_client_error("delete_endpoint", "ValidationException", "Cannot update in-progress endpoint")

        failed = delete_orphans(clients(None, sagemaker, Cluster()), orphans)

    assert [orphan.kind for orphan in failed] == [ENDPOINT, ENDPOINT_CONFIG, SAGEMAKER_MODEL]


def test_delete_what_is_gone_counts_as_deleted() -> None:
    sagemaker = boto3.client("sagemaker", region_name="us-east-1")
    with Stubber(sagemaker) as stub:
        stub.add_client_error("delete_model", "ValidationException", 'Could not find model "arn"')

        assert delete_orphans(clients(None, sagemaker, Cluster()), [Orphan(SAGEMAKER_MODEL, "m", "m/1")]) == {}


def test_report_tells_outcomes_and_escapes_names(s3: Any, bucket: str) -> None:
    stuck = Orphan(MODEL, "<script>", "m/1", "id")
    rows = outcome([Orphan(PIPELINES, "p", "m/1"), stuck], {stuck: "ConflictException: in use"}, delete=True)
    options = CleanupOptions(bucket=bucket, delete=True)

    page = save(s3, options, rows, datetime(2026, 1, 2, tzinfo=UTC))
    told = summary(rows, page)

    assert page == f"s3://{bucket}/search-models/cleanup/20260102-000000.html"
    body = s3.get_object(Bucket=bucket, Key="search-models/cleanup/20260102-000000.html")["Body"].read().decode()
    assert "&lt;script&gt;" in body
    assert "<script>" not in body
    assert (told["found"], told["deleted"], told["not_deleted"]) == (2, 1, 1)
    assert told["names"] == {"pipelines": ["p"], "model": ["<script>"]}
    assert table(rows).splitlines()[1].split() == ["model", "<script>", "m/1", "ConflictException:", "in", "use"]


def test_report_of_nothing_says_so() -> None:
    assert table([]) == "Nothing was left behind."


def test_settings_bucket_is_needed() -> None:
    with pytest.raises(TerminalError, match="bucket is empty"):
        read_as(CleanupSettings, {}, missing)


def test_settings_list_only_by_default() -> None:
    options = read_as(CleanupSettings, {"bucket": "my-bucket"}, missing).cleanup

    assert (options.delete, options.older_than_hours, options.keep) == (False, 24, None)
