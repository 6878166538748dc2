"""JSON as Gson reads it (leniently) and writes it (compactly).

ML Commons decides with Gson whether a payload is JSON, and answers with Gson's own words when a model's answer is not.
"""

from __future__ import annotations

import json
from typing import Any

from local.gateway.java.jsonreader import JsonSyntaxError, Reader
from local.gateway.java.orgjson import is_valid

__all__ = ["JsonSyntaxError", "cause", "dumps", "is_json", "java_double", "parse", "parse_map"]


def parse(text: str) -> Any:
    """The value of `text`, None for an empty one; what follows it is an error, as in `JsonParser.parseString`.

    Numbers come back as floats, as Gson's untyped numbers are doubles.

    Raises:
        JsonSyntaxError: with Gson's message, position and path.
    """
    return Reader(text).document()


def parse_map(text: str) -> dict[str, Any]:
    """The object in `text` as `fromJson(text, Map.class)` reads it: no path shows its own keys, none may come twice.

    Raises:
        JsonSyntaxError: with Gson's message, position and path; also where it is no object.
    """
    return Reader(text, outer_map=True).map() or {}


def cause(error: JsonSyntaxError) -> dict[str, Any] | None:
    """The `caused_by` of an error answer, None where Java has no cause."""
    return {"type": error.cause_type, "reason": error.cause_reason} if error.cause_type else None


def is_json(text: str) -> bool:
    """Whether ML Commons takes `text` for a JSON object or array: org.json and Gson both have to read it."""
    if not text.strip() or not is_valid(text):
        return False
    try:
        parse(text)
    except JsonSyntaxError:
        return False
    return True


def dumps(value: Any) -> str:
    """`value` as `Gson.toJson` writes it: no blanks, no escapes beyond JSON's own, Java's notation of doubles."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{_quoted(str(key))}:{dumps(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(dumps(item) for item in value) + "]"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, float):
        return java_double(value)
    return json.dumps(value)


def java_double(number: float) -> str:
    """`Double.toString`: plain between 1e-3 and 1e7, else one digit before the point and an `E`."""
    if number == 0 or 1e-3 <= abs(number) < 1e7:
        return repr(number) if "e" not in repr(number) else f"{number:f}".rstrip("0")
    digits, _, exponent = f"{number:.17e}".partition("e")
    for precision in range(1, 18):
        digits, _, exponent = f"{number:.{precision}e}".partition("e")
        if float(f"{digits}e{exponent}") == number:
            break
    return f"{digits}E{int(exponent)}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
