from __future__ import annotations

import json
import logging
import re
from typing import TYPE_CHECKING, Any

import pytest

from include.errors import TerminalError
from include.preflight.trust import PRIVATE_ADDRESSES, TRUSTED_ENDPOINTS, check_trusted_endpoint

if TYPE_CHECKING:
    from collections.abc import Callable

# What OpenSearch 3.4.0 trusts by itself, and where endpoints answer.
DEFAULT = [
    r"^https://runtime\.sagemaker\..*[a-z0-9-]\.amazonaws\.com/.*$",
    r"^https://api\.openai\.com/.*$",
    r"^https://textract\..*[a-z0-9-]\.amazonaws\.com$",
]
ENDPOINT = "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/model-run/invocations"


def refusal(client: Any, url: str) -> tuple[str, Any]:
    """The message, and the body of the request that it ends with."""
    with pytest.raises(TerminalError) as caught:
        check_trusted_endpoint(client, url)
    message = str(caught.value)
    return message, json.loads(message.partition("PUT _cluster/settings ")[2])


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
    ("levels", "kept"),
    [
        pytest.param({"defaults": DEFAULT[1:]}, DEFAULT[1:], id="others-trusted"),
        pytest.param({"defaults": DEFAULT, "persistent": []}, [], id="nothing-trusted"),
        pytest.param({"defaults": ["https://runtime"]}, ["https://runtime"], id="only-its-beginning"),
        pytest.param({"persistent": ["^http://x$"], "transient": ["^http://y$"]}, ["^http://y$"], id="transient-first"),
    ],
)
def test_check_trusted_endpoint_refused_gives_the_request_that_allows_it(
    make_client: Callable[..., Any], levels: Any, kept: list[str]
) -> None:
    message, request = refusal(make_client(settings(**levels)), ENDPOINT)

    assert message.startswith(f"The cluster does not let connectors call {ENDPOINT!r}.")
    own, *others = request["persistent"][TRUSTED_ENDPOINTS]
    assert re.fullmatch(own, ENDPOINT)
    assert others == kept


@pytest.mark.parametrize(
    ("url", "setting", "needed"),
    [
        pytest.param("http://10.0.0.1:80/endpoints/a/invocations", "false", True, id="private-and-refused"),
        pytest.param("http://127.0.0.1:80/endpoints/a/invocations", "false", True, id="this-machine"),
        pytest.param("http://10.0.0.1:80/endpoints/a/invocations", "true", False, id="private-and-allowed"),
        pytest.param("http://8.8.8.8:80/endpoints/a/invocations", "false", False, id="public"),
        pytest.param("http://10.0.0.1:80/endpoints/a/invocations", None, False, id="an-older-version-has-none"),
    ],
)
def test_check_trusted_endpoint_private_address_is_allowed_by_its_own_setting(
    make_client: Callable[..., Any], url: str, setting: str | None, needed: bool
) -> None:
    answers = settings(defaults=["^.*$"])
    answers["GET /_cluster/settings"][1]["defaults"][PRIVATE_ADDRESSES] = setting

    if needed:
        assert refusal(make_client(answers), url)[1] == {"persistent": {PRIVATE_ADDRESSES: True}}
    else:
        check_trusted_endpoint(make_client(answers), url)


def test_check_trusted_endpoint_unreadable_settings_pass(
    make_client: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    check_trusted_endpoint(make_client({"GET /_cluster/settings": (403, {"error": "no"})}), ENDPOINT)

    assert "trusted endpoints are not checked" in caplog.text
