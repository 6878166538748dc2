"""Whatever the text, spans are UTF-16 offsets inside it, sorted and disjoint."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.inference.highlighter import input_fn, model_fn, output_fn, predict_fn
from include.inference.highlighting.sentences import SentencexSplitter

from .highlighter_model import write_model

if TYPE_CHECKING:
    from collections.abc import Iterator

    from include.inference.highlighting.model import Highlighter

UNSEEN = "\u200b"
PIECES = [
    *(
        "It flew. ",
        "Great 🚀 launch.",
        "👩‍👩‍👧‍👦",
        "e\u0301",
        "\r\n",
        "\n- item",
        "<p>Text &amp; <b>more</b>.</p>",
        "?!",
        "...",
        "word",
    ),
    *(
        "。",
        "他走了。",
        "مرحبا.",
        "\x00",
        "\ud83d",
        "\ude80",
        "\t",
        " ",
        UNSEEN,
        "Mr. A. Smith",
        '"Yes." ',
        "3.14",
        "\ufeff",
        "[SEP]",
    ),
]
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=6), max_size=14).map("".join)
TRAPS = [
    "",
    " ",
    "word",
    "...!?",
    UNSEEN,
    "\r\n\r\n",
    "\ud83d",
    "a" * 200_000,
    "." * 200_000,
    "🚀" * 200_000,
    " " * 200_000,
]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Highlighter]:
    model = model_fn(str(write_model(tmp_path_factory.mktemp("highlighter"), layers=1)))
    yield model
    model.close()


def call(model: Highlighter, body: Any) -> Any:
    return json.loads(output_fn(predict_fn(input_fn(json.dumps(body)), model))[0])["highlights"]


def check(text: str, found: list[dict[str, Any]]) -> None:
    java = text.encode("utf-16-le", "surrogatepass")
    places = [place for one in found for place in (one["start"], one["end"])]
    assert places == sorted(places)
    assert all(one["start"] < one["end"] for one in found)
    assert not places or (places[0] >= 0 and places[-1] <= len(java) // 2)
    for one in found:
        cut = java[2 * one["start"] : 2 * one["end"]].decode("utf-16-le", "replace")
        assert cut == one["text"]
        assert cut.strip() == cut
        assert not cut.endswith(UNSEEN)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=texts, question=texts)
def test_spans_of_any_text_are_inside_sorted_and_disjoint(model: Highlighter, text: str, question: str) -> None:
    question = f"what {question}"
    single = call(model, {"question": question, "context": text})
    check(text, single)
    items = [{"question": question, "context": context} for context in ("It flew. It fell.", text)]
    assert call(model, {"inputs": items})[1] == [{"start": one["start"], "end": one["end"]} for one in single]


@pytest.mark.parametrize("text", TRAPS, ids=lambda text: ascii(text[:3]) + f"-{len(text)}")
def test_spans_of_text_traps_are_inside_sorted_and_disjoint(model: Highlighter, text: str) -> None:
    check(text, call(model, {"question": "what flew", "context": text}))


def test_spans_of_a_text_with_a_zero_width_space_behind_it_are_the_texts(model: Highlighter) -> None:
    text = "The rocket flew. It fell. Nobody saw it."
    plain, marked = (call(model, {"question": "what flew", "context": text + end}) for end in ("", UNSEEN))
    assert plain
    assert plain == marked


@given(texts)
def test_sentences_are_in_order_disjoint_and_leave_only_space_between(text: str) -> None:
    text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    sentences = SentencexSplitter().split(text)
    places = [place for sentence in sentences for place in sentence]
    assert places == sorted(places)
    assert all(start < end for start, end in sentences)
    covered = "".join(text[start:end] for start, end in sentences)
    assert [c for c in covered if c.isalnum()] == [c for c in text if c.isalnum()]
