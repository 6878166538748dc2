"""Texts arrive at the remote model as they were, through ML Commons' own template rules (as the gateway has them)."""

from __future__ import annotations

import json

from hypothesis import example, given
from hypothesis import strategies as st

from include.highlighting.payload import batch_inputs, single_text
from local.gateway.java.templates import substitute
from local.gateway.preprocess import escaped
from tests.unit.highlighting.test_spans import _units

PARAMETERS = {"model": "SECRET"}
BATCH = '{ "inputs": ${parameters.inputs:-null} }'
SINGLE = '{ "question": "${parameters.question:-}", "context": "${parameters.context:-}" }'
PIECES = [
    "dog",
    "${parameters.model}",
    "$",
    "{",
    "}",
    "[",
    "]",
    '"',
    ":",
    ",",
    "1",
    "\\",
    "\n",
    " ",
    "😀",
    "$$",
    "\u2028",
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=10).map("".join)


def _sent(template: str, parameters: dict[str, str]) -> dict[str, object]:
    sent: dict[str, object] = json.loads(substitute(template, {**PARAMETERS, **escaped(parameters)}))
    return sent


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=3))
@example([("${parameters.model}", '{"a": 1}')])
def test_batch_any_texts_arrive_as_they_were(pairs: list[tuple[str, str]]) -> None:
    sent = _sent(BATCH, {"inputs": batch_inputs(pairs)})
    assert sent["inputs"] == [{"question": question, "context": context} for question, context in pairs]


@given(TEXTS, TEXTS)
@example('{"a": 1}', "[1]")
@example("${parameters.context}", "${parameters.model.toString()}")
def test_single_any_text_arrives_with_offsets_that_hold(question: str, context: str) -> None:
    sent = _sent(SINGLE, {"question": single_text(question), "context": single_text(context)})
    for name, text in (("question", question), ("context", context)):
        got = str(sent[name])
        assert _units(got) == _units(text)
        assert got.translate({0xFF04: "$", 0xFF5B: "{", 0xFF3B: "["}) == text.replace("\ud83d", "\ufffd")
        got.encode()
