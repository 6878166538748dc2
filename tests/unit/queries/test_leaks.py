from __future__ import annotations

import pytest

from include.queries.leaks import JudgedSet, find_leaks

DOCUMENT = "Creates a new group for your account. A group holds users who have the same rights, until it is deleted."
OTHER = "Rotates the key of a bucket every ninety days, or whenever an administrator asks for it in the console."


@pytest.mark.parametrize(
    ("pair", "kinds"),
    [
        pytest.param(("rotate a key", OTHER), [], id="nothing"),
        pytest.param(("make groups of users?", OTHER), ["query"], id="query"),
        pytest.param(("how to make a group of users", OTHER), ["near-duplicate query"], id="near-duplicate-query"),
        pytest.param(("rotate a key", DOCUMENT.upper()), ["document"], id="document"),
        pytest.param(("rotate a key", f"{DOCUMENT} See below."), ["near-duplicate document"], id="near-duplicate"),
        pytest.param(("Make groups of users", DOCUMENT), ["query", "document"], id="both"),
    ],
)
def test_find_leaks_names_what_is_wrong(pair: tuple[str, str], kinds: list[str]) -> None:
    leaks = list(find_leaks([pair], ["Make groups of users"], [DOCUMENT]))

    assert [leak.kind for leak in leaks] == kinds
    assert all(leak[1:] == pair for leak in leaks)


def test_find_leaks_documents_that_may_be_trained_on_are_none() -> None:
    assert list(find_leaks([("rotate a key", DOCUMENT)], ["Make groups of users"], [])) == []


def test_judged_set_that_is_empty_finds_nothing() -> None:
    empty = JudgedSet([], [])

    assert (empty.kind_of_query(""), empty.kind_of_document("")) == (None, None)
