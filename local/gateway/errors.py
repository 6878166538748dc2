"""Errors in OpenSearch's words: `{"error": {"root_cause": […], "type", "reason"}, "status"}`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from local.gateway.quirks import REFUSALS

if TYPE_CHECKING:
    from collections.abc import Iterator


class OpenSearchError(Exception):
    """An error answer.

    Args:
        status: HTTP status, also in the body.
        type: OpenSearch's snake-cased exception name.
        reason: its message; None is possible in Java and stays null.
        caused_by: the error's cause as it stands in the body.
        root_cause: what `root_cause` shows where that is not the error itself.
        extra: further fields of the error (`line`, `script_stack`, …).
    """

    def __init__(
        self,
        status: int,
        type: str,
        reason: str | None,
        *,
        caused_by: dict[str, Any] | None = None,
        root_cause: dict[str, Any] | None = None,
        extra: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(reason)
        self.status = status
        self.error = {"type": type, "reason": reason, **(extra or {})}
        self.root_cause = root_cause or self.error
        self.caused_by = caused_by

    def item(self) -> dict[str, Any]:
        """The error as one item of `_bulk` shows it, without root cause and status."""
        cause = {"caused_by": self.caused_by} if self.caused_by else {}
        return {**self.error, **cause}

    def body(self) -> dict[str, Any]:
        """The whole answer."""
        return {"error": {"root_cause": [self.root_cause], **self.item()}, "status": self.status}


class UpstreamError(OpenSearchError):
    """An error that the server behind the gateway answered; passed on with body and status as they came."""

    def __init__(self, status: int, answer: dict[str, Any]) -> None:
        error = answer.get("error")
        if not isinstance(error, dict):
            error = {"type": "exception", "reason": str(error)}
        super().__init__(status, str(error.get("type")), error.get("reason"))
        self.answer = answer
        roots = error.get("root_cause") or [error]
        self.cause = {key: value for key, value in error.items() if key != "root_cause"}
        self.root_cause = roots[0]

    def item(self) -> dict[str, Any]:
        """The server's error without its root causes."""
        return self.cause

    def body(self) -> dict[str, Any]:
        """The server's answer, unchanged."""
        return self.answer


def refuse(
    name: str, /, *, status: int | None = None, caused_by: dict[str, Any] | None = None, **values: Any
) -> OpenSearchError:
    """The error called `name` in `quirks.REFUSALS`, to be raised.

    Args:
        name: a key of the table.
        status: instead of the table's, where the remote model decides it.
        caused_by: the cause to show.
        values: what the reason's placeholders stand for.
    """
    refusal = REFUSALS[name]
    status = refusal.status if status is None else status
    reason = refusal.reason.format(status=status, **values)
    return OpenSearchError(status, refusal.type, reason, caused_by=caused_by)


@contextmanager
def reworded() -> Iterator[None]:
    """Answer 400 where a value of the wrong kind would be 500: what the plugin does in updates, and only there."""
    try:
        yield
    except OpenSearchError as error:
        if error.error["type"] != "illegal_state_exception":
            raise
        raise OpenSearchError(400, "parse_exception", error.error["reason"]) from error


def with_status(error: OpenSearchError, status: int) -> OpenSearchError:
    """The same error under another status."""
    if not isinstance(error, UpstreamError):
        extra = {name: value for name, value in error.error.items() if name not in ("type", "reason")}
        return OpenSearchError(
            status, error.error["type"], error.error["reason"], caused_by=error.caused_by, extra=extra
        )
    return UpstreamError(status, {**error.answer, "status": status})
