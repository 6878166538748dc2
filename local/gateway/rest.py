"""A REST request and its answer, as the resources of the gateway see them."""

from __future__ import annotations

import gzip
import json
import zlib
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from local.gateway.errors import OpenSearchError
from local.gateway.filter_path import filtered
from local.gateway.parameters import flag

JSON = "application/json; charset=UTF-8"


@dataclass
class RestRequest:
    """One request: `path` decoded, `target` as it came (path and query), `params` of path and query together."""

    method: str
    path: str
    target: str
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""
    params: dict[str, str] = field(default_factory=dict)

    @property
    def query(self) -> dict[str, str]:
        """The parameters of the query string; one without a value is `""`."""
        return dict(parse_qsl(self.target.partition("?")[2], keep_blank_values=True))

    @property
    def content_type(self) -> str:
        """What the body says it is, `""` if it does not say."""
        return next((value.decode("latin-1") for name, value in self.headers if name == b"content-type"), "")

    def flag(self, name: str) -> bool:
        """Whether a boolean parameter is on; a bare `?name` is.

        Raises:
            OpenSearchError: 400, its value is neither true nor false.
        """
        return flag(name, self.params)

    def content(self) -> bytes:
        """The body, unpacked if the client packed it.

        Raises:
            OpenSearchError: 400, it says gzip or deflate and is not.
        """
        encoding = next((value for name, value in self.headers if name == b"content-encoding"), b"")
        try:
            if encoding == b"gzip":
                return gzip.decompress(self.body)
            return zlib.decompress(self.body) if encoding == b"deflate" else self.body
        except (OSError, zlib.error, EOFError) as error:
            raise OpenSearchError(400, "zip_exception", f"Not in {encoding.decode()} format") from error


@dataclass
class Answer:
    """An answer with its body as Python data or, passed on from the server, as bytes."""

    body: Any
    status: int = 200
    content_type: str = JSON
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)

    def encoded(self, request: RestRequest) -> bytes:
        """The bytes to send, filtered and indented as `filter_path` and `pretty` ask."""
        if isinstance(self.body, bytes):
            return self.body
        query = request.query
        body = filtered(self.body, query["filter_path"]) if query.get("filter_path") else self.body
        if query.get("pretty", "false") in ("", "true"):
            return _utf8(json.dumps(body, ensure_ascii=False, indent=2) + "\n")
        return _utf8(json.dumps(body, ensure_ascii=False, separators=(",", ":")))


def _utf8(document: str) -> bytes:
    """Half a surrogate pair, as a span may leave it, has no UTF-8: it is escaped."""
    return document.encode("utf-8", "backslashreplace")
