"""Records of a Bedrock batch inference job: one a document, split into jobs that Bedrock takes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from include.queries.examples import draw_examples
from include.queries.prompt import build_prompt, system_prompt

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence, Set

    from include.corpus.document import Document
    from include.settings import QuerySettings

MIN_RECORDS = 100
MAX_RECORDS = 50_000
TOKENS_PER_QUERY = 100
TOKENS_PER_QUOTE = 150
TOKENS_PER_WORD = 2


def record_id(number: int) -> str:
    """Id of the record of the document with this number in the sample: 11 characters, as Bedrock documents it."""
    return f"R{number:010d}"


def build_records(
    documents: Iterable[Document],
    settings: QuerySettings,
    quoting: bool = False,
    passed_over: Set[str] = frozenset(),
    examples: Sequence[str] = (),
    seed: int = 42,
) -> Iterator[str]:
    """One line of JSON a document, in the documents' order: `{"recordId", "modelInput"}`.

    Args:
        documents: the sample.
        settings: of the queries.
        quoting: asks for the sentence that each query was written from, which a highlighter is trained on.
        passed_over: ids of documents that no query is asked for.
        examples: queries of users; each document is shown a few of them.
        seed: of the examples that a document is shown.
    """
    for number, document in enumerate(documents):
        if document.id in passed_over:
            continue
        prompt = build_prompt(
            document.text,
            settings.queries_per_document,
            settings.max_document_characters,
            quoting,
            settings.query_styles,
            draw_examples(examples, seed, document.id),
        )
        record = {"recordId": record_id(number), "modelInput": _model_input(prompt, settings, quoting)}
        yield json.dumps(record, ensure_ascii=False) + "\n"


def job_sizes(records: int) -> list[int]:
    """How many records each job gets: as few jobs as Bedrock allows, none below its minimum.

    Example:
        >>> job_sizes(100_050)
        [33350, 33350, 33350]
    """
    jobs = -(-records // MAX_RECORDS)
    return [records // jobs + (number < records % jobs) for number in range(jobs)]


def _model_input(prompt: str, settings: QuerySettings, quoting: bool) -> dict[str, Any]:
    tokens = max(TOKENS_PER_QUERY, TOKENS_PER_WORD * settings.max_query_words) + quoting * TOKENS_PER_QUOTE
    max_tokens = tokens * settings.queries_per_document
    system = system_prompt(quoting)
    if settings.record_format == "InvokeModel":
        return {
            "anthropic_version": "bedrock-2023-05-31",
            "max_tokens": max_tokens,
            "temperature": settings.temperature,
            "system": system,
            "messages": [{"role": "user", "content": [{"type": "text", "text": prompt}]}],
        }
    return {
        "system": [{"text": system}],
        "messages": [{"role": "user", "content": [{"text": prompt}]}],
        "inferenceConfig": {"maxTokens": max_tokens, "temperature": settings.temperature},
    }
