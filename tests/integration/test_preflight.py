"""What a new user gets wrong, against the real server: the message says what was received and what to do."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from opensearchpy.helpers import bulk

from include.errors import TerminalError
from include.preflight.cluster import check_cluster
from include.preflight.index import check_index
from include.preflight.trust import check_trusted_endpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from opensearchpy import OpenSearch

FIELDS = {
    "text": {"type": "text"},
    "title": {"type": "text", "fields": {"keyword": {"type": "keyword"}}},
    "year": {"type": "integer"},
    "author": {"properties": {"name": {"type": "text"}}},
    "pages": {"type": "nested", "properties": {"body": {"type": "text"}}},
    "place": {"type": "geo_point"},
    "same": {"type": "alias", "path": "text"},
}
SOURCE = {"text": "t", "title": "x", "year": 1, "author": {"name": "n"}, "pages": [{"body": "b"}], "unmapped": "u"}


def refusal(check: Callable[[], object]) -> str:
    with pytest.raises(TerminalError) as caught:
        check()
    return str(caught.value)


@pytest.fixture(scope="module")
def articles(opensearch_url: str, connect: Callable[[str], OpenSearch]) -> Iterator[OpenSearch]:
    """A cluster with an index to be found, and others that cannot be exported."""
    client = connect(opensearch_url)
    client.indices.create(index="articles", body={"mappings": {"dynamic": False, "properties": FIELDS}})
    bulk(
        client, ({"_index": "articles", "_id": str(n), "unmapped": "here", **SOURCE} for n in range(150)), refresh=True
    )
    client.indices.create(index="articles-empty")
    client.indices.create(index="articles-closed")
    client.indices.close(index="articles-closed")
    client.indices.create(index="articles-sourceless", body={"mappings": {"_source": {"enabled": False}}})
    bulk(client, ({"_index": "articles-sourceless", "_id": str(n), **SOURCE} for n in range(150)), refresh=True)
    bulk(client, ({"_index": "articles-few", "_id": str(n), **SOURCE} for n in range(99)), refresh=True)
    yield client
    client.indices.delete(index="articles*", params={"expand_wildcards": "all"})


@pytest.mark.parametrize("field", ["text", "title", "author.name", "pages.body", "unmapped"])
def test_check_index_field_with_text_passes(articles: OpenSearch, field: str) -> None:
    assert check_index(articles, "articles", field) == 150


@pytest.mark.parametrize(
    ("index", "message"),
    [
        pytest.param("articels", "and the cluster has no such index. It has: articles, ", id="misspelt"),
        pytest.param("articels", "Did you mean 'articles'?", id="misspelt-offers-the-near-one"),
        pytest.param("Articles", "and the cluster has no such index.", id="capital"),
        pytest.param("nothing-*", "and the cluster has no such index.", id="pattern-without-match"),
        pytest.param("articles,nothing", "and the cluster has no such index.", id="one-of-two"),
        pytest.param("articles-empty", "and it is empty. Index the documents first.", id="empty"),
        pytest.param("articles-few", "and it holds 99 documents: a corpus too small to train on.", id="too-small"),
        pytest.param("articles-closed", "index_closed_exception", id="closed"),
        pytest.param("articles-sourceless", "keeps no _source: its texts cannot be read back.", id="without-source"),
        pytest.param("_articles", "invalid_index_name_exception", id="invalid-name"),
    ],
)
def test_check_index_that_cannot_be_exported_says_why(articles: OpenSearch, index: str, message: str) -> None:
    found = refusal(lambda: check_index(articles, index, "text"))

    assert found.startswith(f"index_name is {index!r}, and ")
    assert message in found


@pytest.mark.parametrize(
    ("field", "message"),
    [
        pytest.param("txet", "Fields that hold text: author.name, pages.body, text, title.", id="none"),
        pytest.param("txet", "Did you mean 'text'?", id="offers-the-near-one"),
        pytest.param("year", "which is of type integer in 'articles'. Give a field that holds text: ", id="number"),
        pytest.param("place", "which is of type geo_point", id="place"),
        pytest.param("author", "which is of type object", id="object"),
        pytest.param("pages", "which is of type nested", id="nested"),
        pytest.param("same", "which is of type alias", id="alias"),
        pytest.param("title.keyword", "have no such field", id="multi-field-is-not-in-the-source"),
    ],
)
def test_check_index_field_without_text_offers_others(articles: OpenSearch, field: str, message: str) -> None:
    found = refusal(lambda: check_index(articles, "articles", field))

    assert found.startswith(f"text_field is {field!r}, ")
    assert message in found


def test_check_cluster_without_ml_commons_says_so(articles: OpenSearch, opensearch_url: str) -> None:
    assert "has no ML Commons plugin (no handler found" in refusal(lambda: check_cluster(articles, opensearch_url))


def test_check_cluster_with_ml_commons_gives_the_version(
    ml_commons_url: str, connect: Callable[[str], OpenSearch]
) -> None:
    assert check_cluster(connect(ml_commons_url), ml_commons_url) == "3.4.0"


def test_check_trusted_endpoint_refuses_until_the_request_that_it_gives_was_sent(
    stack: Any, ml_commons_url: str, connect: Callable[[str], OpenSearch]
) -> None:
    client, url = connect(ml_commons_url), "http://10.0.0.1:8080/endpoints/a/invocations"
    before = client.cluster.get_settings(params={"flat_settings": "true"})["persistent"]

    check_trusted_endpoint(client, "https://runtime.sagemaker.us-east-1.amazonaws.com/endpoints/a/invocations")
    body = json.loads(refusal(lambda: check_trusted_endpoint(client, url)).partition("PUT _cluster/settings ")[2])
    client.cluster.put_settings(body=body)

    check_trusted_endpoint(client, url)
    client.cluster.put_settings(body={"persistent": {name: before.get(name) for name in body["persistent"]}})
    assert client.cluster.get_settings(params={"flat_settings": "true"})["persistent"] == before


def test_check_cluster_nothing_listens_says_so(connect: Callable[[str], OpenSearch]) -> None:
    with socket.socket() as reserved:  # bound, so nobody else gets it; not listening
        reserved.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{reserved.getsockname()[1]}"

        message = refusal(lambda: check_cluster(connect(url), url))

    assert message.startswith(f"opensearch_endpoint is {url!r}, and nothing answers there: ")
    assert "Connection refused" in message
    assert "Check scheme, host and port, and that the Airflow workers may reach it." in message


def test_check_cluster_unknown_host_says_so(connect: Callable[[str], OpenSearch]) -> None:
    url = "http://no-such-host.invalid:9200"

    assert "and nothing answers there: " in refusal(lambda: check_cluster(connect(url), url))


def test_check_cluster_https_for_plain_http_says_so(opensearch_url: str, connect: Callable[[str], OpenSearch]) -> None:
    url = opensearch_url.replace("http://", "https://")

    message = refusal(lambda: check_cluster(connect(url), url))

    assert "and TLS fails: " in message
    assert "If the server speaks plain HTTP, begin the URL with http://" in message


class WebServer(BaseHTTPRequestHandler):
    """A server that is not OpenSearch."""

    def do_GET(self) -> None:
        body = b"<html>Welcome</html>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def web_server() -> Iterator[HTTPServer]:
    with HTTPServer(("127.0.0.1", 0), WebServer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_check_cluster_web_page_says_so(web_server: HTTPServer, connect: Callable[[str], OpenSearch]) -> None:
    url = f"http://127.0.0.1:{web_server.server_port}"

    message = refusal(lambda: check_cluster(connect(url), url))

    assert message == f"opensearch_endpoint is {url!r}, and what answers there is not OpenSearch. Check the port."


def test_check_cluster_certificate_of_nobody_says_where_to_give_the_authority(
    web_server: HTTPServer, tmp_path: Path, connect: Callable[[str], OpenSearch]
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path))
    web_server.socket = context.wrap_socket(web_server.socket, server_side=True)
    url = f"https://127.0.0.1:{web_server.server_port}"

    message = refusal(lambda: check_cluster(connect(url), url))

    assert "CERTIFICATE_VERIFY_FAILED" in message
    assert '{"ca_certs": "/path/to/ca.pem"}' in message


def self_signed(folder: Path) -> Path:
    """Key and certificate that nobody vouches for, in one file."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return file
