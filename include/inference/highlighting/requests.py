"""The requests of a highlighter: one question with its context, or a batch of them."""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import RequestError
from ..requests import JSON

if TYPE_CHECKING:
    from .serving import Serving

_VALID_ITEM = '{"question": "a text", "context": "a text"}'
_VALID = f'Valid: {_VALID_ITEM}, or {{"inputs": [{_VALID_ITEM}, ...]}}.'
# JSON can write half a surrogate pair. No tokenizer takes it, and it is one UTF-16 unit like what stands in for it.
_HALF_PAIR = re.compile("[\ud800-\udfff]")


class Item(NamedTuple):
    """A text to highlight for a question; both free of lone surrogates, offsets unchanged."""

    question: str
    context: str


class Request(NamedTuple):
    """What a request asks for.

    Attributes:
        items: in the request's order; None where the item is bad.
        errors: by index, what is wrong with an item; only a batch has any.
        batch: whether the answer is a batch's.
    """

    items: list[Item | None]
    errors: dict[int, str]
    batch: bool


def read_request(body: str | bytes | bytearray, content_type: str, limits: Serving) -> Request:
    """The items of a request, the bad ones told apart.

    `inputs` with items, as a list or as a JSON string of one, is a batch. Without it (absent, null, or empty beside a
    question) the body's own question and context are a single request.

    Args:
        body: the request as it came.
        content_type: its media type; parameters such as a charset are ignored.
        limits: of items and characters.

    Raises:
        RequestError: 415 for another media type, 413 for a request over the limits, 400 for everything else.
    """
    if content_type.partition(";")[0].strip().lower() != JSON:
        raise RequestError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Content-Type is {content_type!r:.80}. Valid: {JSON}.")
    fields = _fields(body)
    inputs = _inputs(fields)
    request = _single(fields, limits) if inputs is None else _batch(inputs, limits)
    _check_total(request, limits)
    return request


def _fields(body: str | bytes | bytearray) -> dict[str, Any]:
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RequestError(HTTPStatus.BAD_REQUEST, f"The body is not JSON ({error}). {_VALID}") from error
    if not isinstance(fields, dict):
        raise RequestError(HTTPStatus.BAD_REQUEST, f"The body is a JSON {kind(fields)}. {_VALID}")
    return fields


def _inputs(fields: dict[str, Any]) -> list[Any] | None:
    inputs = fields.get("inputs")
    if isinstance(inputs, str):
        inputs = _written(inputs)
    if inputs is None:
        return None
    if not isinstance(inputs, list):
        raise RequestError(HTTPStatus.BAD_REQUEST, f"inputs is a JSON {kind(inputs)}. {_VALID}")
    return inputs if inputs or not fields.get("question") else None


def _written(inputs: str) -> Any:
    if not inputs.strip():
        return None
    try:
        return json.loads(inputs)
    except (ValueError, RecursionError) as error:
        message = f"inputs is a string that is not the JSON of a list ({error}). {_VALID}"
        raise RequestError(HTTPStatus.BAD_REQUEST, message) from error


def _single(fields: dict[str, Any], limits: Serving) -> Request:
    error = _error(fields, limits)
    if error is None:
        return Request([_item(fields, limits)], {}, batch=False)
    context = fields.get("context")
    too_long = isinstance(context, str) and len(context) > limits.max_item_characters
    raise RequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE if too_long else HTTPStatus.BAD_REQUEST, error)


def _batch(inputs: list[Any], limits: Serving) -> Request:
    if len(inputs) > limits.max_items:
        message = f"inputs has {len(inputs)} items. Valid: at most {limits.max_items}. Send them in several requests."
        raise RequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, message)
    found = [_error(value, limits) for value in inputs]
    items = [_item(value, limits) if error is None else None for value, error in zip(inputs, found, strict=True)]
    return Request(items, {index: error for index, error in enumerate(found) if error}, batch=True)


def _error(value: Any, limits: Serving) -> str | None:
    """What is wrong with an item."""
    if not isinstance(value, dict):
        return f"The item is a JSON {kind(value)}. Valid: {_VALID_ITEM}."
    for name in ("question", "context"):
        if name not in value:
            return f"The item has no {name}, only {sorted(value)!r:.200}. Valid: {_VALID_ITEM}."
        if not isinstance(value[name], str):
            return f"{name} is a JSON {kind(value[name])}. Valid: a text."
    if not value["question"].strip():
        return "question is empty. Valid: a text."
    if len(value["context"]) > limits.max_item_characters:
        most = limits.max_item_characters
        return f"context has {len(value['context'])} characters. Valid: at most {most}. Send it in parts."
    return None


def _item(value: dict[str, str], limits: Serving) -> Item:
    question = value["question"][: limits.max_question_characters]
    return Item(_HALF_PAIR.sub("\ufffd", question), _HALF_PAIR.sub("\ufffd", value["context"]))


def _check_total(request: Request, limits: Serving) -> None:
    total = sum(len(item.question) + len(item.context) for item in request.items if item)
    if total > limits.max_total_characters:
        most = limits.max_total_characters
        message = f"The request has {total} characters of text. Valid: at most {most}. Send it in several requests."
        raise RequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, message)


def kind(value: Any) -> str:
    """What JSON calls a value."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else "boolean"
    names: dict[type, str] = {dict: "object", list: "list", str: "string"}
    return names.get(type(value), "number")
