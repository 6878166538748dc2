"""What a corpus held, in 200 kB: enough to say later what share of its documents is new, changed or gone."""

from __future__ import annotations

import hashlib
import heapq
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from include.corpus.document import Document

SIZE = 4_096
"""Documents that a sketch remembers. It bounds the error: at a true share of 5 % it is 0.7 points (95 %)."""
Z = 1.96


class Sketch:
    """The documents whose ids have the smallest hashes, and for each a hash of its text; no text, and no id.

    As the same ids are kept of every corpus, two sketches are a sample of the same documents at two times. Of a corpus
    of at most `size` documents they are all documents, and what is said about it is exact.

    Method: bottom-k sampling, Cohen and Kaplan, "Summarizing data using bottom-k sketches", PODC 2007.

    Args:
        size: how many documents are remembered.
    """

    def __init__(self, size: int = SIZE) -> None:
        self.size, self.documents = size, 0
        self._texts: dict[int, int] = {}
        self._negated_keys: list[int] = []

    def add(self, document: Document) -> None:
        """Take a document into account, unless it has no text; in whatever order they come."""
        if not document.text.strip():
            return
        self.documents += 1
        key = _hash(document.id)
        if key in self._texts:
            # An alias may show an id of several indices; a sum does not depend on their order.
            self._texts[key] = (self._texts[key] + _hash(document.text)) % 2**64
        elif len(self._texts) < self.size or key < -self._negated_keys[0]:
            heapq.heappush(self._negated_keys, -key)
            self._texts[key] = _hash(document.text)
            if len(self._texts) > self.size:
                del self._texts[-heapq.heappop(self._negated_keys)]

    def noting(self, documents: Iterable[Document]) -> Iterator[Document]:
        """The documents as they are; each is taken into account on the way."""
        for document in documents:
            self.add(document)
            yield document

    def as_dict(self) -> dict[str, Any]:
        """For JSON: hashes are 16 digits."""
        texts = {f"{key:016x}": f"{text:016x}" for key, text in sorted(self._texts.items())}
        return {"size": self.size, "documents": self.documents, "texts": texts}

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> Sketch:
        """The sketch that `as_dict` told of."""
        sketch = cls(fields["size"])
        sketch.documents = fields["documents"]
        sketch._texts = {int(key, 16): int(text, 16) for key, text in fields["texts"].items()}
        sketch._negated_keys = [-key for key in sketch._texts]
        heapq.heapify(sketch._negated_keys)
        return sketch

    @property
    def reaches(self) -> int:
        """Of all documents with at most this hash the sketch knows whether they are there."""
        return 2**64 if len(self._texts) < self.size else -self._negated_keys[0]

    def up_to(self, reach: int) -> dict[int, int]:
        """The remembered hashes of texts, by hashes of ids up to this one."""
        return {key: text for key, text in self._texts.items() if key <= reach}


@dataclass(frozen=True)
class Change:
    """What became of a corpus, as shares of all documents that it held before or holds now.

    Attributes:
        new: not there before.
        changed: with another text.
        deleted: not there any more.
        error: half the width of the 95 % interval of their sum; 0 if it is exact.
        looked_at: documents that were compared.
    """

    new: float
    changed: float
    deleted: float
    error: float
    looked_at: int

    @property
    def share(self) -> float:
        """New, changed and deleted documents."""
        return self.new + self.changed + self.deleted

    def __str__(self) -> str:
        """Example: `7.1 % ± 0.8 % (new 5.0 %, changed 2.0 %, deleted 0.1 %)`."""
        about = f" ± {self.error:.1%}" if self.error else ""
        return f"{self.share:.1%}{about} (new {self.new:.1%}, changed {self.changed:.1%}, deleted {self.deleted:.1%})"


def compare(before: Sketch, now: Sketch) -> Change:
    """What became of the corpus between two sketches."""
    reach = min(before.reaches, now.reaches)
    old, new = before.up_to(reach), now.up_to(reach)
    ids = old.keys() | new.keys()
    if not ids:
        return Change(0.0, 0.0, 0.0, 0.0, 0)
    counts = (
        len(new.keys() - old.keys()),
        sum(old[key] != new[key] for key in old.keys() & new.keys()),
        len(old.keys() - new.keys()),
    )
    exact = reach == 2**64
    new_share, changed_share, deleted_share = (count / len(ids) for count in counts)
    error = 0.0 if exact else _error(sum(counts), len(ids))
    return Change(new_share, changed_share, deleted_share, error, len(ids))


def _error(found: int, n: int) -> float:
    """Half the width of the Agresti-Coull interval, which holds for a share of 0 too."""
    share = (found + 2) / (n + 4)
    return Z * math.sqrt(share * (1 - share) / (n + 4))


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
