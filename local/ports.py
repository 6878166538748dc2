"""Free ports of this machine's loopback address, chosen once and kept."""

from __future__ import annotations

import random
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

HOST = "127.0.0.1"
# Below the range that systems hand to outgoing connections (Linux: from 32768), so that a port stays free between runs.
RANGE = range(20_000, 32_000)


def is_free(port: int) -> bool:
    """Whether a server could listen on this port now."""
    with socket.socket() as probe:
        # As servers do: a connection that lingers in TIME_WAIT does not count, a listener does.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def free_port(taken: Collection[int] = ()) -> int:
    """A free port, at random, that is not one of those taken."""
    for port in random.sample(RANGE, len(RANGE)):
        if port not in taken and is_free(port):
            return port
    raise OSError(f"no free port from {RANGE.start} to {RANGE.stop - 1}")


def assign(names: Iterable[str], known: Mapping[str, int], in_use: Collection[str] = ()) -> dict[str, int]:
    """A port for every name.

    Args:
        names: what needs a port.
        known: the ports of last time; each is kept if it is still free.
        in_use: names whose own service listens on its port right now: kept without looking.
    """
    ports: dict[str, int] = {}
    for name in names:
        port = known.get(name)
        if port is None or port in ports.values() or not (name in in_use or is_free(port)):
            port = free_port({*known.values(), *ports.values()})
        ports[name] = port
    return ports
