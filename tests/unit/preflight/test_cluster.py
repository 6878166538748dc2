from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from opensearchpy.exceptions import TransportError

from include.errors import TerminalError
from include.preflight.cluster import TRUSTED_ENDPOINTS, check_cluster, check_trusted_endpoint

if TYPE_CHECKING:
    from collections.abc import Callable

URL = "http://search:9200"
INFO = {"name": "n1", "version": {"distribution": "opensearch", "number": "3.4.0"}}
SEARCH = "POST /_plugins/_ml/model_groups/_search"
FOUND = {"hits": {"total": {"value": 0, "relation": "eq"}, "hits": []}}
# What OpenSearch 3.4.0 trusts by itself, and where endpoints answer.
DEFAULT = [
    r"^https://runtime\.sagemaker\..*[a-z0-9-]\.amazonaws\.com/.*$",
    r"^https://api\.openai\.com/.*$",
    r"^https://textract\..*[a-z0-9-]\.amazonaws\.com$",
]
ENDPOINT = "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/model-run/invocations"


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


def settings(**levels: Any) -> dict[str, tuple[int, Any]]:
    values = {level: {TRUSTED_ENDPOINTS: trusted} for level, trusted in levels.items()}
    return {"GET /_cluster/settings": (200, {"persistent": {}, "transient": {}, **values})}


@pytest.mark.parametrize(
    "levels",
    [
        pytest.param({"defaults": DEFAULT}, id="default"),
        pytest.param({"defaults": [], "persistent": ["^https://runtime.*$"]}, id="persistent-over-default"),
        pytest.param({"persistent": [], "transient": ["^.*$"]}, id="transient-over-persistent"),
        pytest.param({}, id="not-shown"),
        pytest.param({"defaults": [r"^https://\p{javaLowerCase}++.*$"]}, id="only-java-can-read-it"),
    ],
)
def test_check_trusted_endpoint_allowed_passes(make_client: Callable[..., Any], levels: Any) -> None:
    check_trusted_endpoint(make_client(settings(**levels)), ENDPOINT)


@pytest.mark.parametrize(
    ("levels", "shown"),
    [
        pytest.param({"defaults": DEFAULT[1:]}, "it has: ^https://api", id="others-trusted"),
        pytest.param({"defaults": DEFAULT, "persistent": []}, "it has: none.", id="nothing-trusted"),
        pytest.param({"defaults": ["https://runtime"]}, "matches all of it", id="only-its-beginning"),
        pytest.param({"defaults": DEFAULT, "persistent": ["^http://x$"], "transient": ["^http://y$"]}, "y", id="first"),
    ],
)
def test_check_trusted_endpoint_refused_says_which_setting(
    make_client: Callable[..., Any], levels: Any, shown: str
) -> None:
    with pytest.raises(TerminalError) as caught:
        check_trusted_endpoint(make_client(settings(**levels)), ENDPOINT)

    assert f"The cluster does not let connectors call {ENDPOINT!r}." in str(caught.value)
    assert TRUSTED_ENDPOINTS in str(caught.value)
    assert shown in str(caught.value)


def test_check_trusted_endpoint_unreadable_settings_pass(
    make_client: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    check_trusted_endpoint(make_client({"GET /_cluster/settings": (403, {"error": "no"})}), ENDPOINT)

    assert "trusted endpoints are not checked" in caplog.text
