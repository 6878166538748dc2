"""An OpenSearch client whose server is a table: method and path to status, content type and body."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from opensearchpy import Connection, OpenSearch

if TYPE_CHECKING:
    from collections.abc import Callable

JSON = "application/json"


class Table(Connection):
    """Answers from a table, as a connection that speaks HTTP would hand them on."""

    answers: dict[str, tuple[int, str, str]]

    def perform_request(self, method: str, url: str, *_: Any, ignore: Any = (), **__: Any) -> Any:
        status, kind, text = self.answers.get(f"{method} {url}", (404, "text/plain", "not in the table"))
        if not 200 <= status < 300 and status not in ignore:
            self._raise_error(status, text, kind)
        return status, {"content-type": kind}, text


@pytest.fixture
def make_client() -> Callable[..., OpenSearch]:
    """A client of a server that answers so; bodies that are not text are sent as JSON."""

    def make(answers: dict[str, tuple[int, Any]], kind: str = JSON) -> OpenSearch:
        table = {
            call: (status, kind, body if isinstance(body, str) else json.dumps(body))
            for call, (status, body) in answers.items()
        }
        return OpenSearch(
            hosts=["http://search:9200"], connection_class=type("T", (Table,), {"answers": table}), max_retries=0
        )

    return make
