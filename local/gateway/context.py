"""What the resources of the gateway share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.gateway.credentials import Credentials
from local.gateway.node import Node
from local.gateway.settings import Settings
from local.gateway.store import Store
from local.gateway.upstream import Upstream

if TYPE_CHECKING:
    from typing import Self


@dataclass(frozen=True)
class Context:
    """The server behind the gateway, what is stored in it, and what this node remembers."""

    upstream: Upstream
    store: Store
    settings: Settings
    credentials: Credentials
    node: Node

    @classmethod
    def of(cls, url: str) -> Self:
        """The context of the OpenSearch at `url`; losing that server empties the node's memory."""
        upstream = Upstream(url)
        store, settings, node = Store(upstream), Settings(upstream), Node(upstream)

        def restart() -> None:
            node.forget()
            settings.forget()

        upstream.on_lost = restart
        return cls(upstream, store, settings, Credentials(store), node)
