"""What EnableNetworkIsolation means for the programs that stand for containers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

NO_NETWORK = Path(__file__).with_name("no_network")


def no_network(resource: Mapping[str, Any]) -> list[str]:
    """What a program's PYTHONPATH begins with, so that it reaches nothing but this machine, if that was asked for.

    Args:
        resource: a training job or a model.
    """
    return [str(NO_NETWORK)] if resource.get("EnableNetworkIsolation") else []
