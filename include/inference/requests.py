"""The request that an endpoint reads and the answer that it gives."""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

from .errors import RequestError

if TYPE_CHECKING:
    import numpy as np

JSON = "application/json"
# Finer than float32 in a unit vector's larger components, and half the body that all its digits would make.
DECIMALS = 8
QUERY, DOCUMENT = "query", "document"
INPUT_TYPES = (QUERY, DOCUMENT)
# JSON can write half a surrogate pair, which no tokenizer takes.
_HALF_PAIR = re.compile("[\ud800-\udfff]")
_VALID = 'Valid: {"inputs": ["a text", ...]} or {"inputs": "a text"}, with "input_type": "query" for queries.'


class TextRequest(NamedTuple):
    """Texts, and which side of a search they are of: `query` or `document`."""

    texts: list[str]
    input_type: str = DOCUMENT


def read_request(body: str | bytes | bytearray, content_type: str, max_inputs: int) -> TextRequest:
    """The texts of a request, in its order, and their side; without `input_type` they are documents.

    `inputs` is a list of texts, one text, or a list written as a JSON string: so ML Commons passes some parameters.

    Args:
        body: the request as it came.
        content_type: its media type; parameters such as a charset are ignored.
        max_inputs: most texts a request may have.

    Raises:
        RequestError: 415 for another media type, 413 for too many texts, 400 for everything else that is wrong.
    """
    if _media_type(content_type) != JSON:
        raise RequestError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Content-Type is {content_type!r:.80}. Valid: {JSON}.")
    request = _object(body)
    texts = _texts(request["inputs"])
    if len(texts) > max_inputs:
        raise RequestError(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"inputs has {len(texts)} texts. Valid: at most {max_inputs}. Send them in several requests.",
        )
    return TextRequest([_HALF_PAIR.sub("\ufffd", text) for text in texts], _input_type(request))


def write_embeddings(embeddings: np.ndarray, accept: str) -> tuple[str, str]:
    """The body `{"embeddings": [[...], ...]}` and its media type.

    Raises:
        RequestError: 406 if the client accepts no JSON.
    """
    check_accept(accept)
    rows = embeddings.astype("float64").round(DECIMALS).tolist()
    return json.dumps({"embeddings": rows}, separators=(",", ":")), JSON


def check_accept(accept: str) -> None:
    """Refuses a client that takes no JSON; an empty `accept` takes everything.

    Raises:
        RequestError: 406.
    """
    ranges = {_media_type(part) for part in accept.split(",")} - {""}
    if ranges and not ranges & {JSON, "application/*", "*/*"}:
        raise RequestError(HTTPStatus.NOT_ACCEPTABLE, f"Accept is {accept!r:.80}. Valid: {JSON}.")


def _object(body: str | bytes | bytearray) -> dict[str, Any]:
    try:
        request = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RequestError(HTTPStatus.BAD_REQUEST, f"The body is not JSON ({error}). {_VALID}") from error
    if not isinstance(request, dict):
        raise RequestError(HTTPStatus.BAD_REQUEST, f"The body is a JSON {_kind(request)}. {_VALID}")
    if "inputs" not in request:
        raise RequestError(HTTPStatus.BAD_REQUEST, f"The body has no inputs, only {sorted(request)!r:.200}. {_VALID}")
    return request


def _input_type(request: dict[str, Any]) -> str:
    given = request.get("input_type", DOCUMENT)
    if given not in INPUT_TYPES:
        raise RequestError(HTTPStatus.BAD_REQUEST, f"input_type is {given!r:.80}. Valid: {', '.join(INPUT_TYPES)}.")
    return str(given)


def _texts(inputs: Any) -> list[str]:
    if isinstance(inputs, str):
        written = _written_list(inputs)
        return [inputs] if written is None else written
    if not isinstance(inputs, list):
        raise RequestError(HTTPStatus.BAD_REQUEST, f"inputs is a JSON {_kind(inputs)}. {_VALID}")
    for index, item in enumerate(inputs):
        if not isinstance(item, str):
            raise RequestError(HTTPStatus.BAD_REQUEST, f"inputs[{index}] is a JSON {_kind(item)}, no text. {_VALID}")
    return inputs


def _written_list(text: str) -> list[str] | None:
    """The texts of a JSON list in a string; None for a string that is a text itself, though it start with a bracket."""
    if not text.lstrip().startswith("["):
        return None
    try:
        items = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return items if isinstance(items, list) and all(isinstance(item, str) for item in items) else None


def _kind(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return "null" if value is None else "boolean"
    names: dict[type, str] = {dict: "object", list: "list", str: "string"}
    return names.get(type(value), "number")


def _media_type(header: str) -> str:
    return header.partition(";")[0].strip().lower()
