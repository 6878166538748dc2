"""Rights, which the local server cannot refuse; all else about indices is tested against it (tests/integration)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from include.errors import TerminalError
from include.preflight.index import check_index

if TYPE_CHECKING:
    from collections.abc import Callable

DENIED = {"error": {"type": "security_exception", "reason": "no permissions"}}
MAPPING = {"articles-1": {"mappings": {"properties": {"text": {"type": "text"}}}}}
ANSWERS = {
    "GET /articles/_mapping": (200, MAPPING),
    "POST /articles/_count": (200, {"count": 500}),
    "POST /articles/_search_shards": (200, {"indices": {"articles-1": {}}}),
}


def test_check_index_allowed_gives_the_count(make_client: Callable[..., Any]) -> None:
    assert check_index(make_client(ANSWERS), "articles", "text") == 500


@pytest.mark.parametrize("call", ANSWERS)
def test_check_index_without_the_right_names_the_rights(make_client: Callable[..., Any], call: str) -> None:
    client = make_client({**ANSWERS, call: (403, DENIED)})

    with pytest.raises(TerminalError) as caught:
        check_index(client, "articles", "text")

    assert "index_name is 'articles', and the user of the connection may not read it" in str(caught.value)
    assert "Allow indices:data/read/search, indices:data/read/point_in_time/create" in str(caught.value)
    assert "for an alias indices:admin/shards/search_shards" in str(caught.value)


def test_check_index_missing_without_the_right_to_list_says_so(make_client: Callable[..., Any]) -> None:
    client = make_client({"GET /_cat/indices": (403, DENIED)})

    with pytest.raises(
        TerminalError, match=r"index_name is 'articles', and the cluster has no such index\. It has: none\."
    ):
        check_index(client, "articles", "text")
