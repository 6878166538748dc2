"""Errors of the package; their type says whether to try again.

FinetuneError
├── TerminalError    the same call fails again: correct the input
└── RetryableError   the same call may succeed later: throttling, 5xx, a node that restarts
"""

from __future__ import annotations

import difflib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

TO_DO = "Correct it in the trigger form, in --conf or in the Variable of defaults."


class FinetuneError(Exception):
    """Base of every error that the package raises on purpose."""


class TerminalError(FinetuneError):
    """Trying again changes nothing: the message says what was received, what is valid and what to do."""


class RetryableError(FinetuneError):
    """The same call may succeed later."""


def unknown_value(name: str, value: object, valid: Iterable[object]) -> str:
    """The sentence for a value that is not one of a known set; the nearest valid one is offered."""
    known = [str(item) for item in valid]
    close = difflib.get_close_matches(str(value), known, n=1)
    hint = f"Did you mean '{close[0]}'?" if close else f"Valid values: {', '.join(known)}."
    return f"{name} is {value!r}, which is not known. {hint} {TO_DO}"


def unquoted(value: object) -> str:
    """What stands for a value in a message that must not quote it: it may be somebody's document or query.

    Example:
        >>> unquoted("Jane Doe's record"), unquoted(["a", "b"]), unquoted(None)
        ('a text of 17 characters', 'a list of 2', 'None')
    """
    if isinstance(value, str) and value.strip():
        return f"a text of {len(value)} characters"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return "an object" if isinstance(value, dict) else f"{value!r:.40}"


def without_texts(message: str, sent: object) -> str:
    """A service's message without the documents or queries that were sent to it, plain or as JSON.

    Args:
        message: of the service.
        sent: a text, or lists and objects that hold texts.

    Example:
        >>> without_texts("Invalid payload: Jane Doe's record", ["Jane Doe's record"])
        'Invalid payload: a text of 17 characters'
    """
    if isinstance(sent, dict):
        sent = list(sent.values())
    if isinstance(sent, list):
        for each in sent:
            message = without_texts(message, each)
    if isinstance(sent, str) and sent.strip():
        for form in (sent, json.dumps(sent)[1:-1], json.dumps(sent, ensure_ascii=False)[1:-1]):
            message = message.replace(form, unquoted(sent))
    return message
