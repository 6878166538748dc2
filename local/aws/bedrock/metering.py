"""How the stand-in counts the tokens that a Bedrock model would be billed by: as a real tokenizer does.

Word pieces of a BERT vocabulary. It shares nothing with the package's own estimate (include/cost), which is measured
against it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from local.gateway.wordpiece import word_pieces

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

REMEMBERED_WORDS = 200_000


def word_piece_counter(vocabulary: Path) -> Callable[[str], int]:
    """Counts the word pieces of a text.

    Args:
        vocabulary: `vocab.txt`, a piece a line.
    """
    pieces = frozenset(vocabulary.read_text("utf-8").splitlines())

    @lru_cache(REMEMBERED_WORDS)
    def of_word(word: str) -> int:
        return len(word_pieces(word, pieces))

    return lambda text: sum(map(of_word, text.split()))
