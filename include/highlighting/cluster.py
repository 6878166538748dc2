"""What the cluster can do: its version, and the setting that batches on the server need."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.highlighting.errors import ServerSideError

if TYPE_CHECKING:
    from collections.abc import Collection

    from opensearchpy import OpenSearch

FACTORIES = "cluster.search.enabled_system_generated_factories"
FACTORY = "semantic-highlighter"
OLDEST = (3, 0)
# What a cluster in compatibility mode says of itself.
COMPATIBILITY = "7.10."
BATCHES = (3, 3)
BATCHES_BY_REQUEST = (3, 7)
_LEVELS = ("transient", "persistent", "defaults")


@dataclass(frozen=True, order=True)
class Version:
    """Of OpenSearch."""

    major: int
    minor: int


def read_version(client: OpenSearch, given: str | None = None) -> Version:
    """The cluster's version.

    Args:
        client: of the cluster.
        given: what it is, where the cluster itself hides it (compatibility mode of Amazon OpenSearch Service).

    Raises:
        ServerSideError: it is no version, or older than 3.0.
    """
    number = given or str(client.info().get("version", {}).get("number"))
    found = re.match(r"(\d+)\.(\d+)", number)
    version = Version(int(found[1]), int(found[2])) if found else None
    is_hidden = given is None and number.startswith(COMPATIBILITY)
    if version is None or is_hidden or (version.major, version.minor) < OLDEST:
        raise ServerSideError(
            f"The cluster says that its version is {number!r}. Valid: OpenSearch 3.0 or later. "
            "If it is, and hides it, give server_version='3.…' to SemanticHighlighter."
        )
    return version


def check_factories(client: OpenSearch) -> None:
    """See to it that the server may highlight batches.

    Raises:
        ServerSideError: the cluster setting is off.
    """
    names = enabled_factories(client)
    if not highlights_batches(names):
        raise ServerSideError(
            f"The cluster setting {FACTORIES} is {names}: the server does not highlight batches. Valid: a list with "
            f"{FACTORY!r} or '*'. Send {request_to_enable(names)}, or leave out server_side."
        )


def enabled_factories(client: OpenSearch) -> list[str]:
    """The processors that the cluster may add to a search by itself: a transient setting before a persistent one."""
    settings = client.cluster.get_settings(params={"flat_settings": "true", "include_defaults": "true"})
    value: Any = next((settings[level][FACTORIES] for level in _LEVELS if FACTORIES in settings.get(level, {})), [])
    names = value if isinstance(value, list) else [name.strip(' "[]') for name in str(value).split(",")]
    return [name for name in names if name]


def highlights_batches(names: Collection[str]) -> bool:
    """Whether these processors include the one that highlights in batches."""
    return bool({FACTORY, "*"} & set(names))


def request_to_enable(names: list[str]) -> str:
    """The request that adds the processor to these."""
    return f"PUT /_cluster/settings {json.dumps({'persistent': {FACTORIES: [*names, FACTORY]}})}"
