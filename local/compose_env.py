"""`python3 -m local.compose_env`: write `.env` for docker-compose.yaml, with passwords that nobody has chosen."""

from __future__ import annotations

import base64
import logging
import secrets
import sys
from typing import TYPE_CHECKING

from local import PROJECT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

log = logging.getLogger(__name__)

FILE = PROJECT / ".env"
MADE: dict[str, Callable[[], str]] = {
    "FERNET_KEY": lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    "API_SECRET_KEY": lambda: secrets.token_urlsafe(64),
    "JWT_SECRET": lambda: secrets.token_urlsafe(64),
    "POSTGRES_PASSWORD": lambda: secrets.token_hex(24),
    "REDIS_PASSWORD": lambda: secrets.token_hex(24),
    # OpenSearch wants an upper and a lower case letter, a digit and a special character.
    "OPENSEARCH_PASSWORD": lambda: f"Aa1_{secrets.token_hex(20)}",
    "STAND_IN_SECRET": lambda: secrets.token_hex(24),
}
"""Each name of docker-compose.yaml, and how its value is made; hexadecimal where it stands in an address."""


def write_env(file: Path) -> bool:
    """Write all names with new values, for our own eyes only; False if the file is there, which is then left alone."""
    if file.exists():
        return False
    file.touch(mode=0o600)
    file.write_text("".join(f"{name}={make()}\n" for name, make in MADE.items()), "utf-8")
    return True


def main() -> int:
    """Write it, and say so."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    log.info(
        "%s %s", FILE, "written" if write_env(FILE) else "is there already; delete it (and the volumes) for another"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
