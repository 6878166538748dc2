"""Answers that need not be asked for again."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from include.highlighting.spans import CheckedSpans


def cache_key(model_id: str, model_version: str, question: str, text: str) -> bytes:
    """A digest of what an answer depends on; the parts cannot run into each other.

    >>> cache_key("m", "1", "ab", "c") == cache_key("m", "1", "a", "bc")
    False
    """
    digest = hashlib.blake2b(digest_size=20)
    for part in (model_id, model_version, question, text):
        encoded = part.encode("utf-8", "surrogatepass")
        digest.update(len(encoded).to_bytes(8, "big") + encoded)
    return digest.digest()


class SpanCache:
    """The spans of the texts used last; holds no texts.

    Args:
        size: how many answers are kept, 0 for none; about 300 bytes each.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._spans: OrderedDict[bytes, CheckedSpans] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._spans)

    def get(self, key: bytes) -> CheckedSpans | None:
        """The answer, None if it is not kept."""
        with self._lock:
            found = self._spans.get(key)
            if found is not None:
                self._spans.move_to_end(key)
            return found

    def put(self, key: bytes, spans: CheckedSpans) -> None:
        """Keep an answer; the one not used for longest goes if there are too many."""
        with self._lock:
            self._spans[key] = spans
            self._spans.move_to_end(key)
            while len(self._spans) > self._size:
                self._spans.popitem(last=False)
