"""Every document of an OpenSearch index, once, in slices that are read at the same time."""

from __future__ import annotations

import logging
import queue
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING, Any

from include.corpus.document import Document
from include.errors import RetryableError, TerminalError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opensearchpy import OpenSearch

log = logging.getLogger(__name__)

KEEP_ALIVE = "5m"
PAGE_SIZE = 1_000


def export_documents(
    client: OpenSearch, index: str, text_field: str, slices: int = 2, page_size: int = PAGE_SIZE
) -> Iterator[Document]:
    """Every document of the index as it is at the start, in no order; texts that are missing come as `""`.

    A point in time is read in slices, each of which touches exactly one shard: there `_doc` is a unique, cheap sort key
    (a slice over several shards would lose documents that tie at the end of a page).

    Args:
        client: of the cluster; its own retries cover throttling and restarts of a node.
        index: an index, or an alias of several.
        text_field: dotted path into `_source`.
        slices: how many pages are fetched at the same time.
        page_size: documents a page; together with `slices` it bounds the memory.

    Raises:
        RetryableError: the point in time was lost with a node: start again.
        TerminalError: the field holds something else than text.
    """
    for concrete in sorted(client.indices.get_mapping(index=index)):
        with _point_in_time(client, concrete) as (pit_id, shards):
            parts = shards * -(-slices // shards)
            log.info("Reading %s: %d shards in %d slices, %d at a time", concrete, shards, parts, slices)
            readers = [_read_slice(client, pit_id, part, parts, text_field, page_size) for part in range(parts)]
            yield from _at_the_same_time(readers, slices)


@contextmanager
def _point_in_time(client: OpenSearch, index: str) -> Iterator[tuple[str, int]]:
    opened = client.create_pit(index=index, params={"keep_alive": KEEP_ALIVE})
    try:
        yield opened["pit_id"], opened["_shards"]["total"]
    finally:
        client.delete_pit(body={"pit_id": [opened["pit_id"]]}, params={"ignore": 404})


def _read_slice(
    client: OpenSearch, pit_id: str, part: int, parts: int, text_field: str, page_size: int
) -> Iterator[list[Document]]:
    body: dict[str, Any] = {
        "size": page_size,
        "pit": {"id": pit_id, "keep_alive": KEEP_ALIVE},
        "sort": ["_doc"],
        "_source": [text_field],
        "track_total_hits": False,
    }
    if parts > 1:
        body["slice"] = {"id": part, "max": parts}
    while hits := _search(client, body)["hits"]["hits"]:
        yield [Document(hit["_id"], text_of(hit.get("_source", {}), text_field)) for hit in hits]
        body["search_after"] = hits[-1]["sort"]


def _search(client: OpenSearch, body: dict[str, Any]) -> Any:
    from opensearchpy.exceptions import NotFoundError

    try:
        return client.search(body=body, params={"allow_partial_search_results": "false"})
    except NotFoundError as error:
        raise RetryableError("The point in time was lost (a node restarted); the export starts again.") from error


def text_of(source: dict[str, Any], text_field: str) -> str:
    """The text at a dotted path of a `_source`; `""` where there is none; a list of texts joined by line ends.

    Raises:
        TerminalError: what stands there is not text.
    """
    value: Any = source
    for name in text_field.split("."):
        if isinstance(value, dict) and text_field in value:
            value = value[text_field]
            break
        value = value.get(name) if isinstance(value, dict) else None
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return "\n".join(value)
    if not isinstance(value, str):
        raise TerminalError(
            f"text_field is {text_field!r}, and a document holds {type(value).__name__} {value!r:.60} there. "
            "Give a field that holds text."
        )
    return value


def _at_the_same_time(readers: list[Iterator[list[Document]]], workers: int) -> Iterator[Document]:
    """Documents of all readers as they come; at most two pages a worker wait in memory."""
    pages: queue.Queue[list[Document] | None] = queue.Queue(maxsize=2 * workers)
    stop = Event()

    def drain(reader: Iterator[list[Document]]) -> None:
        try:
            for page in reader:
                if stop.is_set():
                    return
                pages.put(page)
        finally:
            pages.put(None)

    with ThreadPoolExecutor(workers, thread_name_prefix="export") as pool:
        futures = [pool.submit(drain, reader) for reader in readers]
        try:
            for _ in readers:
                while (page := pages.get()) is not None:
                    yield from page
            for future in futures:
                future.result()
        finally:
            stop.set()
            while any(not future.done() for future in futures):
                _discard(pages)


def _discard(pages: queue.Queue[Any]) -> None:
    try:
        pages.get(timeout=0.1)
    except queue.Empty:
        return
