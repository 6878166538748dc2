"""Reading JSON bodies as OpenSearch reads them: strictly, and with its own words where they are wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from local.gateway.errors import OpenSearchError

if TYPE_CHECKING:
    from local.gateway.upstream import Upstream

_TOKENS = {dict: "START_OBJECT", list: "START_ARRAY", type(None): "VALUE_NULL"}


async def json_object(raw: bytes, upstream: Upstream) -> dict[str, Any]:
    """The JSON object in `raw`.

    Args:
        raw: a body that is not empty.
        upstream: is asked what its JSON parser says of a body that is no JSON.

    Raises:
        OpenSearchError: not JSON (in Jackson's words), or not an object.
    """
    value = await json_value(raw, upstream)
    if not isinstance(value, dict):
        token = _token(value)
        reason = f"Failed to parse object: expecting token of type [START_OBJECT] but found [{token}]"
        raise OpenSearchError(400, "parsing_exception", reason, extra={"line": 1, "col": 1})
    return value


async def json_value(raw: bytes, upstream: Upstream) -> Any:
    """The JSON value in `raw`; errors as in `json_object`."""
    try:
        return json.loads(raw, object_pairs_hook=_no_duplicates, parse_constant=_no_constants)
    except ValueError as error:
        # PUT _cluster/settings reads its whole body before it looks at it: the server's parser writes the message.
        await upstream.call("PUT", "/_cluster/settings", raw)
        raise OpenSearchError(400, "json_parse_exception", str(error)) from error


def text(value: Any) -> str:
    """`value` as `XContentParser.text()` gives it: numbers and booleans in their JSON form.

    Raises:
        OpenSearchError: 500, `value` is null, an object or an array.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, (dict, list, type(None))):
        raise OpenSearchError(500, "illegal_state_exception", f"Can't get text on a {_token(value)}")
    return json.dumps(value)


def texts(values: Any) -> dict[str, str]:
    """`XContentParser.mapStrings()`: an object's values as texts."""
    return {name: text(value) for name, value in values.items()}


def boolean(value: Any) -> bool:
    """`XContentParser.booleanValue()`: true, false or their quoted forms.

    Raises:
        OpenSearchError: 400, anything else.
    """
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    reason = f"Failed to parse value [{value}] as only [true] or [false] are allowed."
    raise OpenSearchError(400, "illegal_argument_exception", reason)


def _token(value: Any) -> str:
    if isinstance(value, bool):
        return "VALUE_BOOLEAN"
    return _TOKENS.get(type(value), "VALUE_STRING" if isinstance(value, str) else "VALUE_NUMBER")


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("Duplicate field")
    return found


def _no_constants(name: str) -> Any:
    raise ValueError(f"Non-standard token '{name}'")
