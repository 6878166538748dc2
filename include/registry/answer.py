"""What OpenSearch answers, where it must hold something."""

from __future__ import annotations

from typing import Any

from include.errors import TerminalError

TOLD = ("status", "task_id", "error", "message")


def member(answer: Any, *path: str | int) -> Any:
    """What stands at a path in an answer.

    Example:
        >>> member({"hits": {"hits": [1]}}, "hits", "hits", 0)
        1

    Raises:
        TerminalError: it is not there.
    """
    found = answer
    for step in path:
        try:
            found = found[step]
        except (KeyError, IndexError, TypeError) as error:
            wanted = ".".join(map(str, path))
            raise TerminalError(
                f"OpenSearch answers {_told(answer)} without {wanted}. The cluster's log may say why; a proxy before "
                "it, or a version of ML Commons below 3.1, answers otherwise too."
            ) from error
    return found


def _told(answer: Any) -> str:
    """What may be told of an answer: its names, and the values that hold no document."""
    if not isinstance(answer, dict):
        return type(answer).__name__
    told = ", ".join(f"{name}: {value}" if name in TOLD else name for name, value in answer.items())
    return f"{{{told:.300}}}"
