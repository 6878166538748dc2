"""A training job is started once for the same contents, parameters and code."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING, Any

import pytest

from include import containers
from include.reuse.training import enter_training, take_training, training_work

if TYPE_CHECKING:
    from collections.abc import Callable

    from include.plan import Plan


@pytest.fixture
def trained(
    s3: Any, plan_of: Callable[..., Plan], before_training: Any, leave_archives: Any
) -> Callable[..., dict[str, Any] | None]:
    """Come to the training of a run, and train if it is not taken over; returns what was taken."""

    def make(number: int, pairs: str = "{}\n", **changed: Any) -> dict[str, Any] | None:
        plan = plan_of(number, **changed)
        before_training(plan, pairs)
        taken = take_training(s3, plan)
        if taken is None:
            enter_training(s3, plan, leave_archives(plan, f"model of {number}".encode()))
        return taken

    return make


def body(s3: Any, uri: str) -> bytes:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())


def test_training_of_the_same_is_taken_over_and_nothing_is_paid(
    s3: Any, trained: Any, plan_of: Any, caplog: pytest.LogCaptureFixture
) -> None:
    assert trained(1) is None

    with caplog.at_level("INFO"):
        taken = trained(2)

    second = plan_of(2)
    assert taken["model_uri"] == second.layout.artifact_uri
    assert (taken["training_seconds"], taken["billable_seconds"]) == (0, 0)
    assert taken["reused_from"] == plan_of(1).run
    assert taken["saved"] == {"training_seconds": 3_000.0, "billable_seconds": 3_600.0}
    assert (body(s3, taken["model_uri"]), body(s3, taken["output_uri"])) == (b"model of 1", b"output")
    assert f"training: reused from run {plan_of(1).run} (3,000 training_seconds, 3,600 billable_seconds)" in caplog.text


def test_training_third_run_finds_the_second_copy_and_names_the_run_that_paid(
    s3: Any, trained: Any, plan_of: Any
) -> None:
    trained(1)
    trained(2)
    first = plan_of(1).layout
    for uri in (first.artifact_uri, first.output_uri):
        s3.delete_object(Bucket=first.bucket, Key=uri.split("/", 3)[3])

    assert trained(3)["reused_from"] == plan_of(1).run


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        pytest.param({"epochs": 5}, "parameters.epochs None → 5", id="parameter"),
        pytest.param({"pairs": '{"query": "q"}\n'}, "channels.train.training_data.jsonl changed", id="pairs"),
        pytest.param(
            {"training_instance_type": "ml.p4d.24xlarge"}, "instance_type ml.g5.xlarge → ml.p4d", id="machine"
        ),
    ],
)
def test_training_of_something_else_is_done_and_told_why(
    trained: Any, changed: dict[str, Any], told: str, caplog: pytest.LogCaptureFixture
) -> None:
    trained(1)

    with caplog.at_level("INFO"):
        assert trained(2, **changed) is None

    assert told in caplog.text


def test_training_never_reused_if_told_so(trained: Any, caplog: pytest.LogCaptureFixture) -> None:
    trained(1)

    with caplog.at_level("INFO"):
        assert trained(2, reuse="never") is None

    assert "reuse is 'never'" in caplog.text


@pytest.mark.parametrize(("reuse", "taken_over"), [("matching", False), ("always", True)])
def test_training_with_other_code(
    trained: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, reuse: str, taken_over: bool
) -> None:
    trained(1)
    monkeypatch.setattr(containers, "LAUNCHER", "another()\n")

    with caplog.at_level("INFO"):
        assert (trained(2, reuse=reuse) is not None) == taken_over

    assert taken_over or "the code changed" in caplog.text


def test_training_taken_over_whatever_the_code_does_not_count_as_the_new_codes(
    trained: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained(1)
    monkeypatch.setattr(containers, "LAUNCHER", "another()\n")

    assert trained(2, reuse="always") is not None
    assert trained(3, reuse="matching") is None


@pytest.mark.parametrize("how", ["deleted", "replaced"])
def test_training_whose_archive_is_not_what_it_was_is_done_again(
    s3: Any, trained: Any, plan_of: Any, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    trained(1)
    layout = plan_of(1).layout
    place = {"Bucket": layout.bucket, "Key": layout.artifact_uri.split("/", 3)[3]}
    s3.delete_object(**place) if how == "deleted" else s3.put_object(**place, Body=b"somebody else's")

    with caplog.at_level("INFO"):
        assert trained(2) is None

    assert f"{layout.artifact_uri} is gone or was changed" in caplog.text


def test_training_entry_that_names_somebody_elses_object_is_not_used(
    s3: Any, bucket: str, trained: Any, plan_of: Any
) -> None:
    trained(1)
    [entry] = s3.list_objects_v2(Bucket=bucket, Prefix="search-models/search-model/reuse/training/")["Contents"][:1]
    text = s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read().decode()
    for found in s3.list_objects_v2(Bucket=bucket, Prefix="search-models/search-model/reuse/training/")["Contents"]:
        forged = text.replace(plan_of(1).layout.artifact_uri, f"s3://{bucket}/in/docs.jsonl")
        s3.put_object(Bucket=bucket, Key=found["Key"], Body=forged.encode())

    assert trained(2) is None


def test_training_of_another_model_name_is_not_taken(trained: Any) -> None:
    trained(1)

    assert trained(2, model_name="another") is None


def test_training_cleared_in_the_same_run_finds_its_own_job_and_its_cost(trained: Any) -> None:
    trained(1)

    again = trained(1)

    assert (again["reused_from"], again["billable_seconds"], again["saved"]) == ("", 3_600.0, {})


def test_training_with_vectors_does_for_a_run_that_needs_none(trained: Any) -> None:
    trained(1)

    assert trained(2, evaluation_engine="container") is not None
    assert trained(3, evaluation_engine="container") is not None


def test_training_without_vectors_does_not_for_a_run_that_needs_them(trained: Any) -> None:
    trained(1, evaluation_engine="container")

    assert trained(2) is None


def test_training_base_model_on_s3_counts_by_its_objects(
    s3: Any, bucket: str, plan_of: Any, before_training: Any
) -> None:
    plan = plan_of(base_model_id=f"s3://{bucket}/base")
    before_training(plan)
    keys = []
    for content in (b"weights", b"weights", b"other"):
        s3.put_object(Bucket=bucket, Key="base/model.safetensors", Body=content)
        keys.append(training_work(s3, plan).key())

    assert keys[0] == keys[1] != keys[2]


def test_training_source_is_the_same_bytes_for_the_same_code() -> None:
    packed = containers.package_source()

    assert packed == containers.package_source()
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        members = archive.getmembers()
    assert {(member.mtime, member.uid, member.gid, member.uname) for member in members} == {(0, 0, 0, "")}
