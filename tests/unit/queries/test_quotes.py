from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from include.queries.quotes import locate_quote

TEXT = "First one.\nThe “group” – a big one –\n  holds users. Last one. The group again."  # noqa: RUF001 - what texts have


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        pytest.param("First one.", "First one.", id="exact"),
        pytest.param("  Last one. ", "Last one.", id="blanks-around"),
        pytest.param('The "group" - a big one - holds users.', TEXT[11:51], id="other-quotes-dashes-line-end"),
        pytest.param("LAST ONE", "Last one", id="case"),
    ],
)
def test_locate_quote_finds_what_a_model_wrote_down_a_little_differently(quote: str, found: str) -> None:
    place = locate_quote(quote, TEXT)

    assert place
    assert TEXT[place.start : place.end] == found


@pytest.mark.parametrize(
    "quote",
    [
        pytest.param("", id="empty"),
        pytest.param("  \n ", id="blank"),
        pytest.param("users.", id="one-word"),
        pytest.param("The group holds users", id="in-other-words"),
    ],
)
def test_locate_quote_what_is_not_there_is_not_found(quote: str) -> None:
    assert locate_quote(quote, TEXT) is None


@example("ﬁrst ﬁsh. İstanbul ß", 0, 5)
@example("a\u0301 b\u200b c", 0, 6)
@given(st.text(min_size=3), st.integers(0, 200), st.integers(0, 200))
def test_locate_quote_any_piece_of_a_text_is_found_as_it_stands(text: str, one: int, other: int) -> None:
    piece = text[min(one, other) : max(one, other)].strip()

    place = locate_quote(piece, text)

    if len(piece.split()) >= 2:
        assert place
        assert text[place.start : place.end] == piece


@given(st.text(), st.text())
def test_locate_quote_stays_inside_the_text(quote: str, text: str) -> None:
    place = locate_quote(quote, text)

    assert place is None or 0 <= place.start < place.end <= len(text)
