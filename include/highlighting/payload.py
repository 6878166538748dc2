r"""Texts on their way through a connector, which ML Commons fills in as a template.

Two things would go wrong with texts as they are (research/ml-commons.md): a text that is JSON by itself is put in
unescaped, and `${parameters.x}` in a text is replaced. A batch travels as a JSON string, where `$` can be written
`\u0024`. A single text is escaped by ML Commons, so nothing in it can be; there one character is exchanged for its
full-width twin, which is as long, so that offsets hold.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_TWINS = {"{": "\uff5b", "[": "\uff3b", "$": "\uff04"}
# Half of a character, as JSON can hold and UTF-8 cannot.
_HALF = re.compile("[\ud800-\udfff]")


def batch_inputs(pairs: Iterable[tuple[str, str]]) -> str:
    r"""The parameter `inputs`: pairs of question and context as a JSON string of ASCII characters without `$`.

    >>> batch_inputs([("what is ${x}?", "5 €")])
    '[{"question": "what is \\u0024{x}?", "context": "5 \\u20ac"}]'
    """
    items = [{"question": question, "context": context} for question, context in pairs]
    return json.dumps(items).replace("$", "\\u0024")


def whole_characters(text: str) -> str:
    """`text` as UTF-8 can carry it: halves of characters become U+FFFD, which is as long."""
    return _HALF.sub("\ufffd", text)


def single_text(text: str) -> str:
    r"""`text` as a parameter that arrives as it is, or with a full-width twin where it could not; as long as `text`.

    >>> ascii(single_text("costs ${parameters.price}")), ascii(single_text("[1]")), single_text("plain {text}")
    ("'costs \\uff04{parameters.price}'", "'\\uff3b1]'", 'plain {text}')
    """
    safe = whole_characters(text).replace("${", _TWINS["$"] + "{")
    first = next((at for at, char in enumerate(safe) if char > " "), None)
    if first is None or safe[first] not in "{[":
        return safe
    return safe[:first] + _TWINS[safe[first]] + safe[first + 1 :]
