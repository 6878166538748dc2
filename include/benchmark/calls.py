"""The calls that are timed: a page of highlighted hits, by `_search` or by `_predict`, in each mode."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.benchmark.cells import BATCH, NONE, PREDICT, SINGLE
from include.benchmark.spans import CLOSE, OPEN, Span, Spans, spans_in, spans_of_answer
from include.corpus.export import text_of
from include.errors import RetryableError, TerminalError, unquoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opensearchpy import OpenSearch

    from include.benchmark.server import Server

Page = list[tuple[str, str]]
"""Id and text of the documents that one question finds."""


@dataclass(frozen=True)
class Caller:
    """Asks one cluster about one index with one model.

    Attributes:
        client: safe to use from several threads.
        server: how batches are asked for.
        index: that is searched.
        text_field: that is searched and highlighted.
        model_id: of the highlighting model.
        batch_size: most documents of one call of the model.
        timeout_seconds: of one request.
    """

    client: OpenSearch
    server: Server
    index: str
    text_field: str
    model_id: str
    batch_size: int
    timeout_seconds: int

    def search(self, mode: str, question: str, hits: int, ids: Sequence[str] = ()) -> Spans:
        """The spans of the hits of one search, by document.

        Raises:
            RetryableError: some shards failed, so that hits are missing.
        """
        return {_name(hit): self._spans(hit) for hit in self._hits(self._body(mode, question, hits, ids))}

    def page(self, question: str, hits: int, ids: Sequence[str] = ()) -> Page:
        """The documents that one question finds, best first."""
        found = self._hits(self._body(NONE, question, hits, ids))
        return [(_name(hit), text_of(hit.get("_source", {}), self.text_field)) for hit in found]

    def predict(self, mode: str, question: str, page: Page) -> Spans:
        """The spans of a page's documents, asked of the model one by one or in batches.

        Raises:
            TerminalError: the model answers something else than highlights, or not one a document.
        """
        size = 1 if mode == SINGLE else self.batch_size
        found: Spans = {}
        for start in range(0, len(page), size):
            part = page[start : start + size]
            answer = self._answer(mode, question, [text for _, text in part])
            if len(answer) != len(part):
                raise TerminalError(f"The model answered {len(answer)} lists of highlights to {len(part)} documents.")
            found |= {name: spans_of_answer(spans) for (name, _), spans in zip(part, answer, strict=True)}
        return found

    def _answer(self, mode: str, question: str, texts: Sequence[str]) -> list[Any]:
        """The model's highlights of each text."""
        # ML Commons fills in `${parameters.…}` wherever it stands: a list goes as JSON text without a `$`, and a single
        # text gets a parenthesis of the brace's length.
        if mode == BATCH:
            items = json.dumps([{"question": question, "context": text} for text in texts])
            parameters = {"inputs": items.replace("$", "\\u0024")}
        else:
            parameters = {"question": question, "context": texts[0].replace("${", "$(")}
        answer = self.client.transport.perform_request(
            "POST",
            f"/_plugins/_ml/models/{self.model_id}/_predict",
            params={"request_timeout": self.timeout_seconds},
            body={"parameters": parameters},
        )
        try:
            highlights = answer["inference_results"][0]["output"][0]["dataAsMap"]["highlights"]
        except (LookupError, TypeError) as error:
            raise TerminalError(
                f'The model answered {unquoted(answer)} without highlights. Valid: {{"highlights": […]}}, which ML '
                "Commons passes on."
            ) from error
        return list(highlights) if mode == BATCH else [highlights]

    def _hits(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        answer = self.client.search(
            index=self.index, body=body, params={"request_timeout": self.timeout_seconds, "request_cache": "false"}
        )
        failed = answer["_shards"]["failed"]
        if failed:
            reason = answer["_shards"]["failures"][0]["reason"]
            raise RetryableError(f"{failed} shards of {self.index!r} failed: {reason.get('type')}")
        hits: list[dict[str, Any]] = answer["hits"]["hits"]
        return hits

    def _body(self, mode: str, question: str, hits: int, ids: Sequence[str]) -> dict[str, Any]:
        """A `match` query: a `bool` query would not be highlighted in batches, so the ids are a post filter."""
        body: dict[str, Any] = {
            "size": hits,
            "query": {"match": {self.text_field: {"query": question}}},
            "_source": [self.text_field],
            "track_total_hits": False,
            **({"post_filter": {"ids": {"values": list(ids)}}} if ids else {}),
        }
        if mode == NONE:
            return body
        body["highlight"] = {
            "fields": {self.text_field: {"type": "semantic"}},
            "pre_tags": [OPEN],
            "post_tags": [CLOSE],
            "options": {"model_id": self.model_id},
        }
        return self.server.switch_on(body, self.batch_size) if mode == BATCH else body

    def _spans(self, hit: dict[str, Any]) -> tuple[Span, ...]:
        return spans_in("".join(hit.get("highlight", {}).get(self.text_field, [])))


def modes_of(path: str, server: Server) -> list[str]:
    """The modes that can be measured: `none` only where something else than highlighting is timed too."""
    if path == PREDICT:
        return [SINGLE, BATCH]
    return [NONE, SINGLE] if server.batch == "none" else [NONE, SINGLE, BATCH]


def _name(hit: dict[str, Any]) -> str:
    return f"{hit['_index']}/{hit['_id']}"
