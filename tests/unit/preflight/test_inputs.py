from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from include.errors import TerminalError
from include.preflight.inputs import check_inputs, corpus_files

if TYPE_CHECKING:
    from collections.abc import Callable

    from include.settings import FinetuneSettings


@pytest.fixture
def from_s3(make_settings: Callable[..., FinetuneSettings]) -> Callable[..., FinetuneSettings]:
    def make(path: str, **changed: Any) -> FinetuneSettings:
        return make_settings(input_type="s3", index_name=None, s3_corpus_path=path, **changed)

    return make


def put(s3: Any, bucket: str, *keys: str) -> None:
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=b"{}")


@pytest.mark.parametrize("ending", [".jsonl", ".jsonl.gz", ".json", ".ndjson"])
def test_check_inputs_corpus_file_is_found(s3: Any, bucket: str, from_s3: Any, ending: str) -> None:
    put(s3, bucket, f"in/docs{ending}")

    check_inputs(s3, from_s3(f"s3://{bucket}/in/docs{ending}"))


def test_corpus_files_prefix_gives_its_jsonl_files_in_order(s3: Any, bucket: str) -> None:
    put(s3, bucket, "in/b.jsonl", "in/a.jsonl.gz", "in/README.md", "in/sub/c.ndjson", "in-old/d.jsonl")

    assert corpus_files(s3, f"s3://{bucket}/in") == [
        f"s3://{bucket}/in/{name}" for name in ("a.jsonl.gz", "b.jsonl", "sub/c.ndjson")
    ]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        pytest.param("in/doc.jsonl", "Near it is: s3://search-bucket/in/docs.jsonl, ", id="misspelt"),
        pytest.param("out", "s3://search-bucket/in/notes.txt.", id="folder"),
        pytest.param("in/notes.txt", "there is no JSONL file (.jsonl, .jsonl.gz, .json, .ndjson)", id="text-file"),
        pytest.param("else/where/docs.jsonl", "Near it is: nothing.", id="nothing-near"),
    ],
)
def test_check_inputs_no_corpus_says_what_is_near(s3: Any, bucket: str, from_s3: Any, path: str, message: str) -> None:
    put(s3, bucket, "in/docs.jsonl", "in/notes.txt")

    with pytest.raises(TerminalError) as caught:
        check_inputs(s3, from_s3(f"s3://{bucket}/{path}"))

    assert f"s3_corpus_path is 's3://{bucket}/{path}', and there is no JSONL file" in str(caught.value)
    assert message in str(caught.value)


def test_check_inputs_no_bucket_for_the_run_says_so(s3: Any, make_settings: Any) -> None:
    with pytest.raises(TerminalError, match="s3://nobodys-bucket is not there: the bucket does not exist"):
        check_inputs(s3, make_settings(bucket="nobodys-bucket"))


def test_check_inputs_no_bucket_for_the_corpus_says_so(s3: Any, from_s3: Any) -> None:
    with pytest.raises(TerminalError, match=r"s3://nobodys-bucket/docs\.jsonl is not there: the bucket does not exist"):
        check_inputs(s3, from_s3("s3://nobodys-bucket/docs.jsonl"))


@pytest.mark.parametrize("missing", ["eval_queries_s3_path", "eval_qrels_s3_path"])
def test_check_inputs_no_judged_queries_names_the_parameter(
    s3: Any, bucket: str, make_settings: Any, missing: str
) -> None:
    put(s3, bucket, "eval/q.jsonl", "eval/test.tsv")
    paths = {
        "eval_queries_s3_path": f"s3://{bucket}/eval/q.jsonl",
        "eval_qrels_s3_path": f"s3://{bucket}/eval/test.tsv",
    }
    check_inputs(s3, make_settings(**paths))
    wrong = f"s3://{bucket}/eval/nothing"

    with pytest.raises(TerminalError) as caught:
        check_inputs(s3, make_settings(**{**paths, missing: wrong}))

    assert f"{missing} is {wrong!r}, and there is no such object. Near it is: s3://{bucket}/eval/q.jsonl" in str(
        caught.value
    )


def test_check_inputs_folder_instead_of_judged_queries_says_so(s3: Any, bucket: str, make_settings: Any) -> None:
    put(s3, bucket, "eval/q.jsonl", "eval/test.tsv")

    with pytest.raises(TerminalError, match=r"eval_queries_s3_path is .*/eval/', and there is no such object"):
        check_inputs(
            s3,
            make_settings(
                eval_queries_s3_path=f"s3://{bucket}/eval/", eval_qrels_s3_path=f"s3://{bucket}/eval/test.tsv"
            ),
        )


def test_check_inputs_own_pairs_are_looked_for(s3: Any, bucket: str, make_settings: Any) -> None:
    put(s3, bucket, "pairs/a.jsonl")
    check_inputs(s3, make_settings(s3_pairs_path=f"s3://{bucket}/pairs/"))

    with pytest.raises(TerminalError, match=r"s3_pairs_path is 's3://search-bucket/pear', and there is no JSONL file"):
        check_inputs(s3, make_settings(s3_pairs_path=f"s3://{bucket}/pear"))


@pytest.mark.parametrize("name", ["example_queries_s3_path", "guard_queries_s3_path"])
def test_check_inputs_missing_examples_or_guard_name_the_parameter(
    s3: Any, bucket: str, make_settings: Any, name: str
) -> None:
    put(s3, bucket, "guard/q.tsv")
    wrong = f"s3://{bucket}/nothing.jsonl"
    paths = {name: wrong, **({"guard_qrels_s3_path": f"s3://{bucket}/guard/q.tsv"} if "guard" in name else {})}

    with pytest.raises(TerminalError, match=f"{name} is '{wrong}', and there is no such object"):
        check_inputs(s3, make_settings(**paths))


def test_check_inputs_wheels_of_both_containers_pass(s3: Any, bucket: str, make_settings: Any) -> None:
    put(s3, bucket, "wheels/training/a-1-py3-none-any.whl", "wheels/inference/a-1-py3-none-any.whl")

    check_inputs(s3, make_settings(wheels_s3_path=f"s3://{bucket}/wheels/"))


def test_check_inputs_wheels_of_one_container_alone_say_what_is_missing(
    s3: Any, bucket: str, make_settings: Any
) -> None:
    put(s3, bucket, "wheels/training/a-1-py3-none-any.whl")

    with pytest.raises(TerminalError, match=r"there is no inference/\*\.whl\..* docs/security\.md has the command"):
        check_inputs(s3, make_settings(wheels_s3_path=f"s3://{bucket}/wheels"))
