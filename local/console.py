"""What the user sees: the only place that prints."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from local.supervisor import Progress

STYLES = {"healthy": "green", "done": "green", "preparing": "yellow", "starting": "yellow", "stopping": "yellow"}


def say(text: str = "") -> None:
    """A line on standard output, at once."""
    print(text, flush=True)


def complain(text: str) -> None:
    """A line on standard error."""
    print(text, file=sys.stderr, flush=True)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Rows in columns as wide as they must be."""
    lines = [tuple(head), *map(tuple, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def progress_line(progress: Progress, width: int = 0) -> str:
    """One service: its name, how far it is, the seconds that took, and what else there is to say."""
    return f"{progress.name:<{width}}  {progress.phase:<9} {progress.seconds:5.1f} s  {progress.detail}".rstrip()


@contextlib.contextmanager
def board() -> Iterator[Callable[[Sequence[Progress]], None]]:
    """Show services on their way: one live line each in a terminal, else a line whenever one gets further."""
    console = Console()
    if console.is_terminal:
        with Live(console=console, refresh_per_second=5) as live:
            yield lambda services: live.update(_live(services))
    else:
        yield _Lines().show


def _live(services: Sequence[Progress]) -> Text:
    width = max((len(it.name) for it in services), default=0)
    lines = [Text(progress_line(it, width), STYLES.get(it.phase, "dim")) for it in services]
    return Text("\n", no_wrap=True, overflow="ellipsis").join(lines)


class _Lines:
    """Where lines cannot be rewritten: one when a service gets to work on something long, one when it is there."""

    def __init__(self) -> None:
        self.shown: set[tuple[str, str]] = set()

    def show(self, services: Sequence[Progress]) -> None:
        width = max((len(it.name) for it in services), default=0)
        for it in services:
            worth_a_line = it.phase in ("healthy", "done", "stopped") or (it.phase == "preparing" and it.detail)
            if worth_a_line and (it.name, it.phase) not in self.shown:
                self.shown.add((it.name, it.phase))
                say(progress_line(it, width))
