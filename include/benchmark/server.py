"""What the cluster can do: whether it highlights in batches by itself, how that is asked for, and whether it may."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.errors import TerminalError
from include.highlighting.cluster import (
    BATCHES,
    BATCHES_BY_REQUEST,
    FACTORIES,
    FACTORY,
    OLDEST,
    enabled_factories,
    highlights_batches,
    request_to_enable,
)

if TYPE_CHECKING:
    from opensearchpy import OpenSearch


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
    if number < OLDEST:
        raise TerminalError(
            f"The cluster is OpenSearch {version}. Semantic highlighting begins with 3.0, in batches with "
            "3.3. Upgrade it."
        )
    if number < BATCHES:
        return Server(version, "none")
    return Server(version, "ext" if number >= BATCHES_BY_REQUEST else "batch_inference")


def check_factory(client: OpenSearch) -> None:
    """Nothing, if the cluster lets searches highlight in batches.

    Raises:
        TerminalError: the cluster setting does not; with the request that changes it.
    """
    names = enabled_factories(client)
    if not highlights_batches(names):
        raise TerminalError(
            f"The cluster setting {FACTORIES} is {names}: searches may not highlight in batches. Valid: a list with "
            f"'{FACTORY}' or '*'. Send {request_to_enable(names)}, or leave 'search' out of paths."
        )
