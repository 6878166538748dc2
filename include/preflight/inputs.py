"""Are the S3 inputs there?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.errors import TerminalError
from include.layout import split_uri
from include.storage import check_bucket, list_uris

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from include.settings import FinetuneSettings

JSONL = (".jsonl", ".jsonl.gz", ".json", ".ndjson")
OBJECTS = (
    "eval_queries_s3_path",
    "eval_qrels_s3_path",
    "eval_highlights_s3_path",
    "guard_queries_s3_path",
    "guard_qrels_s3_path",
    "example_queries_s3_path",
)


def check_inputs(s3: S3Client, settings: FinetuneSettings) -> None:
    """Nothing, if bucket, corpus, judged queries, own pairs and example queries can be read.

    Raises:
        TerminalError: one of them is not there, or not allowed.
    """
    check_bucket(s3, str(settings.run.bucket))
    if settings.corpus.s3_corpus_path:
        corpus_files(s3, settings.corpus.s3_corpus_path)
    if settings.queries.s3_pairs_path:
        pair_files(s3, settings.queries.s3_pairs_path)
    if settings.training.wheels_s3_path:
        _check_wheels(s3, settings.training.wheels_s3_path)
    given = {**dict(settings.evaluation), "example_queries_s3_path": settings.queries.example_queries_s3_path}
    for name in OBJECTS:
        uri = given[name]
        if uri and list_uris(s3, uri) != [uri]:
            raise TerminalError(f"{name} is {uri!r}, and there is no such object. {_neighbours(s3, uri)}")


def corpus_files(s3: S3Client, uri: str) -> list[str]:
    """URIs of the JSONL files at or below the corpus path.

    Raises:
        TerminalError: there are none.
    """
    return _files(s3, uri, "s3_corpus_path")


def pair_files(s3: S3Client, uri: str) -> list[str]:
    """URIs of the JSONL files at or below the path of the customer's pairs.

    Raises:
        TerminalError: there are none.
    """
    return _files(s3, uri, "s3_pairs_path")


def _check_wheels(s3: S3Client, uri: str) -> None:
    for container in ("training", "inference"):
        if not list_uris(s3, f"{uri.rstrip('/')}/{container}/", (".whl",)):
            raise TerminalError(
                f"wheels_s3_path is {uri!r}, and there is no {container}/*.whl. {_neighbours(s3, uri)} "
                "docs/security.md has the command that makes them."
            )


def _files(s3: S3Client, uri: str, parameter: str) -> list[str]:
    files = list_uris(s3, uri, JSONL)
    if not files:
        raise TerminalError(
            f"{parameter} is {uri!r}, and there is no JSONL file ({', '.join(JSONL)}). {_neighbours(s3, uri)}"
        )
    return files


def _neighbours(s3: S3Client, uri: str) -> str:
    bucket, key = split_uri(uri)
    folder = key.rpartition("/")[0]
    found = s3.list_objects_v2(Bucket=bucket, Prefix=folder, MaxKeys=10).get("Contents", [])
    listed = ", ".join(f"s3://{bucket}/{entry['Key']}" for entry in found) or "nothing"
    return f"Near it is: {listed}."
