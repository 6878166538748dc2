"""What the tables of quirks are made of."""

from __future__ import annotations

from typing import NamedTuple

ARGUMENT = "illegal_argument_exception"
STATE = "illegal_state_exception"
STATUS = "status_exception"
PARSE = "parse_exception"
PARSING = "parsing_exception"


class Refusal(NamedTuple):
    """An error answer: HTTP status, exception type and reason (a `str.format` template), and where it was seen."""

    status: int
    type: str
    reason: str
    recording: str


class Behaviour(NamedTuple):
    """Something accepted, changed or ignored: what happens, which module does it, and where it was seen."""

    what: str
    module: str
    recording: str
