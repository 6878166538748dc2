"""Every document of an OpenSearch index, once, in slices that are read at the same time."""

from __future__ import annotations

import json
import logging
import queue
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING, Any

from include.corpus.document import Document, well_formed
from include.errors import RetryableError, TerminalError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from opensearchpy import OpenSearch

log = logging.getLogger(__name__)

KEEP_ALIVE = "5m"
PAGE_SIZE = 1_000


def export_documents(
    client: OpenSearch, index: str, text_field: str, slices: int = 2, page_size: int = PAGE_SIZE
) -> Generator[Document, None, None]:
    """Every document of the index as it is at the start, in no order; texts that are missing come as `""`.

    A point in time is read in slices, each of which touches exactly one shard: there `_doc` is a unique, cheap sort key
    (a slice over several shards would lose documents that tie at the end of a page). An alias shows what its filter
    lets through, and nothing else.

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
    for concrete, seen in sorted(visible_indices(client, index).items()):
        with _point_in_time(client, concrete) as (pit_id, shards):
            parts = shards * -(-slices // shards)
            log.info("Reading %s: %d shards in %d slices, %d at a time", concrete, shards, parts, slices)
            body = {**_page_body(pit_id, text_field, page_size), "query": seen}
            readers = [_read_slice(client, body, part, parts, text_field) for part in range(parts)]
            yield from _at_the_same_time(readers, slices)


def visible_indices(client: OpenSearch, index: str) -> dict[str, dict[str, Any]]:
    """The indices behind a name, and for each the query that finds what the name shows of it.

    Indices into which nothing was ever written are left out: they have no mapping, and cannot be sliced.
    """
    mappings = client.indices.get_mapping(index=index)
    has_aliases = not mappings.keys() >= set(index.split(","))
    shown = client.search_shards(index=index)["indices"] if has_aliases else {}
    return {
        concrete: shown.get(concrete, {}).get("filter", {"match_all": {}})
        for concrete, mapping in mappings.items()
        if mapping["mappings"]
    }


@contextmanager
def _point_in_time(client: OpenSearch, index: str) -> Iterator[tuple[str, int]]:
    opened = client.create_pit(index=index, params={"keep_alive": KEEP_ALIVE})
    try:
        yield opened["pit_id"], opened["_shards"]["total"]
    finally:
        client.delete_pit(body={"pit_id": [opened["pit_id"]]}, params={"ignore": 404})


def _page_body(pit_id: str, text_field: str, page_size: int) -> dict[str, Any]:
    return {
        "size": page_size,
        "pit": {"id": pit_id, "keep_alive": KEEP_ALIVE},
        "sort": ["_doc"],
        "_source": [text_field],
        "track_total_hits": False,
    }


def _read_slice(
    client: OpenSearch, page_body: dict[str, Any], part: int, parts: int, text_field: str
) -> Iterator[list[Document]]:
    body = dict(page_body)
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
    """The text at a dotted path of a `_source`; `""` where there is none; several texts joined by line ends.

    What OpenSearch takes as text is text: numbers and booleans too, and what stands in lists and nested objects.

    Raises:
        TerminalError: what stands there is an object.
    """
    return well_formed("\n".join(_text(value, text_field) for value in _values_at(source, text_field)))


def _values_at(value: Any, path: str) -> Iterator[Any]:
    """What stands at a path, also where names hold dots themselves (`{"a.b": {"c": …}}`)."""
    if isinstance(value, list):
        for item in value:
            yield from _values_at(item, path)
    elif not path and value is not None:
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            if f"{path}.".startswith(f"{name}."):
                yield from _values_at(inner, path[len(name) + 1 :])


def _text(value: Any, text_field: str) -> str:
    if isinstance(value, dict):
        raise TerminalError(
            f"text_field is {text_field!r}, and a document holds dict there, with {', '.join(map(str, value))!s:.60}. "
            "Give a field that holds text."
        )
    return value if isinstance(value, str) else json.dumps(value)


def _at_the_same_time(readers: list[Iterator[list[Document]]], workers: int) -> Iterator[Document]:
    """Documents of all readers as they come; at most two pages a worker wait in memory. The first error ends all."""
    pages: queue.Queue[list[Document] | Future[None]] = queue.Queue(maxsize=2 * workers)
    stop = Event()

    def drain(reader: Iterator[list[Document]]) -> None:
        for page in reader:
            if stop.is_set():
                return
            pages.put(page)

    with ThreadPoolExecutor(workers, thread_name_prefix="export") as pool:
        futures = [pool.submit(drain, reader) for reader in readers]
        for future in futures:
            future.add_done_callback(pages.put)
        try:
            for _ in readers:
                while isinstance(page := pages.get(), list):
                    yield from page
                page.result()
        finally:
            stop.set()
            while not all(future.cancel() or future.done() for future in futures):
                _discard(pages)


def _discard(pages: queue.Queue[Any]) -> None:
    try:
        pages.get(timeout=0.1)
    except queue.Empty:
        return
