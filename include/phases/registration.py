"""Phase 5: does the deployed model answer as trained?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.phases.training import read_output_json
from include.registry.smoke import check_embeddings, check_highlights

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mypy_boto3_s3 import S3Client

    from include.plan import Plan


def smoke_test(s3: S3Client, plan: Plan, embed: Callable[[Sequence[str]], list[list[float]]]) -> float:
    """Smallest cosine between the training container's vectors of three texts and the deployed model's.

    Raises:
        TerminalError: it is below 0.999, or number or dimension differ.
    """
    golden = read_output_json(s3, plan, "golden.json")
    return check_embeddings(golden["texts"], golden["embeddings"], embed(golden["texts"]))


def smoke_test_highlights(
    s3: S3Client, plan: Plan, highlight: Callable[[Sequence[dict[str, str]]], list[list[dict[str, Any]]]]
) -> int:
    """Questions that the deployed highlighter answered with the training container's spans: all.

    Raises:
        TerminalError: the spans of one differ.
    """
    items = read_output_json(s3, plan, "golden.json")["items"]
    asked = [{"question": item["question"], "context": item["context"]} for item in items]
    return check_highlights(items, highlight(asked))
