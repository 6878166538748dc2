"""The documents of the user's index: how long they are, and which belong to which length."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.corpus.export import text_of
from include.errors import TerminalError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opensearchpy import OpenSearch

MIXED = "mixed"
# Ids that a search is narrowed to; more make the search itself slow.
MOST_IDS = 1_000


@dataclass(frozen=True)
class Sampled:
    """One document of the sample."""

    id: str
    text: str

    @property
    def words(self) -> int:
        """Words of its text."""
        return len(self.text.split())


@dataclass(frozen=True)
class LengthClass:
    """Documents of one length.

    Attributes:
        name: `short`, `long` or `mixed`.
        ids: that searches are narrowed to; empty for all of the index.
        words: of its documents in the sample, sorted.
    """

    name: str
    ids: tuple[str, ...]
    words: tuple[int, ...]

    def as_dict(self) -> dict[str, Any]:
        """Counts and words, without the ids."""
        return {
            "sampled": len(self.words),
            "words_mean": sum(self.words) / len(self.words),
            "words_min": self.words[0],
            "words_max": self.words[-1],
        }


def sample(client: OpenSearch, index: str, text_field: str, size: int, seed: int) -> list[Sampled]:
    """Documents drawn from the index, those without text left out; the same index and seed give the same.

    Raises:
        TerminalError: none of them has text in that field.
    """
    draw = {"random_score": {"seed": seed, "field": "_seq_no"}}
    body = {
        "size": size,
        "query": {"function_score": {"query": {"exists": {"field": text_field}}, **draw}},
        "_source": [text_field],
    }
    hits = client.search(index=index, body=body, params={"request_timeout": 120})["hits"]["hits"]
    found = [Sampled(hit["_id"], text_of(hit.get("_source", {}), text_field) or "") for hit in hits]
    documents = [document for document in found if document.text.strip()]
    if not documents:
        raise TerminalError(
            f"text_field is {text_field!r}, and no document of {index!r} has text there. Give the field "
            "that is searched."
        )
    return sorted(documents, key=lambda document: document.id)


def classes_of(documents: Sequence[Sampled], wanted: Sequence[str]) -> dict[str, LengthClass]:
    """The wanted lengths: the lower third of the sample by words is short, the upper third long, all of it mixed."""
    ranked = sorted(documents, key=lambda document: (document.words, document.id))
    third = max(1, len(ranked) // 3)
    parts = {"short": ranked[:third], "long": ranked[-third:], MIXED: ranked}
    return {name: _class(name, parts[name]) for name in dict.fromkeys(wanted)}


def _class(name: str, documents: Sequence[Sampled]) -> LengthClass:
    ids = () if name == MIXED else tuple(document.id for document in documents[:MOST_IDS])
    return LengthClass(name, ids, tuple(sorted(document.words for document in documents)))
