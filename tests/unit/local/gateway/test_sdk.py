"""URLs, as the AWS SDK for Java sends them."""

from __future__ import annotations

import pytest

from local.gateway.errors import OpenSearchError
from local.gateway.java import sdk


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("http://h:9/x", "http://h:9/x"),
        ("HTTP://u:p@H/x#f", "http://H/x"),
        ("http://h/x?model=a/b", "http://h/x?model=a%2Fb"),
        ("http://h/x?q=a%20b&c=d+e&z", "http://h/x?q=a%20b&c=d%20e&z"),
        ("http://h/x?a=b=c", "http://h/x?a=b"),
        ("http://h/x?a=", "http://h/x?a"),
        ("http://h/x?a=1&a=2", "http://h/x?a=1&a=2"),
        ("http://h/x?b=1&a=2&c=3&zeta=4&alpha=5", "http://h/x?zeta=4&a=2&b=1&c=3&alpha=5"),
        ("http://h/x?t=a*b~c(d)!'", "http://h/x?t=a%2Ab~c%28d%29%21%27"),
        ("http://[::1]:9//x//y/", "http://[::1]:9//x//y/"),
    ],
)
def test_sent_url_is_taken_apart_and_put_together(url: str, sent: str) -> None:
    assert sdk.sent(url) == sent


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://h/x", "Protocol must be 'http' or 'https', but was ftp"),
        ("http://h:99999/x", "Port out of range: 99999"),
    ],
)
def test_sent_other_url_is_refused(url: str, reason: str) -> None:
    with pytest.raises(OpenSearchError, match=reason):
        sdk.sent(url)
