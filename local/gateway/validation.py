"""The characters that names and descriptions may have, checked before a request is carried out."""

from __future__ import annotations

import unicodedata

from local.gateway.errors import OpenSearchError

_PUNCTUATION = frozenset(".,!?():@-_/'\" \t\n\x0b\f\r")
_ALLOWED = "can only contain letters, numbers, spaces, and basic punctuation (.,!?():@-_'/\")"
_MISSING = "is required and cannot be null or blank"


def check_texts(*texts: tuple[str, str | None, bool]) -> None:
    """Refuse texts with characters that are not allowed, all of them in one error.

    Args:
        texts: label, text, and whether it is required; in the order in which the error lists them, which is that of a
            Java hash map.

    Raises:
        OpenSearchError: 400, naming every text that is wrong.
    """
    complaints = [complaint for label, text, required in texts if (complaint := _complaint(label, text, required))]
    if complaints:
        numbered = "".join(f"{number}: {complaint};" for number, complaint in enumerate(complaints, 1))
        raise OpenSearchError(400, "action_request_validation_exception", f"Validation Failed: {numbered}")


def _complaint(label: str, text: str | None, required: bool) -> str | None:
    if text is None or not text.strip():
        return f"{label} {_MISSING}" if required else None
    return None if all(map(_is_allowed, text)) else f"{label} {_ALLOWED}"


def _is_allowed(char: str) -> bool:
    return char in _PUNCTUATION or unicodedata.category(char)[0] in "LN"
