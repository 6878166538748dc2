"""Calls of AWS whose refusal is an answer: not there, there already. SageMaker says both by ValidationException."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.exceptions import ClientError

MISSING_CODES = ("ResourceNotFoundException", "ResourceNotFound")
MISSING_MESSAGES = ("could not find", "not found", "does not exist")
TAKEN_CODES = ("ResourceInUse", "ConflictException")
TAKEN_MESSAGES = ("cannot create already existing", "already exists")


def find(call: Callable[..., Any], **arguments: Any) -> dict[str, Any] | None:
    """What the call answers; None if what it asks for is not there."""
    from botocore.exceptions import ClientError

    try:
        return dict(call(**arguments))
    except ClientError as error:
        if is_missing(error):
            return None
        raise


def create(call: Callable[..., Any], **arguments: Any) -> dict[str, Any] | None:
    """What the call answers; None if what it creates is there already."""
    from botocore.exceptions import ClientError

    try:
        return dict(call(**arguments))
    except ClientError as error:
        if is_taken(error):
            return None
        raise


def refusal(call: Callable[..., Any], *arguments: Any, **named: Any) -> str:
    """Make the call; why AWS refused it, `""` if it did not."""
    from botocore.exceptions import ClientError

    try:
        call(*arguments, **named)
    except ClientError as error:
        return str(error)
    return ""


def is_missing(error: ClientError) -> bool:
    """Whether what was asked for is not there."""
    return _says(error, MISSING_CODES, MISSING_MESSAGES)


def is_taken(error: ClientError) -> bool:
    """Whether what was to be created is there already."""
    return _says(error, TAKEN_CODES, TAKEN_MESSAGES)


def _says(error: ClientError, codes: tuple[str, ...], messages: tuple[str, ...]) -> bool:
    code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "").lower()
    return code in codes or (code == "ValidationException" and any(part in message for part in messages))
