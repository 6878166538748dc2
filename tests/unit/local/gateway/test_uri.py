"""URIs, as Java sees them."""

from __future__ import annotations

import pytest

from local.gateway.java import uri


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("http://127.0.0.1:9399/embed", True),
        ("https://runtime.sagemaker.us-east-1.amazonaws.com/endpoints/e/invocations", True),
        ("http://[::1]/x", True),
        ("http://user:pass@host:1/x?a=[b]#c", True),
        ("http://my_host:80/x", False),
        ("http://300.1.1.1/x", False),
        ("http://a:b/", False),
        ("localhost:9/x", False),
        ("/x", False),
        ("", False),
    ],
)
def test_has_host_only_proper_names_and_addresses_count(text: str, answer: bool) -> None:
    uri.check(text)
    assert uri.has_host(text) is answer


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("http://${parameters.endpoint}/embed", "Illegal character in authority at index 7"),
        ("not a url", "Illegal character in path at index 3"),
        ("http://a/b?x={y}", "Illegal character in query at index 13"),
        ("http://h/x#f g", "Illegal character in fragment at index 12"),
        ("http://", "Expected authority at index 7"),
        ("127.0.0.1:9399/embed", "Illegal character in scheme name at index 0"),
        ("a:", "Expected scheme-specific part at index 2"),
        ("mailto:a b", "Illegal character in opaque part at index 8"),
        ("http://a/%zz", "Malformed escape pair at index 9"),
    ],
)
def test_check_wrong_uri_is_refused_with_its_place(text: str, reason: str) -> None:
    with pytest.raises(uri.UriSyntaxError) as refused:
        uri.check(text)
    assert str(refused.value) == f"{reason}: {text}"
