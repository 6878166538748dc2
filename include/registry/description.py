"""Names and descriptions as ML Commons takes them."""

from __future__ import annotations

import re

# Letters, digits and white space of any script, and these; ML Commons 3.4 refuses a request with any other character.
_REFUSED = re.compile(r"""[^\w\s.,!?():@\-'/"]""")


def description_of(text: str) -> str:
    """The text, with a hyphen for each character that ML Commons refuses."""
    return _REFUSED.sub("-", text)
