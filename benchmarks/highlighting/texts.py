"""What is highlighted: documents of the demo corpus and, where it is there, of SQuAD, as short, long and mixed ones.

Short ones have about 91 words, long ones about 561, as in the measurement of the published handler that the page
quotes. A long document is made of neighbours, operations of one service or paragraphs of one article: its text is real.
"""

from __future__ import annotations

import json
import os
import random
from itertools import chain, groupby, islice, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.demo_corpus import read_documents, read_judged_queries

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

PROJECT = Path(__file__).parents[2]
SHORT_WORDS, LONG_WORDS = 91, 561
MOST_DOCUMENTS = 200
SPAN_DOCUMENTS = 2_000
SEED = 42

Groups = list[list[str]]


def workload() -> dict[str, Any]:
    """Everything that the parts highlight, the same in every run with the same corpora.

    Returns:
        `sources`; `texts` by kind (`short`, `long`, `mixed`), 200 each; `questions`; `pairs`, 2,000 of question and
        context.
    """
    corpora = {"demo corpus": _demo_groups(), **_squad_groups()}
    short = _alternate([_nearest(chain.from_iterable(groups), SHORT_WORDS) for groups in corpora.values()])
    long = _alternate([_nearest(_joined(groups), LONG_WORDS) for groups in corpora.values()])
    mixed = [text for pair in zip(short, long, strict=True) for text in pair][:MOST_DOCUMENTS]
    pairs = _alternate([_demo_pairs(), *_squad_pairs()], SPAN_DOCUMENTS)
    return {
        "sources": list(corpora),
        "texts": {"short": short, "long": long, "mixed": mixed},
        "questions": [query.text for query in read_judged_queries()][:MOST_DOCUMENTS],
        "pairs": pairs,
    }


def _demo_groups() -> Groups:
    documents = groupby(read_documents(), key=lambda document: document.id.partition(".")[0])
    return [[document.text for document in group] for _, group in documents]


def _demo_pairs() -> list[tuple[str, str]]:
    """Each judged query with the document that it was written for, then with others."""
    texts = {document.id: document.text for document in read_documents()}
    queries = read_judged_queries()
    own = [(query.text, texts[name]) for query in queries for name in query.relevant if name in texts]
    others = random.Random(SEED).sample(sorted(texts.values()), len(queries))  # noqa: S311 - a sample
    return own + [(query.text, text) for query, text in zip(queries, others, strict=True)]


def _squad() -> list[dict[str, Any]]:
    folder = Path(os.environ.get("SHARED_DATA") or PROJECT.parent / "shared" / "data")
    path = folder / "squad" / "dev-v1.1.json"
    return list(json.loads(path.read_text("utf-8"))["data"]) if path.is_file() else []


def _squad_groups() -> dict[str, Groups]:
    articles = _squad()
    groups = [[paragraph["context"] for paragraph in article["paragraphs"]] for article in articles]
    return {"SQuAD dev v1.1": groups} if groups else {}


def _squad_pairs() -> list[list[tuple[str, str]]]:
    paragraphs = [paragraph for article in _squad() for paragraph in article["paragraphs"]]
    pairs = [(paragraph["qas"][0]["question"], paragraph["context"]) for paragraph in paragraphs if paragraph["qas"]]
    return [pairs] if pairs else []


def _nearest(texts: Iterable[str], words: int) -> list[str]:
    """Different texts, those first that have nearly so many words; then in an order drawn with the seed."""
    ranked = sorted(dict.fromkeys(texts), key=lambda text: abs(len(text.split()) - words))[:MOST_DOCUMENTS]
    return random.Random(SEED).sample(ranked, len(ranked))  # noqa: S311 - an order


def _joined(groups: Groups) -> Iterator[str]:
    for group in groups:
        parts: list[str] = []
        for text in group:
            parts.append(text)
            if sum(len(part.split()) for part in parts) >= LONG_WORDS:
                yield "\n\n".join(parts)
                parts = []


def _alternate(lists: Sequence[Sequence[Any]], n: int = MOST_DOCUMENTS) -> list[Any]:
    """One of each list in turn, until there are `n`."""
    nothing = object()
    taken = (item for items in zip_longest(*lists, fillvalue=nothing) for item in items if item is not nothing)
    return list(islice(taken, n))
