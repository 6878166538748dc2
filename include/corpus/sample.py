"""A sample of the documents that depends on nothing but their texts and the seed, in memory of the sample's size."""

from __future__ import annotations

import heapq
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, BinaryIO

from include.corpus.document import Document, normalise, seeded_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass
class SampleCounts:
    """What became of the documents that were read; `duplicate` counts those of sampled documents."""

    read: int = 0
    empty: int = 0
    duplicate: int = 0
    sampled: int = 0

    def as_dict(self) -> dict[str, int]:
        """The counts by name."""
        return asdict(self)


@contextmanager
def sample_documents(
    documents: Iterable[Document], size: int, seed: int
) -> Iterator[tuple[Iterator[Document], SampleCounts]]:
    """The sample of the documents, and the counts, which are complete once the sample was read to its end.

    The `size` documents are kept whose texts have the smallest seeded keys. So the same documents give the same sample
    in the same order, however they arrive: slices may be read in parallel, and a retry starts again. Texts that are the
    same but for case and blanks share a key, so duplicates meet here; of them the smallest id is kept. Texts wait in a
    temporary file; only keys are held in memory.

    Method: bottom-k sampling, Cohen and Kaplan, "Summarizing data using bottom-k sketches", PODC 2007.

    Args:
        documents: read once, not held in memory.
        size: how many are taken; fewer if there are fewer.
        seed: another seed, another sample.
    """
    with TemporaryFile() as spill:
        sampler = _Sampler(size, seed, spill)
        for document in documents:
            sampler.add(document)
        yield sampler.documents(), sampler.counts


class _Sampler:
    def __init__(self, size: int, seed: int, spill: BinaryIO) -> None:
        self.counts = SampleCounts()
        self._size, self._seed = size, seed
        self._spill, self._spilled = spill, 0
        self._negated_keys: list[int] = []
        self._kept: dict[int, tuple[tuple[str, int], int]] = {}
        self._duplicates: dict[int, int] = {}

    def add(self, document: Document) -> None:
        self.counts.read += 1
        text = normalise(document.text)
        if not text:
            self.counts.empty += 1
            return
        key = seeded_key(self._seed, text)
        rank = (document.id, seeded_key(self._seed, document.text))
        if key in self._kept:
            self._duplicates[key] = self._duplicates.get(key, 0) + 1
            if rank < self._kept[key][0]:
                self._keep(key, rank, document)
        elif len(self._kept) < self._size or key < -self._negated_keys[0]:
            heapq.heappush(self._negated_keys, -key)
            self._keep(key, rank, document)
            if len(self._kept) > self._size:
                self._forget(-heapq.heappop(self._negated_keys))

    def documents(self) -> Iterator[Document]:
        ids: set[str] = set()
        for (document_id, _), offset in (self._kept[key] for key in sorted(self._kept)):
            if document_id not in ids:
                ids.add(document_id)
                self._spill.seek(offset)
                yield Document.from_line(self._spill.readline())
        self.counts.sampled = len(ids)
        self.counts.duplicate = sum(self._duplicates.values()) + len(self._kept) - len(ids)

    def _keep(self, key: int, rank: tuple[str, int], document: Document) -> None:
        self._kept[key] = (rank, self._spilled)
        self._spilled += self._spill.write(document.to_line().encode())

    def _forget(self, key: int) -> None:
        del self._kept[key]
        self._duplicates.pop(key, None)
