"""What the cluster can do: whether it highlights in batches by itself, how that is asked for, and whether it may."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.errors import TerminalError

if TYPE_CHECKING:
    from opensearchpy import OpenSearch

FACTORIES = "cluster.search.enabled_system_generated_factories"
FACTORY = "semantic-highlighter"
FIRST_SEMANTIC, FIRST_BATCH, FIRST_EXT = (3, 0), (3, 3), (3, 7)


@dataclass(frozen=True)
class Server:
    """What a version highlights with.

    Attributes:
        version: as the cluster says it.
        batch: `ext`, `batch_inference`, or `none` where the server has no batch mode of its own.
    """

    version: str
    batch: str

    def switch_on(self, body: dict[str, Any], batch_size: int) -> dict[str, Any]:
        """A search with `highlight.options` as one that highlights in batches."""
        highlight = body["highlight"]
        if self.batch == "ext":
            options = {**highlight["options"], "max_inference_batch_size": batch_size}
            asked = {"ext": {**body.get("ext", {}), "semantic_highlighting_batch": True}}
        else:
            options = {**highlight["options"], "batch_inference": True, "max_batch_size": batch_size}
            asked = {}
        return {**body, "highlight": {**highlight, "options": options}, **asked}


def server_of(version: str) -> Server:
    """How a version is asked for batches.

    Raises:
        TerminalError: it has no semantic highlighting.
    """
    found = re.match(r"(\d+)\.(\d+)", version)
    number = (int(found[1]), int(found[2])) if found else (0, 0)
    if number < FIRST_SEMANTIC:
        raise TerminalError(
            f"The cluster is OpenSearch {version}. Semantic highlighting begins with 3.0, in batches with "
            "3.3. Upgrade it."
        )
    if number < FIRST_BATCH:
        return Server(version, "none")
    return Server(version, "ext" if number >= FIRST_EXT else "batch_inference")


def check_factory(client: OpenSearch) -> None:
    """Nothing, if the cluster lets searches highlight in batches.

    Raises:
        TerminalError: the cluster setting does not; with the request that changes it.
    """
    settings = client.cluster.get_settings(params={"flat_settings": "true", "include_defaults": "true"})
    found: Any = next((settings[level][FACTORIES] for level in _LEVELS if FACTORIES in settings.get(level, {})), [])
    names = [found] if isinstance(found, str) else list(found)
    if {FACTORY, "*"} & set(names):
        return
    body = json.dumps({"persistent": {FACTORIES: [*names, FACTORY]}})
    raise TerminalError(
        f"The cluster setting {FACTORIES} is {names}: searches may not highlight in batches. Valid: a list with "
        f"'{FACTORY}' or '*'. Send PUT /_cluster/settings {body}, or leave 'search' out of paths."
    )


_LEVELS = ("transient", "persistent", "defaults")
