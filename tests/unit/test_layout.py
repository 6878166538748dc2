from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from include.layout import Layout, run_id_of, split_uri

STARTED = datetime(2026, 11, 21, 10, 50, tzinfo=UTC)


def test_run_id_tells_runs_of_the_same_second_apart() -> None:
    one, other = (run_id_of(name, STARTED) for name in ("manual__1", "manual__2"))

    assert one != other
    assert one == run_id_of("manual__1", STARTED)
    assert re.fullmatch(r"20261121-105000-[0-9a-f]{6}", one)


def test_layout_puts_a_run_below_its_model() -> None:
    layout = Layout("bucket", "prefix/of", "model", "run")

    assert layout.uri("a/b.json") == "s3://bucket/prefix/of/model/run/a/b.json"
    assert layout.key("a/b.json") == "prefix/of/model/run/a/b.json"
    assert layout.artifact_uri.endswith("/model-artifacts/model-run/output/model.tar.gz")
    assert layout.output_uri.endswith("/model-artifacts/model-run/output/output.tar.gz")


def test_layout_longest_name_leaves_room_for_a_suffix() -> None:
    layout = Layout("bucket", "prefix", "m" * 32, run_id_of("manual__1", STARTED))

    assert len(f"{layout.name}-bm25") <= 63
    assert len(f"{layout.name}-000-99") <= 63


@pytest.mark.parametrize(
    ("uri", "parts"),
    [
        ("s3://bucket/a/b", ("bucket", "a/b")),
        ("s3://bucket/", ("bucket", "")),
        ("s3://bucket", ("bucket", "")),
    ],
)
def test_split_uri(uri: str, parts: tuple[str, str]) -> None:
    assert split_uri(uri) == parts
