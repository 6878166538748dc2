"""Where a quoted sentence stands in its document."""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

MIN_QUOTE_WORDS = 2
_ALIKE = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "‑": "-"})  # noqa: RUF001 - what models change


class Place(NamedTuple):
    """Code points of a text: `text[start:end]`."""

    start: int
    end: int


def locate_quote(quote: str, text: str) -> Place | None:
    """Where the quote stands first, whatever its case, its white space and the form of its quotation marks and dashes.

    Returns:
        None for a quote of fewer than two words, or one that is not in the text.
    """
    quote = quote.strip()
    if len(quote.split()) < MIN_QUOTE_WORDS:
        return None
    if (exact := text.find(quote)) >= 0:
        return Place(exact, exact + len(quote))
    wanted = _folded(quote)[0].strip()
    folded, places = _folded(text)
    start = folded.find(wanted)
    return Place(places[start], places[start + len(wanted) - 1] + 1) if start >= 0 else None


def _folded(text: str) -> tuple[str, list[int]]:
    """The text in its comparable form, and for each of its characters the place that it comes from."""
    characters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        if character.isspace():
            if characters and characters[-1] != " ":
                characters.append(" ")
                places.append(place)
            continue
        for folded in unicodedata.normalize("NFKC", character).casefold().translate(_ALIKE):
            characters.append(folded)
            places.append(place)
    return "".join(characters), places
