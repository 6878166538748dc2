"""Java's `URI.create`: what it refuses, and in which of its addresses it sees no host."""

from __future__ import annotations

import re

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_PARTS = re.compile(r"(?P<authority>[^/?#]*)(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?(?:#(?P<fragment>.*))?", re.DOTALL)
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_NAME = rf"(?:{_LABEL}|(?:{_LABEL}\.)+[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])?)\.?"
_BYTE = r"(?:25[0-5]|2[0-4]\d|1\d\d|\d{1,2})"
_IPV4 = rf"{_BYTE}(?:\.{_BYTE}){{3}}"
_SERVER = re.compile(rf"(?:[^@\[\]]*@)?(?:{_IPV4}|{_NAME}|\[[0-9A-Fa-f:.%]+\])(?::\d*)?")
_ILLEGAL = frozenset(' "<>\\^`{|}[]')
_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


class UriSyntaxError(ValueError):
    """Text that is no URI; in Java's words."""


def check(text: str) -> None:
    """Refuse what Java refuses.

    Raises:
        UriSyntaxError: with the index of the first character that does not fit.
    """
    scheme = _SCHEME.match(text)
    start = scheme.end() if scheme else 0
    if scheme is None:
        _check_scheme(text)
    if scheme and not text[start:]:
        raise UriSyntaxError(f"Expected scheme-specific part at index {start}: {text}")
    has_authority = text.startswith("//", start)
    start += 2 * has_authority
    found = _PARTS.match(text, start)
    if found is None:
        return
    if has_authority and not found["authority"] and not found["path"]:
        raise UriSyntaxError(f"Expected authority at index {start}: {text}")
    first = "authority" if has_authority else "opaque part" if scheme and text[start : start + 1] != "/" else "path"
    for name in ("authority", "path", "query", "fragment"):
        if found[name] is not None:
            _check_part(text, found.start(name), found[name], first if name == "authority" else name)


def has_host(text: str) -> bool:
    """Whether Java sees a host in a URI that it accepts: an underscore in its name, say, hides it."""
    scheme = _SCHEME.match(text)
    found = _PARTS.match(text, scheme.end() + 2) if scheme and text.startswith("//", scheme.end()) else None
    return found is not None and _SERVER.fullmatch(found["authority"]) is not None


def _check_scheme(text: str) -> None:
    """A colon before any slash makes what stands before it a scheme."""
    name, colon, _ = text.partition(":")
    if not colon or re.search("[/?#]", name):
        return
    at = next((at for at, char in enumerate(name) if not re.match("[A-Za-z0-9+.-]" if at else "[A-Za-z]", char)), 0)
    what = "Expected scheme name" if not name else "Illegal character in scheme name"
    raise UriSyntaxError(f"{what} at index {at}: {text}")


def _check_part(text: str, start: int, part: str, name: str) -> None:
    allowed = "[]" if name in ("query", "fragment") or (name == "authority" and _SERVER.fullmatch(part)) else ""
    for at, char in enumerate(part, start):
        if (char in _ILLEGAL and char not in allowed) or char < " " or char == "\x7f":
            at = start if name == "authority" else at  # for an authority Java only knows where it begins
            raise UriSyntaxError(f"Illegal character in {name} at index {at}: {text}")
        if char == "%" and _ESCAPE.match(text, at):
            raise UriSyntaxError(f"Malformed escape pair at index {at}: {text}")
