"""The answer of a sparse model."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ..requests import JSON, check_accept

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .vectors import Weights


def write_weights(weights: Sequence[Weights], accept: str) -> tuple[str, str]:
    """The body `[{token: weight, ...}, ...]` and its media type.

    A bare list: ML Commons puts it under `response` itself, where its sparse models look for it.

    Raises:
        RequestError: 406 if the client accepts no JSON.
    """
    check_accept(accept)
    return json.dumps(list(weights), separators=(",", ":"), ensure_ascii=False), JSON
