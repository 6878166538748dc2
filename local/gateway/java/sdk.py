"""URLs as the AWS SDK for Java sends them: `ML Commons` calls every remote model with it.

Query parameters are taken apart and put together again, in the order of a Java hash map; user and fragment are dropped.
"""

from __future__ import annotations

from urllib.parse import quote, unquote_plus, urlsplit, urlunsplit

from local.gateway.errors import refuse

PROTOCOLS = ("http", "https")
MAX_PORT = 65_536
_BUCKETS = 16


def sent(url: str) -> str:
    """The URL that is called.

    Args:
        url: a URI with a host.

    Raises:
        OpenSearchError: 400, another protocol than HTTP, or a port that cannot be.
    """
    parts = urlsplit(url)
    if parts.scheme.lower() not in PROTOCOLS:
        raise refuse("remote_scheme", scheme=url.partition(":")[0])
    host = parts.netloc.rpartition("@")[2]
    port = host.rpartition("]")[2].partition(":")[2]
    if port and int(port) > MAX_PORT:
        refusal = refuse("remote_port", port=port)
        refusal.caused_by = dict(refusal.error)
        raise refusal
    return urlunsplit((parts.scheme.lower(), host, parts.path, _query(parts.query), ""))


def _query(query: str) -> str:
    values: dict[str, list[str | None]] = {}
    for part in query.split("&") if query else []:
        name, *rest = part.split("=")
        values.setdefault(unquote_plus(name), []).append(unquote_plus(rest[0]) if any(rest) else None)
    return "&".join(
        _quoted(name) + ("" if value is None else f"={_quoted(value)}")
        for name in in_hash_order(list(values))
        for value in values[name]
    )


def in_hash_order(names: list[str]) -> list[str]:
    """`names` as a Java hash map yields them; up to twelve, beyond which it grows."""
    return sorted(names, key=lambda name: _spread(_hash(name)) % _BUCKETS) if len(names) <= 12 else names


def _hash(text: str) -> int:
    """`String.hashCode`, unsigned."""
    number = 0
    units = text.encode("utf-16-be")
    for at in range(0, len(units), 2):
        number = (31 * number + int.from_bytes(units[at : at + 2], "big")) & 0xFFFFFFFF
    return number


def _spread(number: int) -> int:
    return number ^ (number >> 16)


def _quoted(text: str) -> str:
    return quote(text, safe="~._-")
