"""Documents in the system indices: what the plugin keeps, it keeps in OpenSearch, so it outlives gateway and server."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from local.gateway.errors import UpstreamError
from local.gateway.mappings import creation

if TYPE_CHECKING:
    from local.gateway.upstream import Upstream


class Document(NamedTuple):
    """A stored document; `seq_no` and `primary_term` guard an update against another one."""

    id: str
    source: dict[str, Any]
    seq_no: int
    primary_term: int


class MissingIndexError(UpstreamError):
    """The system index does not exist yet."""


def now_ms() -> int:
    """The time in milliseconds since 1970, as the plugin stores it."""
    return time.time_ns() // 1_000_000


class Store:
    """Reads and writes system indices; every write is refreshed at once, as the plugin's are."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    async def create(self, index: str, source: dict[str, Any], document_id: str | None = None) -> str:
        """The id of a new document; creates the index first where there is none."""
        await self._ensure(index)
        if document_id is None:
            answer = await self._call(index, "POST", "_doc?refresh=true", source)
        else:
            answer = await self._call(index, "PUT", f"_create/{_id(document_id)}?refresh=true", source)
        return str(answer["_id"])

    async def get(self, index: str, document_id: str) -> Document | None:
        """The document, None if there is none of that id.

        Raises:
            MissingIndexError: there is no index yet.
            UpstreamError: the server cannot read it now.
        """
        try:
            found = await self._call(index, "GET", f"_doc/{_id(document_id)}")
        except UpstreamError as error:
            if error.status == 404 and error.answer.get("found") is False:
                return None
            raise
        return Document(found["_id"], found["_source"], found["_seq_no"], found["_primary_term"])

    async def update(
        self, index: str, document_id: str, fields: dict[str, Any], unless_changed: Document | None = None
    ) -> dict[str, Any]:
        """Merge `fields` into a document; returns the index's answer.

        Args:
            index: system index.
            document_id: of the document.
            fields: objects are merged, all else replaced.
            unless_changed: refuse if the document is no longer this one.
        """
        guard = "&retry_on_conflict=3"
        if unless_changed:
            guard = f"&if_seq_no={unless_changed.seq_no}&if_primary_term={unless_changed.primary_term}"
        return await self._call(index, "POST", f"_update/{_id(document_id)}?refresh=true{guard}", {"doc": fields})

    async def delete(self, index: str, document_id: str) -> dict[str, Any]:
        """The index's answer, `"result": "not_found"` if there was nothing to delete.

        Raises:
            MissingIndexError: there is no index yet.
        """
        try:
            return await self._call(index, "DELETE", f"_doc/{_id(document_id)}?refresh=true")
        except UpstreamError as error:
            if error.answer.get("result") == "not_found":
                return error.answer
            raise

    async def search(self, index: str, body: dict[str, Any]) -> dict[str, Any]:
        """The index's answer to a search.

        Raises:
            MissingIndexError: there is no index yet.
        """
        return await self._call(index, "POST", "_search", body)

    async def count(self, index: str) -> int:
        """How many documents the index holds, 0 if there is none."""
        try:
            return int((await self._call(index, "GET", "_count"))["count"])
        except MissingIndexError:
            return 0

    async def health(self, index: str) -> str:
        """`green`, `yellow`, `red`, or `non-existent`."""
        if not await self._upstream.found(f"/{index}"):
            return "non-existent"
        return str((await self._upstream.call("GET", f"/_cluster/health/{index}"))["status"])

    async def _ensure(self, index: str) -> None:
        if await self._upstream.found(f"/{index}"):
            return
        try:
            await self._upstream.call("PUT", f"/{index}", creation(index))
        except UpstreamError as error:
            if error.error["type"] != "resource_already_exists_exception":
                raise

    async def _call(self, index: str, method: str, rest: str, body: Any = None) -> dict[str, Any]:
        try:
            return await self._upstream.call(method, f"/{index}/{rest}", body)
        except UpstreamError as error:
            if error.error["type"] == "index_not_found_exception":
                raise MissingIndexError(error.status, error.answer) from error
            raise


def _id(document_id: str) -> str:
    return quote(document_id, safe="")
