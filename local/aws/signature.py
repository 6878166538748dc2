"""Who asks which service where: read from a request's Signature Version 4, whose presence is checked and no more."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from collections.abc import Mapping

_SCOPE = r"(?P<key>[^/\s]+)/\d{8}/(?P<region>[a-z0-9-]+)/(?P<service>[a-z0-9-]+)/aws4_request"
_HEADER = re.compile(rf"AWS4-HMAC-SHA256\s+Credential={_SCOPE}\s*,\s*SignedHeaders=\S+?\s*,\s*Signature=[0-9a-f]{{64}}")
_QUERY = re.compile(_SCOPE)


class Scope(NamedTuple):
    """The credential scope of a signed request."""

    access_key: str
    region: str
    service: str


def read_scope(environ: Mapping[str, Any]) -> Scope | None:
    """The scope of a request signed in its header or (presigned) in its query; None if it is not signed."""
    header = environ.get("HTTP_AUTHORIZATION")
    if header:
        found = _HEADER.fullmatch(header)
    else:
        credential = parse_qs(environ.get("QUERY_STRING", "")).get("X-Amz-Credential", [""])[0]
        found = _QUERY.fullmatch(credential)
    return Scope(found["key"], found["region"], found["service"]) if found else None
