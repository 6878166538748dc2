"""May the cluster's connectors call the endpoint?"""

from __future__ import annotations

import ipaddress
import json
import logging
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from include.errors import TerminalError

if TYPE_CHECKING:
    from opensearchpy import OpenSearch

log = logging.getLogger(__name__)

TRUSTED_ENDPOINTS = "plugins.ml_commons.trusted_connector_endpoints_regex"
PRIVATE_ADDRESSES = "plugins.ml_commons.connector.private_ip_enabled"


def check_trusted_endpoint(client: OpenSearch, url: str) -> None:
    """Nothing, if connectors may call the URL, or if the settings may not be read.

    Raises:
        TerminalError: the cluster's settings do not allow it; the message is the request that makes them.
    """
    from opensearchpy.exceptions import TransportError

    try:
        answer = client.cluster.get_settings(params={"include_defaults": "true", "flat_settings": "true"})
    except TransportError as error:
        log.info("The cluster's settings may not be read (%s): trusted endpoints are not checked.", error.status_code)
        return
    needed = {**_trust_needed(answer, url), **_private_address_needed(answer, url)}
    if needed:
        raise TerminalError(
            f"The cluster does not let connectors call {url!r}. Have an administrator send it: "
            f"PUT _cluster/settings {json.dumps({'persistent': needed})}"
        )


def _trust_needed(settings: dict[str, Any], url: str) -> dict[str, Any]:
    trusted = _value(settings, TRUSTED_ENDPOINTS)
    if trusted is None or any(_matches(expression, url) for expression in trusted):
        return {}
    parts = urlsplit(url)
    own = f"^{re.escape(f'{parts.scheme}://{parts.netloc}')}/endpoints/.*$"
    return {TRUSTED_ENDPOINTS: [own, *trusted]}  # the setting is replaced as a whole


def _private_address_needed(settings: dict[str, Any], url: str) -> dict[str, Any]:
    """Only what can be seen from here: how a name resolves inside the cluster cannot."""
    try:
        private = ipaddress.ip_address(urlsplit(url).hostname or "").is_private
    except ValueError:
        private = False
    refused = str(_value(settings, PRIVATE_ADDRESSES)).lower() == "false"
    return {PRIVATE_ADDRESSES: True} if private and refused else {}


def _value(settings: dict[str, Any], name: str) -> Any:
    """Of the level that counts; None if the cluster does not show it."""
    levels = (settings.get(level, {}).get(name) for level in ("transient", "persistent", "defaults"))
    return next((value for value in levels if value is not None), None)


def _matches(expression: str, url: str) -> bool:
    """As ML Commons matches: the whole URL. What only Java can read is given the benefit of the doubt."""
    try:
        return re.fullmatch(expression, url) is not None
    except re.error:
        return True
