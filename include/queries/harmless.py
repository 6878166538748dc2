"""What a model may not make a query of: what an attacker's document would have it say (OWASP's LLM01, LLM05)."""

from __future__ import annotations

import re
import unicodedata

from include.queries.dropped import DroppedError

_MARKUP = re.compile(
    r"</?(?:script|img|a|iframe|svg|style|form|input|button|object|embed|link|meta|base|html|body|div|span|p|br|h\d|"
    r"table|video|audio|system|instructions?|assistant|user|tool\w*|function\w*)\b[^>]*>?"  # elements, and chat's tags
    r"|<[a-z][\w-]*\s[^>]*="  # any element with an attribute; `vector<int>` is a search for code
    r"|<!--|\]\]>|<\||\|>|<</?sys>>|\[/?inst\]|!?\[[^\]]*\]\s*\(|```|\{\{|\{%|\$\{",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"\b(?:https?|ftps?|wss?|file|s3|gopher|ldaps?)://|\b(?:javascript|vbscript|data):\S|\bwww\.", re.I
)
_ENCODED = re.compile(r"[A-Za-z0-9+/_=-]{48,}")
_PROSE = re.compile(
    r"\bas an ai\b|\b(?:i|we) (?:cannot|can't|can not|am unable to|will not) (?:help|assist|comply|do that|answer)\b"
    r"|\"?queries\"?\s*:\s*\[",
    re.IGNORECASE,
)
# Directions that hide how a text reads, and characters that hide altogether; the joiners of Persian, Hindi and emoji
# are none of them.
_HIDDEN = frozenset("\u200b\u2060\u2061\u2062\u2063\u2064\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_TAGS = range(0xE0000, 0xE0080)


def check_harmless(query: str) -> None:
    """Nothing, if a text can be a query that somebody typed.

    Args:
        query: of a model's answer, with single spaces. What customers bring themselves is not looked at.

    Raises:
        DroppedError: `control characters` (or ones that nobody sees), `markup`, `address` (of a page, a file),
            `encoded` (something in base64) or `refused` (the model talks to us).
    """
    if any(_is_hidden(character) for character in query):
        raise DroppedError("control characters")
    text = unicodedata.normalize("NFKC", query)
    for reason, pattern in (("address", _ADDRESS), ("markup", _MARKUP), ("encoded", _ENCODED), ("refused", _PROSE)):
        if pattern.search(text):
            raise DroppedError(reason)


def _is_hidden(character: str) -> bool:
    return character in _HIDDEN or ord(character) in _TAGS or unicodedata.category(character) in ("Cc", "Co", "Cn")
