from __future__ import annotations

import pytest

from include.queries.alike import content_words
from include.queries.checks import QueryRules, max_characters
from include.queries.dropped import DroppedError

DOCUMENT = "Creates a new group for your account. " * 5
RULES = QueryRules(min_words=2, max_words=8, examples=frozenset({"how to make a team"}))


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        pytest.param("group", "too short", id="too-short"),
        pytest.param("a b c d e f g h i", "too long", id="too-long"),
        pytest.param("How to make a team?", "copied example", id="copied-example"),
        pytest.param("groups of my account", "near duplicate", id="near-duplicate"),
        pytest.param("wie lösche ich eine Benutzergruppe bitte endgültig", "other language", id="other-language"),
    ],
)
def test_query_rules_drop_with_a_reason(query: str, reason: str) -> None:
    with pytest.raises(DroppedError, match=f"^{reason}$"):
        RULES.check(query, DOCUMENT, [content_words("the group of an account")])


def test_query_rules_language_may_go_unchecked() -> None:
    rules = QueryRules(check_language=False)

    assert rules.check("wie lösche ich eine Benutzergruppe", DOCUMENT) == content_words("lösche Benutzergruppe")


def test_query_rules_defaults_keep_what_a_person_types() -> None:
    for query in ("group", "create group", "how do I create a new group for all of my accounts?"):
        QueryRules().check(query, DOCUMENT)


def test_max_characters_follows_the_words() -> None:
    assert (max_characters(40), max_characters(200)) == (320, 1_600)
