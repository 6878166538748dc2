"""Messages of services lose what was sent to them."""

from __future__ import annotations

import json

import pytest

from include.errors import without_texts

TEXT = 'He said "é" \\ and left\n'


@pytest.mark.parametrize("sent", [TEXT, [TEXT], {"body": TEXT}, [{"body": {"text": TEXT}}]])
@pytest.mark.parametrize(
    "quoted",
    [TEXT, json.dumps(TEXT), json.dumps(TEXT, ensure_ascii=False)],
    ids=["plain", "json", "json-with-other-characters"],
)
def test_message_that_quotes_a_text_says_only_how_long_it_is(quoted: str, sent: object) -> None:
    told = without_texts(f"Invalid payload: {quoted}!", sent)

    assert "said" not in told
    assert f"a text of {len(TEXT)} characters" in told


@pytest.mark.parametrize("sent", ["", [" "], {}, None, 5])
def test_message_without_a_text_stays(sent: object) -> None:
    assert without_texts("Invalid payload", sent) == "Invalid payload"
