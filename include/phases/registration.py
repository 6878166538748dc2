"""Phase 5: does the deployed model answer as trained?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.phases.training import read_output_json
from include.registry.sides import sides_differ
from include.registry.smoke import check_embeddings, check_highlights, check_weights

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mypy_boto3_s3 import S3Client

    from include.plan import Plan


# How an answer is checked, and what golden.json calls the answers to documents and to queries.
_CHECKS: dict[str, tuple[Callable[..., float], str, str]] = {
    "dense": (check_embeddings, "embeddings", "query_embeddings"),
    "sparse": (check_weights, "weights", "query_weights"),
}


def query_model_needed(s3: S3Client, plan: Plan) -> bool:
    """Whether queries need a connector and a model of their own: the tuned model treats them otherwise."""
    return not plan.settings.is_highlighter and sides_differ(read_output_json(s3, plan, "training.json"))


def smoke_test(
    s3: S3Client,
    plan: Plan,
    embed: Callable[[Sequence[str]], Sequence[Any]],
    embed_queries: Callable[[Sequence[str]], Sequence[Any]] | None = None,
) -> float:
    """Smallest cosine between what the training container made of a few texts and what the deployed model makes.

    Args:
        s3: client.
        plan: of the run.
        embed: what users will do with documents.
        embed_queries: what they will do with queries.

    Raises:
        TerminalError: it is below 0.999, or number or dimension differ.
    """
    golden = read_output_json(s3, plan, "golden.json")
    check, documents, queries = _CHECKS[plan.settings.model.model_type]
    worst = check(golden["texts"], golden[documents], embed(golden["texts"]))
    if embed_queries is None or not golden.get("queries"):
        return worst
    return min(worst, check(golden["queries"], golden[queries], embed_queries(golden["queries"])))


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
