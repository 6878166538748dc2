"""Which side of a search a request is for, and the answer of a sparse model."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING

from ..errors import RequestError
from ..requests import JSON, check_accept, read_texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .vectors import Weights

QUERY, DOCUMENT = "query", "document"


def read_request(body: str | bytes | bytearray, content_type: str, max_inputs: int) -> tuple[list[str], str]:
    """The texts of `{"inputs": [...], "input_type": "query" | "document"}`, and the side, `document` if not given.

    Raises:
        RequestError: what is wrong, as a 4xx.
    """
    texts = read_texts(body, content_type, max_inputs)
    side = json.loads(body).get("input_type", DOCUMENT)
    if side not in (QUERY, DOCUMENT):
        raise RequestError(HTTPStatus.BAD_REQUEST, f"input_type is {side!r:.80}. Valid: {QUERY!r}, {DOCUMENT!r}.")
    return texts, side


def write_weights(weights: Sequence[Weights], accept: str) -> tuple[str, str]:
    """The body `[{token: weight, ...}, ...]` and its media type.

    A bare list: ML Commons puts it under `response` itself, where its sparse models look for it.

    Raises:
        RequestError: 406 if the client accepts no JSON.
    """
    check_accept(accept)
    return json.dumps(list(weights), separators=(",", ":"), ensure_ascii=False), JSON
