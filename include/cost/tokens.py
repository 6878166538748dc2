"""How many tokens a text is, by a rule that needs no tokenizer: those of Bedrock's models are not public."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PIECE = re.compile(
    r"(?P<latin>[A-Za-zÀ-ɏ]+)"
    r"|(?P<digits>[0-9]+)"
    # Scripts without spaces: Chinese, Japanese, Korean, Thai.
    r"|(?P<dense>[\u0e00-\u0e7f\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff])"
    r"|(?P<letters>(?:[^\W\d_A-Za-zÀ-ɏ\u0e00-\u0e7f\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff])+)"
    r"|(?P<marks>[^\w\s]+|_+)"
    r"|(?P<breaks>\n+)"
    r"|(?P<other>\S)"
)
CHARACTERS = {"latin": 8, "digits": 3, "dense": 1, "letters": 3, "marks": 2, "breaks": 8, "other": 1}
"""Characters of a run that are one token, at most: most English words are one, longer ones and names are several."""
RULED = 500
EACH = 20


def count_tokens(text: str) -> int:
    """Tokens of the text, by the rule.

    Example:
        >>> count_tokens("Creates a new IAM group."), count_tokens("创建一个新的组"), count_tokens("2026")
        (6, 7, 2)
    """
    return sum(-(-len(found[0]) // CHARACTERS[found.lastgroup or "other"]) for found in _PIECE.finditer(text))


@dataclass
class TokenCounter:
    """Counts the tokens of many texts: the first 500 and then each 20th by the rule, the others by their length."""

    texts: int = 0
    _characters: int = 0
    _ruled: int = 0
    _of_ruled: int = 0

    def add(self, text: str) -> None:
        """Count one more text."""
        self._characters += len(text)
        if self.texts < RULED or self.texts % EACH == 0:
            self._ruled += count_tokens(text)
            self._of_ruled += len(text)
        self.texts += 1

    @property
    def tokens(self) -> float:
        """Of all texts."""
        return self._ruled * self._characters / self._of_ruled if self._of_ruled else 0.0
