"""What is taken from a training job, and what is refused."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING, Any

import pytest

from include.errors import TerminalError
from include.evaluation.beir import QuerySet
from include.phases.corpus import HELD_OUT, write_query_set
from include.phases.evaluation import save_evaluation
from include.phases.training import check_members, publish_artifact, read_output_json, unpack_output, upload_source
from include.storage import write_lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from include.plan import Plan

GOOD = ["modules.json", "config.json", "model.safetensors", "README.md", "code/inference.py"]


def member(name: str, kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    found = tarfile.TarInfo(name)
    found.type = kind
    return found


@pytest.mark.parametrize("prefix", ["", "./"])
def test_check_members_complete_archive_passes(prefix: str) -> None:
    members = [member(f"{prefix}{name}") for name in (*GOOD, "1_Pooling/config.json", "tokenizer.json")]

    assert check_members([member(f"{prefix}1_Pooling", tarfile.DIRTYPE), *members]) >= set(GOOD)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        pytest.param(member("pytorch_model.bin"), "pickled weights: 'pytorch_model.bin'", id="bin"),
        pytest.param(member("deep/optimizer.pt"), "pickled weights: 'deep/optimizer.pt'", id="pt"),
        pytest.param(member("model.ckpt"), "pickled weights: 'model.ckpt'", id="ckpt"),
    ],
)
def test_check_members_dangerous_archive_is_refused(more: tarfile.TarInfo, message: str) -> None:
    with pytest.raises(TerminalError) as caught:
        check_members([*map(member, GOOD), more])

    assert message in str(caught.value)
    assert str(caught.value).endswith("It is not deployed.")


@pytest.mark.parametrize("name", GOOD)
def test_check_members_missing_file_is_named(name: str) -> None:
    with pytest.raises(TerminalError, match=f"no file: '{name}'"):
        check_members([member(other) for other in GOOD if other != name])


def test_publish_artifact_copies_what_was_checked(
    s3: Any, make_plan: Callable[..., Plan], finish_training: Callable[..., Any]
) -> None:
    plan = make_plan()
    write_lines(s3, plan.layout.uri("training-data/training_data.jsonl"), ["{}\n"])
    upload_source(s3, plan)

    artifact = publish_artifact(s3, plan, finish_training(plan, {}))

    assert artifact["uri"] == plan.layout.uri("model-artifacts/model.tar.gz")
    assert artifact["files"] == 6
    assert len(artifact["sha256"]) == 64


def test_publish_artifact_refused_one_is_not_copied(
    s3: Any, bucket: str, make_plan: Callable[..., Plan], finish_training: Callable[..., Any]
) -> None:
    plan = make_plan()
    job = finish_training(plan, {}, **{"weights.pkl": b"pickled"})

    with pytest.raises(TerminalError, match=r"pickled weights: 'weights\.pkl'"):
        publish_artifact(s3, plan, job)

    keys = {entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]}
    assert plan.layout.key("model-artifacts/model.tar.gz") not in keys


@pytest.mark.parametrize(
    "name", [pytest.param("../escape.py", id="parent"), pytest.param("code/../../escape.py", id="parent-within")]
)
def test_publish_artifact_that_reaches_elsewhere_is_refused(
    s3: Any, make_plan: Callable[..., Plan], finish_training: Callable[..., Any], name: str
) -> None:
    plan = make_plan()
    job = finish_training(plan, {}, **{name: b""})

    with pytest.raises(TerminalError, match=r"cannot be unpacked: .* is no plain file or folder within the archive"):
        publish_artifact(s3, plan, job)


def test_unpack_output_that_reaches_elsewhere_is_refused(s3: Any, make_plan: Callable[..., Plan]) -> None:
    with pytest.raises(TerminalError, match=r"output\.tar\.gz, which the training job wrote, cannot be unpacked"):
        put_output(s3, make_plan(), **{"../other-run/training.json": b"{}"})


def put_output(s3: Any, plan: Plan, **files: bytes) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in files.items():
            entry = member(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    bucket, _, key = plan.layout.output_uri.removeprefix("s3://").partition("/")
    s3.put_object(Bucket=bucket, Key=key, Body=buffer.getvalue())
    unpack_output(s3, plan, plan.layout.output_uri)


def test_read_output_json_missing_file_names_the_archive(s3: Any, make_plan: Callable[..., Plan]) -> None:
    plan = make_plan()
    put_output(s3, plan, other=b"")

    with pytest.raises(TerminalError, match=r"left no golden\.json in its output\.tar\.gz\. Look at its log"):
        read_output_json(s3, plan, "golden.json")


def test_save_evaluation_missing_runs_are_named(s3: Any, make_plan: Callable[..., Plan]) -> None:
    plan = make_plan()
    write_query_set(s3, plan, HELD_OUT, QuerySet({"q": "text"}, {"q": {"d": 1}}))
    put_output(s3, plan, **{f"runs/{HELD_OUT}.base.trec": b"q Q0 d 1 1.0 base\n"})

    with pytest.raises(TerminalError, match=rf"left no runs/{HELD_OUT}\.tuned\.trec"):
        save_evaluation(s3, plan, {"analyzer": "english"}, {"engine": "container", "note": ""})
