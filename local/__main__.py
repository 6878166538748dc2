"""`python -m local`: start, look at and stop the local stack."""

from __future__ import annotations

import argparse
import logging
import os
import shlex
import sys
import time
from typing import TYPE_CHECKING

import psutil

from local import LocalError, stack
from local.console import board, complain, say, table
from local.gateway.highlight.rules import DEFAULT, RULES, VARIABLE
from local.opensearch.download import MIRROR
from local.opensearch.java import OLDEST
from local.opensearch.server import HEAP
from local.processes import pause
from local.services import GROUPS, NAMES
from local.startup import last_lines

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from local.stack import Status

INTERRUPTED = 130
EPILOG = f"""\
services  {", ".join(NAMES)}
groups    {", ".join(GROUPS)}

environment
  LOCAL_DIR               everything the stack makes lies in it (.local in the project)
  LOCAL_CACHE             downloads, may be shared by stacks ($LOCAL_DIR/cache)
  OPENSEARCH_URL          https://user:password@host:port of another OpenSearch, used in place of a local one
  LOCAL_EXECUTOR          of Airflow: local (the default), or celery (run with .venv-celery/bin/python)
  JAVA_HOME               the Java runtime of OpenSearch, {OLDEST} or newer (else the newest that is found)
  {HEAP:<22}  heap of OpenSearch (512m)
  {MIRROR:<22}  address of a mirror of Maven Central
  {VARIABLE:<22}  OpenSearch whose semantic highlighting the gateway has: {" or ".join(RULES)} ({DEFAULT})
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 0, or 1 with the reason on standard error."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except LocalError as error:
        complain(f"error: {error}")
        return 1
    except BrokenPipeError:  # the reader of a pipe, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except psutil.AccessDenied as error:
        complain(f"error: process {error.pid} belongs to another user; do this as the one who started the stack")
        return 1
    except OSError as error:
        complain(f"error: {error}. The stack lives in {stack.local_directory()}; set LOCAL_DIR for another place.")
        return 1
    except KeyboardInterrupt:
        complain("interrupted; what was started runs on: `python -m local status` lists it, `down` stops it")
        return INTERRUPTED
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local",
        description="The local stack: OpenSearch, the ML Commons gateway, the AWS stand-in, and Airflow.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    up = commands.add_parser("up", help="start services and wait until they are healthy (all but Airflow)")
    up.add_argument("services", nargs="*", metavar="SERVICE", help="with all they need; `airflow` for all of Airflow")
    up.set_defaults(run=_up)

    down = commands.add_parser("down", help="stop what was started here")
    down.add_argument("services", nargs="*", metavar="SERVICE")
    down.add_argument("--purge", action="store_true", help="delete the data too; downloads stay")
    down.set_defaults(run=_down)

    commands.add_parser("status", help="show every service").set_defaults(run=_status)

    logs = commands.add_parser("logs", help="show the end of a service's log")
    logs.add_argument("service", metavar="SERVICE")
    logs.add_argument("-f", "--follow", action="store_true", help="go on until Ctrl-C")
    logs.add_argument("-n", "--lines", type=int, default=50, metavar="N", help="that many lines (50)")
    logs.set_defaults(run=_logs)

    commands.add_parser("env", help='print the variables of the stack: eval "$(python -m local env)"').set_defaults(
        run=_env
    )
    return parser


def _up(options: argparse.Namespace) -> None:
    began = time.monotonic()
    with board() as watch:
        stack.up(options.services, watch)
    seconds = time.monotonic() - began
    addresses = [(it.name, it.record.url) for it in stack.status() if it.record and it.record.url]
    say(f"Up after {seconds:.1f} s:")
    say(table(("", ""), [(f"  {name}", url) for name, url in addresses]).lstrip("\n"))


def _down(options: argparse.Namespace) -> None:
    if options.purge and options.services:
        raise LocalError("--purge deletes the data of all services; give it no names.")
    with board() as watch:
        stopped = stack.down(options.services, watch, purge=options.purge)
    say(f"Stopped: {', '.join(it.name for it in stopped)}." if stopped else "Nothing was running.")


def _status(options: argparse.Namespace) -> None:
    head = ("service", "state", "pid", "port", "RSS MiB", "PSS MiB", "since", "log")
    say(table(head, [_row(it) for it in stack.status()]))


def _row(status: Status) -> tuple[str, ...]:
    record = status.record
    if not record:
        return (status.name, status.state, "", "", "", "", "", "")
    return (
        status.name,
        status.state,
        str(record.identity.pid),
        record.url.rpartition(":")[2],
        f"{status.rss_mib:.0f}",
        f"{status.pss_mib:.0f}",
        time.strftime("%H:%M:%S", time.localtime(record.started)),
        record.log,
    )


def _logs(options: argparse.Namespace) -> None:
    log = stack.log_of(options.service)
    say(last_lines(log, options.lines))
    if options.follow:
        _follow(log)


def _follow(log: Path) -> None:
    with log.open("r", encoding="utf-8", errors="replace") as lines:
        lines.seek(0, 2)
        while True:
            if line := lines.readline():
                say(line.rstrip("\n"))
            else:
                pause()


def _env(options: argparse.Namespace) -> None:
    for key, value in stack.environment().items():
        say(f"export {key}={shlex.quote(value)}")


if __name__ == "__main__":
    sys.exit(main())
