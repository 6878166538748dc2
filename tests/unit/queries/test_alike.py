from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.queries.alike import ALIKE, AlikeQueries, alike, alike_key, content_words

TEN = "alpha beta gamma delta epsilon zeta eta theta iota kappa"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param("Create a group", "create group", True, id="stop-words"),
        pytest.param("create groups", "Create a group?", True, id="plural-and-punctuation"),
        pytest.param("group create", "create group", True, id="order"),
        pytest.param("how do I create a group", "create group", True, id="question"),
        pytest.param("wie erstelle ich eine Gruppe", "erstelle Gruppe", True, id="german"),
        pytest.param("create group", "delete group", False, id="another-verb"),
        pytest.param("create group", "create user group", False, id="one-word-more"),
        pytest.param("who is who", "who is it", False, id="nothing-but-stop-words"),
        pytest.param("access keys", "access key", True, id="double-s-is-no-plural"),
        pytest.param(TEN, f"{TEN} lambda", True, id="ten-of-eleven-words"),
        pytest.param(TEN, f"{TEN} lambda omega", False, id="ten-of-twelve-words"),
    ],
)
def test_alike_is_about_content_words(one: str, other: str, same: bool) -> None:
    assert alike(content_words(one), content_words(other)) is same
    assert (AlikeQueries([one]).find(other) == one) is same
    assert (AlikeQueries([other]).find(one) == other) is same


def test_alike_key_is_one_for_the_same_content_words() -> None:
    assert alike_key("Create a group") == alike_key("groups, create") == "create group"


QUERIES = st.lists(st.sampled_from([f"w{n}" for n in range(24)]), min_size=1, max_size=24).map(" ".join)


@given(st.lists(QUERIES, max_size=12), QUERIES)
def test_alike_queries_finds_exactly_what_a_scan_finds(queries: list[str], query: str) -> None:
    wanted = any(alike(content_words(query), content_words(other)) for other in queries)
    found = AlikeQueries(queries).find(query)

    assert (found is not None) is wanted
    if found:
        one, other = content_words(found), content_words(query)
        assert len(one & other) / len(one | other) >= ALIKE
