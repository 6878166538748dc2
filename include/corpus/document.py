"""A document, its place on a line of JSON, and what makes two texts the same."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from typing import NamedTuple


class Document(NamedTuple):
    """Id and text, as they stand in the source."""

    id: str
    text: str

    def to_line(self) -> str:
        """`{"id", "text"}` and a line end."""
        return json.dumps(self._asdict(), ensure_ascii=False) + "\n"

    @classmethod
    def from_line(cls, line: str | bytes) -> Document:
        """The document of a line that `to_line` wrote."""
        fields = json.loads(line)
        return cls(fields["id"], fields["text"])


def normalise(text: str) -> str:
    """The text by which duplicates are found: NFKC, lower case, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def well_formed(text: str) -> str:
    """The text with U+FFFD for halves of surrogate pairs, which JSON lets through and no file can hold."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def words_of(text: str) -> str:
    """The words alone, by which a text is known again whatever its punctuation: normalised, between single spaces."""
    return " ".join(re.findall(r"\w+", normalise(text)))


def seeded_key(seed: int, *parts: str) -> int:
    """A 128-bit number that looks random and depends on nothing but the seed and the parts."""
    digest = hashlib.blake2b("\x1f".join((str(seed), *parts)).encode(), digest_size=16).digest()
    return int.from_bytes(digest, "big")
