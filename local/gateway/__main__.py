"""`python -m local.gateway --port P --opensearch URL --node-cache DIR`: serve the gateway on loopback."""

from __future__ import annotations

import argparse
import fcntl
import logging
import os
import sys
from pathlib import Path
from typing import IO

import uvicorn

from local.gateway.app import Gateway
from local.gateway.highlight.rules import DEFAULT, RULES, VARIABLE

LOCK = "gateway.lock"
KEEP_ALIVE_SECONDS = 75


def main(arguments: list[str] | None = None) -> None:
    """Serve until told to stop.

    Raises:
        SystemExit: another gateway holds the node's folder.
    """
    options = _options(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    with _locked(options.node_cache):
        uvicorn.run(
            Gateway(options.opensearch, RULES[options.behaviour]),
            host="127.0.0.1",
            port=options.port,
            access_log=False,
            log_level="warning",
            server_header=False,
            date_header=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
        )


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.gateway", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1 to serve on")
    parser.add_argument("--opensearch", required=True, help="URL of the OpenSearch behind, http://127.0.0.1:9200")
    parser.add_argument("--node-cache", type=Path, required=True, help="folder of this node; one gateway at a time")
    parser.add_argument(
        "--behaviour",
        choices=RULES,
        default=os.environ.get(VARIABLE) or DEFAULT,
        help=f"version whose semantic highlighting this is (${VARIABLE} or {DEFAULT}; only {DEFAULT} was recorded)",
    )
    options = parser.parse_args(arguments)
    if options.behaviour not in RULES:
        parser.error(f"{VARIABLE} is '{options.behaviour}'. Valid values: {', '.join(RULES)}.")
    return options


def _locked(folder: Path) -> IO[str]:
    """A lock on the node's folder: two gateways would disagree about which models are deployed."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = (folder / LOCK).open("w", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(f"{folder / LOCK} is held by another gateway. Stop that one, or name another --node-cache.")
    return lock


if __name__ == "__main__":
    main()
