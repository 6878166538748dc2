from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.corpus.document import Document, normalise, seeded_key, words_of


@given(st.text(), st.text())
def test_document_line_comes_back(document_id: str, text: str) -> None:
    document = Document(document_id, text)
    line = document.to_line()

    assert line.endswith("\n")
    assert line.count("\n") == 1
    assert Document.from_line(line) == Document.from_line(line.encode()) == document


@given(st.text())
def test_normalise_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("  A\u00a0group,\nof users! ", "a group of users", id="punctuation"),
        pytest.param("... ?!", "", id="no-words"),
        pytest.param("Straße", "strasse", id="sharp-s"),
        pytest.param("ユーザー、グループ", "ユーザー グループ", id="japanese"),
    ],
)
def test_words_of_leaves_punctuation_out(text: str, words: str) -> None:
    assert words_of(text) == words


def test_seeded_key_parts_are_not_run_together() -> None:
    assert len({seeded_key(1, "ab", "c"), seeded_key(1, "a", "bc"), seeded_key(1, "abc"), seeded_key(2, "abc")}) == 4


def test_seeded_key_is_the_same_in_every_process() -> None:
    assert seeded_key(42, "text") == 202720849363118506092434574535273287368
