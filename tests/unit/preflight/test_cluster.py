from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from opensearchpy.exceptions import TransportError

from include.errors import TerminalError
from include.preflight.cluster import check_cluster

if TYPE_CHECKING:
    from collections.abc import Callable

URL = "http://search:9200"
INFO = {"name": "n1", "version": {"distribution": "opensearch", "number": "3.4.0"}}
SEARCH = "POST /_plugins/_ml/model_groups/_search"
FOUND = {"hits": {"total": {"value": 0, "relation": "eq"}, "hits": []}}


def refusal(client: Any) -> str:
    with pytest.raises(TerminalError) as caught:
        check_cluster(client, URL)
    return str(caught.value)


def test_check_cluster_gives_the_version(make_client: Callable[..., Any]) -> None:
    assert check_cluster(make_client({"GET /": (200, INFO), SEARCH: (200, FOUND)}), URL) == "3.4.0"


@pytest.mark.parametrize(
    ("status", "kind", "body"),
    [
        pytest.param(200, "text/html", "<html>Welcome</html>", id="web-page"),
        pytest.param(404, "text/html", "<html>Not found</html>", id="not-found"),
        pytest.param(200, "application/json", "{}", id="empty-object"),
        pytest.param(200, "application/json", "[]", id="list"),
        pytest.param(200, "application/json", '{"version": "1"}', id="other-service"),
        pytest.param(200, "application/json", "{broken", id="broken-json"),
        pytest.param(200, "text/plain", "", id="nothing"),
        pytest.param(400, "text/plain", "HTTP request to an HTTPS port", id="bad-request"),
    ],
)
def test_check_cluster_something_else_answers_says_so(
    make_client: Callable[..., Any], status: int, kind: str, body: str
) -> None:
    message = refusal(make_client({"GET /": (status, body)}, kind))

    assert message == f"opensearch_endpoint is {URL!r}, and what answers there is not OpenSearch. Check the port."


@pytest.mark.parametrize("status", [401, 403])
def test_check_cluster_credentials_refused_names_the_connection(make_client: Callable[..., Any], status: int) -> None:
    message = refusal(make_client({"GET /": (status, "Unauthorized")}, "text/plain"))

    assert f"it refuses the credentials of opensearch_conn_id ({status}). Check login and password" in message


@pytest.mark.parametrize("status", [429, 502, 503, 504])
@pytest.mark.parametrize("path", ["GET /", SEARCH])
def test_check_cluster_busy_may_be_tried_again(make_client: Callable[..., Any], status: int, path: str) -> None:
    client = make_client({"GET /": (200, INFO), SEARCH: (200, FOUND), path: (status, {"error": "busy"})})

    with pytest.raises(TransportError):
        check_cluster(client, URL)


def test_check_cluster_without_ml_commons_says_so(make_client: Callable[..., Any]) -> None:
    error = "no handler found for uri [/_plugins/_ml/model_groups/_search] and method [POST]"

    message = refusal(make_client({"GET /": (200, INFO), SEARCH: (400, {"error": error})}))

    assert message.startswith(f"The cluster at {URL!r} has no ML Commons plugin (no handler found")


def test_check_cluster_without_the_right_names_the_role(make_client: Callable[..., Any]) -> None:
    error = {"error": {"type": "security_exception", "reason": "no permissions for [cluster:admin/opensearch/ml]"}}

    message = refusal(make_client({"GET /": (200, INFO), SEARCH: (403, error)}))

    assert "may not use ML Commons" in message
    assert "ml_full_access" in message
