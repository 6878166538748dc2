"""Errors of highlighting; their message says what was received, what is valid and what to do.

HighlightingError
├── InvalidHighlightError    the search or the request for highlights is wrong
│   └── NoQuestionError      nothing says what to look for
└── ServerSideError          the cluster cannot do what `server_side` or this client asks of it

`ModelCallError`, `SpanError` and `OutOfTimeError` never leave the package: they become failures of the result.
"""

from __future__ import annotations

from enum import Enum

from include.errors import FinetuneError, TerminalError


class HighlightingError(TerminalError):
    """Base of what `SemanticHighlighter` raises on purpose; a model that fails is no error, but told in the result."""


class InvalidHighlightError(HighlightingError):
    """The body, an item or an option is wrong."""


class NoQuestionError(InvalidHighlightError):
    """Neither the query, nor `highlight_query`, nor `question=` says what to look for."""


class ServerSideError(HighlightingError):
    """The cluster is too old, or not set up for what was asked."""


class Fault(Enum):
    """What a failed call says about trying otherwise."""

    FATAL = "the model cannot be called at all: unknown, disabled, not allowed"
    THROTTLED = "too many calls: the same one may succeed later"
    TOO_LARGE = "the batch is over the model's limits"
    NO_BATCH = "the model or its connector does not take batches"
    TIMEOUT = "no answer in time"
    OTHER = "anything else: one of the texts may be to blame"


class ModelCallError(FinetuneError):
    """A call of the model failed.

    Attributes:
        fault: what it says about trying otherwise.
        status: HTTP status of the answer, None without one.
    """

    def __init__(self, reason: str, fault: Fault = Fault.OTHER, status: int | None = None) -> None:
        super().__init__(reason)
        self.fault = fault
        self.status = status


class SpanError(FinetuneError):
    """Spans that cannot be those of the text they were given for."""


class OutOfTimeError(FinetuneError):
    """The request's time is up, or it was ended."""
