"""Words as they are compared: lower case, without common endings."""

from __future__ import annotations

import re

WORD = re.compile(r"\w+")
_ENDINGS = ("ing", "ies", "es", "ed", "s", "e", "y")


def words(text: str) -> list[str]:
    """The stems of a text's words, in their order."""
    return [stem(word) for word in WORD.findall(text)]


def stem(word: str) -> str:
    """The word in lower case without one English ending, where at least three letters are left."""
    word = word.lower()
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending)
    return word
