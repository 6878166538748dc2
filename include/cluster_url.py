"""Which cluster requests, and with them the connection's login and password, may go to."""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from include.errors import TerminalError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

EXTRA = "allowed_endpoints"
# Hosts of Amazon OpenSearch Service domains, IPv4 and dual-stack; the region that they are in is the one to sign for.
_DOMAIN = re.compile(r"\.([a-z0-9-]+)\.es\.amazonaws\.com(?:\.cn)?$|\.aos\.([a-z0-9-]+)\.on\.aws$")
# Whoever may ask these from a worker gets the credentials of its role.
_METADATA = (
    ipaddress.ip_network("169.254.0.0/16"),
    ipaddress.ip_network("fe80::/10"),
    ipaddress.ip_network("fd00:ec2::/32"),
)
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Allowed:
    """What an administrator has written into the Airflow connection.

    Attributes:
        conn_id: of the connection.
        own: URL of the connection's host; None if it has none.
        listed: URLs of `allowed_endpoints` in its extra.
        has_login: it has credentials, which nobody else may be sent.
    """

    conn_id: str
    own: str | None = None
    listed: tuple[str, ...] = ()
    has_login: bool = False

    @property
    def says_nothing(self) -> bool:
        """Whether there is neither a place nor a secret in the connection."""
        return not (self.own or self.listed or self.has_login)


def listed_endpoints(conn_id: str, extra: Mapping[str, Any]) -> tuple[str, ...]:
    """The URLs of `allowed_endpoints` in a connection's extra.

    Raises:
        TerminalError: it is no list of URLs.
    """
    given = extra.get(EXTRA, [])
    if not isinstance(given, list) or not all(isinstance(url, str) and _origin(url) for url in given):
        raise TerminalError(
            f"{EXTRA} in the extra of the Airflow connection {conn_id!r} is {given!r:.200}. Valid: a list of URLs such "
            f'as {{"{EXTRA}": ["https://search.example.com:9200"]}}. Have an administrator correct it.'
        )
    return tuple(given)


def checked_endpoint(endpoint: str, allowed: Allowed) -> str:
    """The endpoint, without a path, if requests may go there.

    Valid are the connection's own host and the URLs of its `allowed_endpoints`, by scheme, host and port; of a
    connection that says nothing, every Amazon OpenSearch Service domain, to which requests are signed.

    Raises:
        TerminalError: anything else; the message says what an administrator has to add.
    """
    url, wanted = endpoint.rstrip("/"), _origin(endpoint)
    if wanted is None:
        raise TerminalError(
            f"opensearch_endpoint is {endpoint!r:.300}. Valid: https://host:port, without user, password and path."
        )
    _refuse_metadata(url)
    if wanted in {_origin(each) for each in (allowed.own, *allowed.listed) if each}:
        return url
    if allowed.says_nothing and wanted[0] == "https" and domain_region(url):
        return url
    raise TerminalError(_refusal(url, allowed))


def own_url(host: str, port: int | None, schema: str | None) -> str:
    """URL of a connection's host, which may be given as a whole URL.

    Raises:
        TerminalError: it is an address from which a worker's own credentials are had.
    """
    url = host.rstrip("/") if "://" in host else f"{schema or 'https'}://{host}{f':{port}' if port else ''}"
    _refuse_metadata(url)
    return url


def domain_region(url: str) -> str | None:
    """Region of an Amazon OpenSearch Service domain; None of any other cluster."""
    found = _DOMAIN.search(urlsplit(url).hostname or "")
    return found[1] or found[2] if found else None


def _refusal(url: str, allowed: Allowed) -> str:
    places = " and ".join(each for each in (allowed.own, *allowed.listed) if each)
    valid = f"{places}, or empty" if places else "the https:// URL of an Amazon OpenSearch Service domain"
    return (
        f"opensearch_endpoint is {url!r}, and the Airflow connection {allowed.conn_id!r} does not allow requests, or "
        f"its login and password, to go there. Valid: {valid}. To allow it, have an administrator add to the extra of "
        f'that connection: {{"{EXTRA}": ["{url}"]}}'
    )


def _origin(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port; None of what is no plain URL of a server."""
    try:
        parts = urlsplit(url)
        usual = _PORTS[parts.scheme]
        port = parts.port or usual
    except (ValueError, KeyError):
        return None
    plain = parts.hostname and not (parts.username or parts.password or parts.path.strip("/") or parts.query)
    # requests and urlsplit do not agree on who the host is in `http://a\@b`.
    return (parts.scheme, str(parts.hostname), port) if plain and "\\" not in url and "@" not in url else None


def _refuse_metadata(url: str) -> None:
    address = _address(urlsplit(url).hostname or "")
    mapped = getattr(address, "ipv4_mapped", None) or address
    if mapped is not None and any(mapped in network for network in _METADATA):
        raise TerminalError(
            f"The cluster's URL is {url!r}: link-local addresses, where machines on AWS get their credentials, are "
            "never asked. Give the cluster's own address."
        )


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Of a host that is no name; also in the old forms that resolvers take: 2852039166, 0xA9FEA9FE."""
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except OSError:
        return None
