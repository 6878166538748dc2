"""Errors that the SageMaker inference toolkit answers with their own status instead of a 500."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from http import HTTPStatus

    class _ToolkitError(Exception):
        def __init__(self, status_code: int, message: str, phrase: str) -> None: ...

else:
    try:
        from sagemaker_inference.errors import BaseInferenceToolkitError as _ToolkitError
    except ImportError:

        class _ToolkitError(Exception):
            """Of the toolkit's shape, for servers without the toolkit."""

            def __init__(self, status_code, message, phrase):
                self.status_code = status_code
                self.message = message
                self.phrase = phrase


class RequestError(_ToolkitError):
    """The request cannot be answered; the message says what was received and what is valid.

    Attributes:
        status_code: 4xx, of the HTTP answer.
        message: the body of the answer.
        phrase: the reason phrase of the status.
    """

    status_code: int
    message: str
    phrase: str

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(status.value, message, status.phrase)

    def __str__(self) -> str:
        return f"{self.status_code} {self.phrase}: {self.message}"
