from __future__ import annotations

import json

import pytest

from include.corpus.document import Document
from include.errors import TerminalError
from include.evaluation.passages import Passage, held_out_passages, read_passages
from include.queries.pairs import Pair
from include.queries.quotes import Place

CONTEXT = "A group holds users. It has a name. Users sign in."


def line(**fields: object) -> str:
    return json.dumps({"question": "who is in it", "context": CONTEXT, "quotes": ["A group holds users."], **fields})


def test_read_passages_quotes_become_places_in_their_order() -> None:
    (passage,) = read_passages([line(quotes=["Users sign in.", "A group holds users."])])

    assert [CONTEXT[start:end] for start, end in passage.spans] == ["A group holds users.", "Users sign in."]
    assert passage.id == "j1"


def test_read_passages_no_quotes_means_nothing_to_mark() -> None:
    (passage,) = read_passages(["\n", line(quotes=[], id=7)])

    assert (passage.id, passage.spans) == ("7", ())


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        pytest.param("{", "Line 2 of eval_highlights_s3_path is not JSON", id="json"),
        pytest.param("[]", "is a JSON list", id="list"),
        pytest.param(line(question=" "), "has question ' '", id="blank-question"),
        pytest.param(line(context=None), "has context None", id="no-context"),
        pytest.param(line(quotes="A group holds users."), "has quotes a text of 20", id="quotes-no-list"),
        pytest.param(
            line(quotes=["It had a name."]), "quotes a text of 14 characters, which is not in", id="other-quote"
        ),
    ],
)
def test_read_passages_bad_line_is_named_with_what_is_valid(bad: str, told: str) -> None:
    with pytest.raises(TerminalError) as caught:
        read_passages([line(), bad])

    assert told in str(caught.value)
    assert '"quotes"' in str(caught.value)


def test_read_passages_empty_file_is_refused() -> None:
    with pytest.raises(TerminalError, match="has no lines"):
        read_passages(["\n"])


def test_held_out_passages_every_fourth_question_is_asked_of_a_text_without_answer() -> None:
    pairs = [Pair(f"q {n}", Document(str(n), f"text {n}."), True, Place(0, 6)) for n in range(8)]

    found = list(held_out_passages(pairs))

    assert [passage.id for passage in found if not passage.spans] == ["q0-nothing", "q4-nothing"]
    assert found[1] == Passage("q0-nothing", "q 0", "text 4.", ())
    assert len({passage.id for passage in found}) == len(found) == 10
    assert json.loads(found[0].to_line()) == {"id": "q0", "question": "q 0", "context": "text 0.", "spans": [[0, 6]]}


def test_held_out_passages_one_document_has_no_other_to_ask() -> None:
    pairs = [Pair("q", Document("a", "text a."), True, Place(0, 6))]

    assert [passage.id for passage in held_out_passages(pairs)] == ["q0"]
