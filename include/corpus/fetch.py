"""Documents of an OpenSearch index by their ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.corpus.document import Document
from include.corpus.export import PAGE_SIZE, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opensearchpy import OpenSearch

MAX_HITS = 10_000


def fetch_documents(client: OpenSearch, index: str, text_field: str, ids: Sequence[str]) -> Iterator[Document]:
    """The documents with these ids, page by page, in no order; ids that are not there are left out.

    An id that several indices of an alias hold comes once for each.
    """
    for start in range(0, len(ids), PAGE_SIZE):
        body = {
            "size": MAX_HITS,
            "query": {"ids": {"values": list(ids[start : start + PAGE_SIZE])}},
            "_source": [text_field],
        }
        for hit in client.search(index=index, body=body)["hits"]["hits"]:
            yield Document(hit["_id"], text_of(hit.get("_source", {}), text_field))
