"""The questions that are asked: given, or taken from the documents, and written so that both modes get the same one."""

from __future__ import annotations

import json
import random
import re
from typing import TYPE_CHECKING, Any

from include.errors import TerminalError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from opensearchpy import OpenSearch

    from include.benchmark.documents import Sampled

WORDS = 8
_WORD = re.compile(r"\w+")


def questions_of_documents(documents: Sequence[Sampled], n: int, seed: int) -> list[str]:
    """Eight words in a row of documents drawn with the seed, at most one question a document.

    They are not what people ask. They find pages full of documents, which is what costs time.
    """
    draw = random.Random(seed)  # noqa: S311 - a sample, not a secret
    texts = [words for document in documents if (words := document.text.split())]
    chosen = draw.sample(texts, min(n, len(texts)))
    starts = [draw.randint(0, max(0, len(words) - WORDS)) for words in chosen]
    return [" ".join(words[start : start + WORDS]) for words, start in zip(chosen, starts, strict=True)]


def read_questions(lines: Iterable[str], uri: str) -> list[str]:
    """The texts of JSONL lines `{"text": …}`, in their order; empty ones are left out.

    Raises:
        TerminalError: a line is something else, or there are no texts.
    """
    found = [_text(line, number, uri) for number, line in enumerate(lines, start=1) if line.strip()]
    questions = [text for text in found if text.strip()]
    if not questions:
        raise TerminalError(f'{uri} has no queries. Valid: a line {{"text": "what is asked"}} for each.')
    return questions


def as_terms(client: OpenSearch, index: str, text_field: str, questions: Sequence[str]) -> list[str]:
    """The questions as the terms that the field's analyzer makes of them, each once; without any are left out.

    Single highlighting asks the model with the terms of the query, batch highlighting with its text as written
    (neural-search 3.0 to 3.7). Written as their own terms, both ask the same, and their spans can be compared.

    Raises:
        TerminalError: nothing is left.
    """
    found = [" ".join(_stable_terms(client, index, text_field, text)) for text in questions]
    kept = [text for text in dict.fromkeys(found) if text]
    if not kept:
        raise TerminalError(
            f"The analyzer of {text_field!r} leaves nothing of the {len(questions)} queries. Give queries in the "
            "language of the index."
        )
    return kept


def _stable_terms(client: OpenSearch, index: str, text_field: str, text: str) -> list[str]:
    """Terms that the analyzer leaves as they are; a stemmer may change a stem again."""
    terms = _terms(client, index, text_field, text)
    again = set(_terms(client, index, text_field, " ".join(terms))) if terms else set()
    return [term for term in terms if term in again]


def _terms(client: OpenSearch, index: str, text_field: str, text: str) -> list[str]:
    from opensearchpy.exceptions import RequestError

    try:
        tokens = client.indices.analyze(index=index, body={"field": text_field, "text": text})["tokens"]
    except RequestError:  # an alias of several indices has no analyzer of its own
        return list(dict.fromkeys(_WORD.findall(text.lower())))
    return list(dict.fromkeys(token["token"] for token in tokens))


def _text(line: str, number: int, uri: str) -> str:
    try:
        value: Any = json.loads(line)
        text = value["text"]
    except (ValueError, TypeError, KeyError, RecursionError):
        text = None
    if not isinstance(text, str):
        raise TerminalError(f'{uri}, line {number}, has no text. Valid: {{"text": "what is asked"}}. Correct the file.')
    return text
