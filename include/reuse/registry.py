"""What runs have made, by the key of what it is made of: `{prefix}/{model_name}/reuse/{stage}/{key}.json`."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from include.layout import split_uri
from include.reuse.content import MISSING, etag_of
from include.storage import read_json, write_json

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from include.plan import Plan
    from include.reuse.key import Work


@dataclass(frozen=True)
class Output:
    """An object that a stage left: where, and its ETag then."""

    uri: str
    etag: str


@dataclass(frozen=True)
class Entry:
    """Work that has ended well.

    Attributes:
        stage: its name.
        run: that did it, and paid for it.
        at: when it was entered, ISO 8601.
        made_of: as in `Work`.
        code: as in `Work`.
        outputs: by the path below the folder into which they are copied.
        result: small values that later tasks need: counts, names.
        usage: what AWS billed by.
    """

    stage: str
    run: str
    at: str
    made_of: dict[str, Any]
    code: str
    outputs: dict[str, Output]
    result: dict[str, Any]
    usage: dict[str, float]


def put_entry(s3: S3Client, plan: Plan, work: Work, entry: Entry) -> None:
    """Enter the work under its key, and under the one that it has whatever the code."""
    for key in dict.fromkeys((work.key(), work.key(whatever_code=True))):
        write_json(s3, f"{_folder(plan, work.stage)}{key}.json", asdict(entry))


def get_entry(s3: S3Client, plan: Plan, work: Work) -> Entry | None:
    """The entry of the same work, as the run's `reuse` reads it; None if there is none."""
    return _read(s3, f"{_folder(plan, work.stage)}{work.key(plan.settings.run.reuse == 'always')}.json")


def newest_entry(s3: S3Client, plan: Plan, stage: str) -> Entry | None:
    """What was entered last for the stage, whatever it is made of."""
    bucket, prefix = split_uri(_folder(plan, stage))
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    there = [(entry["LastModified"], entry["Key"]) for page in pages for entry in page.get("Contents", [])]
    return _read(s3, f"s3://{bucket}/{max(there)[1]}") if there else None


def changed_output(s3: S3Client, plan: Plan, entry: Entry) -> str | None:
    """URI of an output that is gone, was changed or lies outside of the model's folder; None if all is there."""
    for found in entry.outputs.values():
        if not found.uri.startswith(_home(plan)) or etag_of(s3, found.uri) != found.etag:
            return found.uri
    return None


def _home(plan: Plan) -> str:
    layout = plan.layout
    return f"s3://{layout.bucket}/{layout.prefix}/{layout.model_name}/"


def _folder(plan: Plan, stage: str) -> str:
    return f"{_home(plan)}reuse/{stage}/"


def _read(s3: S3Client, uri: str) -> Entry | None:
    from botocore.exceptions import ClientError

    try:
        found = read_json(s3, uri)
    except ClientError as error:
        if error.response["Error"]["Code"] in MISSING:
            return None
        raise
    return Entry(**{**found, "outputs": {path: Output(**output) for path, output in found["outputs"].items()}})
