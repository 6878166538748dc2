"""What names and descriptions may be made of."""

from __future__ import annotations

import pytest

from local.gateway.errors import OpenSearchError
from local.gateway.validation import check_texts

ALLOWED = "can only contain letters, numbers, spaces, and basic punctuation (.,!?():@-_'/\")"


@pytest.mark.parametrize(
    "text", ["bge base 1.5 (v2)", "größe/ß", "用户:1", 'it\'s "quoted"!?', "a\tb\nc", "x@y_z-1", ""]
)
def test_check_texts_ordinary_text_passes(text: str) -> None:
    check_texts(("Model description", text, False))


@pytest.mark.parametrize("text", ["a&b", "<b>", "a;b", "100 %", "a#1", "a+b", "x\u00a0y", "😀"])
def test_check_texts_other_characters_are_refused(text: str) -> None:
    with pytest.raises(OpenSearchError) as refused:
        check_texts(("Model name", text, True))
    assert refused.value.error["reason"] == f"Validation Failed: 1: Model name {ALLOWED};"


def test_check_texts_every_wrong_text_is_named() -> None:
    with pytest.raises(OpenSearchError) as refused:
        check_texts(("Model description", "<", False), ("Model name", " ", True), ("Other", None, False))
    assert refused.value.error == {
        "type": "action_request_validation_exception",
        "reason": f"Validation Failed: 1: Model description {ALLOWED};"
        "2: Model name is required and cannot be null or blank;",
    }
