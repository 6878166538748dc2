"""Secrets are nowhere, and documents and queries not where people look for reasons: in what the runs before left.

Runs after the others (files go by name): it looks at all logs, the whole database of Airflow with XComs, rendered
templates and parameters, and every object of every run.
"""

from __future__ import annotations

import io
import json
import tarfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg2
import pytest
from psycopg2.sql import SQL, Identifier

from local.demo.inputs import BUCKET
from local.services import SECRETS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.conftest import World

LONG_ENOUGH = 20
"""Characters; a query such as "create role" may stand in a log for other reasons."""


@pytest.fixture(scope="module")
def objects(world: World) -> dict[str, bytes]:
    """What all runs of this session have left on S3, by key, without base models; at least one run."""
    s3 = world.client("s3")
    if not any(_keys(s3, "/training_data.jsonl")):
        world.trigger()
    return {key: s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in _keys(s3)}


def _keys(s3: Any, ending: str = "") -> Iterator[str]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
        for entry in page.get("Contents", []):
            if entry["Key"].endswith(ending) and not entry["Key"].startswith("base-models/"):
                yield entry["Key"]


@pytest.fixture(scope="module")
def texts(objects: dict[str, bytes]) -> set[str]:
    """A part of each document, and each query, as they would stand in a log or in JSON."""
    found = set()
    for key, body in objects.items():
        for name, field in (("documents.jsonl", "text"), ("training_data.jsonl", "query"), ("queries.jsonl", "text")):
            if key.endswith(f"/{name}"):
                found |= {json.loads(line)[field] for line in body.splitlines()}
    parts = {json.dumps(text)[1:-1][10:70] if len(text) > 90 else text for text in found}
    return {part for part in parts if len(part) >= LONG_ENOUGH}


def _logs(world: World) -> Iterator[tuple[str, str]]:
    home = Path(world.environment["AIRFLOW_HOME"])
    for path in (*home.rglob("*.log"), *(home.parent / "logs").rglob("*.log")):
        yield str(path.relative_to(home.parent)), path.read_text("utf-8", errors="replace")


def _database(world: World) -> Iterator[tuple[str, str]]:
    """Every value of Airflow's database as text or, if it is no text, as JSON; by table and column."""
    address = world.environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].replace("+psycopg2", "")
    with closing(psycopg2.connect(address)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(SQL("SELECT * FROM {}").format(Identifier(table)))
            columns = [column.name for column in cursor.description or ()]
            for row in cursor:
                for column, value in zip(columns, row, strict=True):
                    yield f"{table}.{column}", _text(value)


def _text(value: Any) -> str:
    if isinstance(value, memoryview):
        return value.tobytes().decode(errors="replace")
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _contents(objects: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """The objects; archives of code unpacked."""
    for key, body in objects.items():
        if key.endswith("sourcedir.tar.gz"):
            with tarfile.open(fileobj=io.BytesIO(body)) as archive:
                body = b"".join(archive.extractfile(member).read() for member in archive if member.isfile())  # type: ignore[union-attr]
        yield key, body


def test_secrets_are_nowhere(world: World, objects: dict[str, bytes]):
    texts = [*_logs(world), *_database(world)]
    assert {"xcom.value", "rendered_task_instance_fields.rendered_fields"} <= {name for name, _ in texts}
    places = [*((name, text.encode()) for name, text in texts), *_contents(objects)]
    found = {name for name, body in places if any(secret.encode() in body for secret in SECRETS.values())}
    assert found == set()


def test_documents_and_queries_are_not_in_logs(world: World, texts: set[str]):
    assert len(texts) > 100
    found = {(name, part) for name, log in _logs(world) for part in texts if part in log}
    assert found == set()


def test_documents_and_queries_are_not_in_the_database(world: World, texts: set[str]):
    """XComs, rendered templates, parameters, what a person was asked."""
    values: dict[str, list[str]] = {}
    for name, value in _database(world):
        if len(value) >= LONG_ENOUGH:
            values.setdefault(name, []).append(value)
    joined = {name: "\n".join(found) for name, found in values.items()}
    assert {(name, part) for name, text in joined.items() for part in texts if part in text} == set()


def test_manifests_hold_no_documents_and_no_queries(objects: dict[str, bytes], texts: set[str]):
    manifests = {key: body.decode() for key, body in objects.items() if key.endswith(("manifest.json", "/run.json"))}
    assert manifests
    assert {key for key, text in manifests.items() for part in texts if part in text} == set()
