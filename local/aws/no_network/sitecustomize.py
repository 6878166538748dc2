"""EnableNetworkIsolation, as far as Python can do it: no connection and no look-up of a name but of this machine.

SageMaker takes the container's network away. Here an audit hook, which cannot be taken off again, refuses what Python's
sockets do; a program that is not Python, or a library with sockets of its own in C, would not be stopped by it.
It lies alone in its folder, which PYTHONPATH names: Python imports a `sitecustomize` before anything else runs.
"""

from __future__ import annotations

import sys

# Which of an event's arguments says where to.
ADDRESSES = {"socket.connect": 1, "socket.sendto": 1, "socket.sendmsg": 1}
NAMES = {"socket.getaddrinfo": 0, "socket.gethostbyname": 0, "socket.gethostbyaddr": 0}


def refuse(event: str, arguments: tuple[object, ...]) -> None:
    """Raises for what leads away from this machine.

    Raises:
        OSError: as if there were no network.
    """
    if event in ADDRESSES:
        place = arguments[ADDRESSES[event]]
        here = not isinstance(place, tuple) or is_here(place[0])  # else it is a path, of a UNIX socket
    elif event in NAMES:
        place = arguments[NAMES[event]]
        here = is_here(place)
    else:
        return
    if not here:
        raise OSError(101, f"AWS stand-in: no network (EnableNetworkIsolation) for {event} to {place!r}")


def is_here(host: object) -> bool:
    """Whether a host is this machine."""
    name = host.decode() if isinstance(host, bytes) else str(host or "")
    return name in ("", "localhost", "::1") or name.startswith("127.")


sys.addaudithook(refuse)
