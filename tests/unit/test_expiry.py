"""Texts and checkpoints of a run are marked, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from include.expiry import let_intermediates_expire
from include.layout import Layout
from include.requests.tags import INTERMEDIATE_TAG
from include.reuse.copy import copy_object

if TYPE_CHECKING:
    from collections.abc import Callable

TEXTS = (
    "raw-corpus/documents.jsonl",
    "bedrock-input/batch_input-000.jsonl",
    "bedrock-output/abc123/batch_input-000.jsonl.out",
    "training-data/training_data.jsonl",
    "evaluation/beir/corpus.jsonl",
)
CHECKPOINTS = (
    "model-artifacts/checkpoints/0a1b2c/one/model.safetensors",
    "model-artifacts/checkpoints/0a1b2c/one/state.json",
)
OTHERS = (
    "raw-corpus/manifest.json",
    "bedrock-output/abc123/manifest.json.out",
    "model-artifacts/model.tar.gz",
    "evaluation-sets/heldout/queries.jsonl",
    "evaluation/beir/heldout/queries.jsonl",
    "report/report.html",
)


@pytest.fixture
def layout(bucket: str) -> Layout:
    return Layout(bucket, "search-models", "articles", "20261122-000000-abcdef")


@pytest.fixture
def tags_of(s3: Any, layout: Layout) -> Callable[[str], dict[str, str]]:
    def read(path: str) -> dict[str, str]:
        found = s3.get_object_tagging(Bucket=layout.bucket, Key=layout.key(path))["TagSet"]
        return {tag["Key"]: tag["Value"] for tag in found}

    return read


def test_let_intermediates_expire_tags_texts_and_checkpoints_and_leaves_models_manifests_and_reports(
    s3: Any, layout: Layout, tags_of: Callable[[str], dict[str, str]]
) -> None:
    marked = (*TEXTS, *CHECKPOINTS)
    for path in (*marked, *OTHERS):
        s3.put_object(Bucket=layout.bucket, Key=layout.key(path), Body=b"x")

    assert let_intermediates_expire(s3, layout) == len(marked)

    assert [tags_of(path) for path in marked] == [dict([INTERMEDIATE_TAG])] * len(marked)
    assert [tags_of(path) for path in OTHERS] == [{}] * len(OTHERS)


def test_let_intermediates_expire_in_a_bucket_that_refuses_says_so_and_goes_on(
    s3: Any, layout: Layout, caplog: pytest.LogCaptureFixture
) -> None:
    elsewhere = Layout("no-such-bucket", layout.prefix, layout.model_name, layout.run)

    assert let_intermediates_expire(s3, elsewhere) == 0
    assert "marked as intermediate" in caplog.text


def test_copy_of_a_marked_text_is_not_marked(s3: Any, layout: Layout, tags_of: Callable[[str], dict[str, str]]) -> None:
    s3.put_object(Bucket=layout.bucket, Key=layout.key(TEXTS[0]), Body=b"x")
    let_intermediates_expire(s3, layout)

    copy_object(s3, layout.uri(TEXTS[0]), layout.uri("raw-corpus/copy.jsonl"))

    assert tags_of("raw-corpus/copy.jsonl") == {}
