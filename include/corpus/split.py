"""Which documents are held out of training: near-duplicates on the same side, judged ones on that of the test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.corpus.document import normalise, seeded_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence, Set

    from include.corpus.document import Document

SHINGLE_WORDS = 3
SIMILARITY = 0.7
# Finds 99 % of the pairs that are as similar as SIMILARITY and all but 4 in 10⁸ of those at 0.9, and also pairs that
# are less similar, which are told apart by their sketches: 1 - (1 - s ** ROWS) ** BANDS.
BANDS, ROWS = 16, 4


def choose_held_out(
    groups: Sequence[Sequence[str]], share: float, seed: int, judged: Set[str] = frozenset()
) -> frozenset[str]:
    """Ids of the documents that no training query may be written from.

    A whole group of near-duplicates is held out or not, so no near-copy of a held-out document is trained on. Groups
    with a judged document are held out, whatever the share. Others are taken in seeded order until the share is
    reached; one that is larger than what is still wanted is passed over. If all are, the smallest is taken.

    Args:
        groups: near-duplicates, from `group_near_duplicates`.
        share: of the documents, above 0, at most 0.5.
        seed: of the order of the groups.
        judged: ids of documents that must be held out.
    """
    held_out = [name for group in groups if not judged.isdisjoint(group) for name in group]
    others: list[Sequence[str]] = [group for group in groups if judged.isdisjoint(group)]
    wanted = max(1, round(share * sum(len(group) for group in groups)))
    for group in sorted(others, key=lambda group: seeded_key(seed, min(group))):
        if len(held_out) + len(group) <= wanted:
            held_out += group
    if groups and not held_out:
        smallest = min(others, key=lambda group: (len(group), min(group)))
        held_out += smallest
    return frozenset(held_out)


def near_copies(groups: Iterable[Sequence[str]]) -> dict[str, str]:
    """Of each group every document but the first, with the id of the first."""
    return {name: group[0] for group in groups for name in group[1:]}


def group_near_duplicates(documents: Iterable[Document]) -> list[list[str]]:
    """Ids of the documents in groups of near-duplicates, as they come; most groups have one member.

    Documents whose word 3-grams overlap by about `SIMILARITY` (Jaccard) or more form one group, transitively. Of
    documents with the same id the first counts.

    Method: MinHash with banding, Broder 1997; Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets", chapter 3.
    """
    index = NearCopies()
    leader: dict[str, str] = {}
    for document in documents:
        if document.id not in leader:
            leader[document.id] = document.id
            for similar in index.add(document):
                _join(leader, document.id, similar)
    members: dict[str, list[str]] = {}
    for document_id in leader:
        members.setdefault(_find(leader, document_id), []).append(document_id)
    return list(members.values())


class NearCopies:
    """Texts that are found again by texts that are nearly the same."""

    def __init__(self) -> None:
        """Empty."""
        from datasketch import MinHashLSH

        self._index = MinHashLSH(num_perm=BANDS * ROWS, params=(BANDS, ROWS))
        self._sketches: dict[str, Any] = {}

    def add(self, document: Document) -> list[str]:
        """Keep the document; returns the ids of those before it that are nearly the same."""
        from datasketch import LeanMinHash

        sketch = _sketch(document.text)
        found = self._like(sketch)
        self._sketches[document.id] = LeanMinHash(sketch)
        self._index.insert(document.id, sketch, check_duplication=False)
        return found

    def find(self, text: str) -> list[str]:
        """Ids of the documents that are nearly this text."""
        return self._like(_sketch(text)) if self._sketches else []

    def _like(self, sketch: Any) -> list[str]:
        return [name for name in self._index.query(sketch) if sketch.jaccard(self._sketches[name]) >= SIMILARITY]


def _sketch(text: str) -> Any:
    from datasketch import MinHash

    sketch = MinHash(num_perm=BANDS * ROWS, seed=1)
    sketch.update_batch([shingle.encode() for shingle in _shingles(text)])
    return sketch


def _shingles(text: str) -> set[str]:
    words: Sequence[str] = normalise(text).split()
    return {" ".join(words[start : start + SHINGLE_WORDS]) for start in range(max(1, len(words) - SHINGLE_WORDS + 1))}


def _find(leader: dict[str, str], document_id: str) -> str:
    while leader[document_id] != document_id:
        leader[document_id] = leader[leader[document_id]]
        document_id = leader[document_id]
    return document_id


def _join(leader: dict[str, str], one: str, other: str) -> None:
    first, second = sorted((_find(leader, one), _find(leader, other)))
    leader[second] = first
