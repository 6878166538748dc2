"""Where requests may go: nobody who triggers a run can send the connection's login elsewhere."""

from __future__ import annotations

import pytest

from include.cluster_url import Allowed, checked_endpoint, domain_region, listed_endpoints, own_url
from include.errors import TerminalError

DOMAIN = "https://search-articles-abc123.eu-west-1.es.amazonaws.com"
OWN = Allowed("search", own="https://search:9200", has_login=True)
NOTHING = Allowed("search")


def refusal(endpoint: str, allowed: Allowed) -> str:
    with pytest.raises(TerminalError) as caught:
        checked_endpoint(endpoint, allowed)
    return str(caught.value)


@pytest.mark.parametrize(
    ("endpoint", "allowed"),
    [
        pytest.param("https://search:9200", OWN, id="own-host"),
        pytest.param("https://SEARCH:9200/", OWN, id="own-host-written-otherwise"),
        pytest.param("https://search:443", Allowed("c", own="https://search"), id="port-of-the-scheme"),
        pytest.param("https://b:1", Allowed("c", own="https://a", listed=("https://b:1",)), id="listed"),
        pytest.param("http://127.0.0.1:9200", Allowed("c", listed=("http://127.0.0.1:9200",)), id="listed-loopback"),
        pytest.param(DOMAIN, NOTHING, id="domain-with-a-connection-that-says-nothing"),
    ],
)
def test_endpoint_that_an_administrator_allows_is_taken(endpoint: str, allowed: Allowed) -> None:
    assert checked_endpoint(endpoint, allowed) == endpoint.rstrip("/")


@pytest.mark.parametrize(
    ("endpoint", "allowed"),
    [
        pytest.param("https://evil.example:9200", OWN, id="another-host"),
        pytest.param("https://search:9201", OWN, id="another-port"),
        pytest.param("http://search:9200", OWN, id="no-tls-any-more"),
        pytest.param("https://search.evil.example:9200", OWN, id="host-as-prefix"),
        pytest.param("https://evil.example/?https://search:9200", OWN, id="own-host-in-the-query"),
        pytest.param(DOMAIN, OWN, id="domain-but-the-connection-has-a-host"),
        pytest.param(DOMAIN, Allowed("c", has_login=True), id="domain-but-the-connection-has-a-login"),
        pytest.param(DOMAIN, Allowed("c", listed=("https://b",)), id="domain-that-is-not-listed"),
        pytest.param(DOMAIN.replace("https", "http"), NOTHING, id="domain-without-tls"),
        pytest.param("https://search:9200", NOTHING, id="any-host-with-a-connection-that-says-nothing"),
        pytest.param(f"{DOMAIN}.evil.example", NOTHING, id="domain-as-prefix"),
    ],
)
def test_endpoint_that_nobody_allowed_is_refused(endpoint: str, allowed: Allowed) -> None:
    assert refusal(endpoint, allowed).startswith("opensearch_endpoint is ")


def test_refusal_says_what_is_valid_and_what_to_add() -> None:
    allowed = Allowed("search", own="https://search:9200", listed=("https://other",))

    assert refusal("https://third", allowed) == (
        "opensearch_endpoint is 'https://third', and the Airflow connection 'search' does not allow requests, or its "
        "login and password, to go there. Valid: https://search:9200 and https://other, or empty. To allow it, have an "
        'administrator add to the extra of that connection: {"allowed_endpoints": ["https://third"]}'
    )


@pytest.mark.parametrize(
    "url",
    [
        "https://user:password@search:9200",
        "https://evil.example\\@search:9200",
        "https://search:9200/path",
        "ftp://search:9200",
        "https://search:port",
        "https://",
    ],
)
def test_what_is_no_plain_url_is_refused(url: str) -> None:
    assert "Valid: https://host:port, without user, password and path." in refusal(url, OWN)


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "169.254.170.2",
        "2852039166",
        "0xA9FEA9FE",
        "0251.0376.0251.0376",
        "[fd00:ec2::254]",
        "[::ffff:169.254.169.254]",
        "[fe80::1]",
    ],
)
def test_metadata_address_is_refused_even_if_listed(host: str) -> None:
    url = f"http://{host}:80"

    assert "link-local addresses" in refusal(url, Allowed("search", own=url, listed=(url,)))
    with pytest.raises(TerminalError, match="link-local addresses"):
        own_url(url, None, None)


@pytest.mark.parametrize("given", ["https://search", [1], ["search:9200"], ["https://user@search"], {"a": 1}])
def test_listed_endpoints_that_are_no_urls_say_so(given: object) -> None:
    with pytest.raises(TerminalError, match="allowed_endpoints in the extra of the Airflow connection 'search'"):
        listed_endpoints("search", {"allowed_endpoints": given})


@pytest.mark.parametrize(
    ("url", "region"),
    [
        pytest.param("https://search-a-b.aos.eu-west-1.on.aws", "eu-west-1", id="dual-stack"),
        pytest.param("https://search-a-b.cn-north-1.es.amazonaws.com.cn", "cn-north-1", id="china"),
        pytest.param("https://es.amazonaws.com.evil.example", None, id="elsewhere"),
    ],
)
def test_domain_region_is_in_its_host(url: str, region: str | None) -> None:
    assert domain_region(url) == region
