"""Files that break on their way: cut, garbled, missing; done to what a run has just got, before it reads it."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from typing import TYPE_CHECKING, Any

from tests.faults.world import BUCKET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.faults.world import World

    Damage = Callable[[bytes], bytes | None]
    """What becomes of a file; None: it is gone."""

RUNS = "search-models/faults/"
GARBAGE = b"<html>502 Bad Gateway</html>\n" * 40


def damaging(world: World, ending: str, damage: Damage) -> Callable[[Any], None]:
    """An act that damages the files of the newest run whose names end so."""

    def act(_: Any) -> None:
        s3 = world.client("s3")
        for key in _newest(s3, ending):
            after = damage(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())
            if after is None:
                s3.delete_object(Bucket=BUCKET, Key=key)
            else:
                s3.put_object(Bucket=BUCKET, Key=key, Body=after)

    return act


def cut(content: bytes) -> bytes:
    """The first half, which ends in the middle of a line."""
    return content[: len(content) // 2]


def cut_short(content: bytes) -> bytes:
    """A tenth."""
    return content[: len(content) // 10]


def last_line_cut(content: bytes) -> bytes:
    """All but the last 40 bytes."""
    return content[:-40]


def garbled(_: bytes) -> bytes:
    """What a proxy puts in the place of a file."""
    return GARBAGE


def gone(_: bytes) -> None:
    """No file."""


def without(name: str) -> Damage:
    """An archive that lacks a file."""
    return lambda content: _repacked(content, lambda member, body: None if member == name else body)


def with_file(name: str, damage: Damage) -> Damage:
    """An archive one of whose files is damaged."""
    return lambda content: _repacked(content, lambda member, body: damage(body) if member == name else body)


def fields(**changed: Any) -> Callable[[bytes], bytes]:
    """A JSON answer with other fields; None leaves one out."""

    def rewrite(body: bytes) -> bytes:
        answer = json.loads(body)
        if answer.get("EndpointStatus") == "Deleting":
            return body
        answer |= changed
        return json.dumps({name: value for name, value in answer.items() if value is not None}).encode()

    return rewrite


def _newest(s3: Any, ending: str) -> Iterator[str]:
    pages = s3.get_paginator("list_objects_v2")
    runs = [
        found["Prefix"]
        for page in pages.paginate(Bucket=BUCKET, Prefix=RUNS, Delimiter="/")
        for found in page.get("CommonPrefixes", [])
    ]
    dated = max(run for run in runs if run.removeprefix(RUNS)[:8].isdecimal())
    for page in pages.paginate(Bucket=BUCKET, Prefix=dated):
        yield from (entry["Key"] for entry in page.get("Contents", []) if entry["Key"].endswith(ending))


def _repacked(content: bytes, change: Callable[[str, bytes], bytes | None]) -> bytes:
    buffer = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as old,
        gzip.open(buffer, "wb", compresslevel=1) as packed,
        tarfile.open(fileobj=packed, mode="w") as new,
    ):
        for member in old:
            opened = old.extractfile(member)
            body = change(member.name.removeprefix("./"), opened.read()) if opened else b""
            if body is not None:
                member.size = len(body)
                new.addfile(member, io.BytesIO(body) if opened else None)
    return buffer.getvalue()
