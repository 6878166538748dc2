"""Which documents are held out of training: near-duplicates on the same side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.corpus.document import Document, normalise, seeded_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SHINGLE_WORDS = 3
SIMILARITY = 0.7
# Finds 99 % of the pairs that are as similar as SIMILARITY and all but 4 in 10⁸ of those at 0.9, and also pairs that
# are less similar, which are told apart by their sketches: 1 - (1 - s ** ROWS) ** BANDS.
BANDS, ROWS = 16, 4


def held_out_ids(documents: Iterable[Document], share: float, seed: int) -> frozenset[str]:
    """Ids of the documents that no training query may be written from.

    Documents whose word 3-grams overlap by about `SIMILARITY` (Jaccard) or more form one group, transitively; a whole
    group is held out or not, so no near-copy of a held-out document is trained on. Groups are taken in seeded order
    until the share is reached; one that is larger than what is still wanted is passed over. If all are, the smallest is
    taken.

    Method: MinHash with banding, Broder 1997; Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets", chapter 3.

    Args:
        documents: read once.
        share: of the documents, above 0, at most 0.5.
        seed: of the order of the groups.
    """
    groups = group_near_duplicates(documents)
    wanted = max(1, round(share * sum(len(group) for group in groups)))
    held_out: list[str] = []
    for group in sorted(groups, key=lambda group: seeded_key(seed, min(group))):
        if len(held_out) + len(group) <= wanted:
            held_out += group
    if groups and not held_out:
        held_out = min(groups, key=lambda group: (len(group), min(group)))
    return frozenset(held_out)


def group_near_duplicates(documents: Iterable[Document]) -> list[list[str]]:
    """Ids of the documents in groups of near-duplicates; most groups have one member."""
    from datasketch import LeanMinHash, MinHash, MinHashLSH

    index = MinHashLSH(num_perm=BANDS * ROWS, params=(BANDS, ROWS))
    sketches: dict[str, LeanMinHash] = {}
    leader: dict[str, str] = {}
    for document in documents:
        sketch = MinHash(num_perm=BANDS * ROWS, seed=1)
        sketch.update_batch([shingle.encode() for shingle in _shingles(document.text)])
        leader[document.id] = document.id
        for similar in index.query(sketch):
            if sketch.jaccard(sketches[similar]) >= SIMILARITY:
                _join(leader, document.id, similar)
        sketches[document.id] = LeanMinHash(sketch)
        index.insert(document.id, sketch, check_duplication=False)
    members: dict[str, list[str]] = {}
    for document_id in leader:
        members.setdefault(_find(leader, document_id), []).append(document_id)
    return list(members.values())


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
