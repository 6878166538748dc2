"""The texts of hits: found wherever they are, and told apart."""

from __future__ import annotations

from typing import Any

import pytest

from include.highlighting.gather import clean, missing, request_of, slots_of
from include.highlighting.plan import plan_of
from include.highlighting.values import content_of, texts_of

SOURCE = {
    "text": "a",
    "n": 3,
    "none": None,
    "empty": "",
    "o": {"t": "b", "list": ["c", "", None, "d"]},
    "many": [{"t": "e"}, {"t": ["f", "g"]}, {"x": 1}],
    "dot.ted": "h",
    "o.u": "i",
}


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("text", {"text": ["a"]}),
        ("text.english", {"text.english": ["a"]}),
        ("o.t", {"o.t": ["b"]}),
        ("o.list", {"o.list": ["c", "d"]}),
        ("many.t", {"many.t": ["e", "f", "g"]}),
        ("dot.ted", {"dot.ted": ["h"]}),
        ("o.u", {"o.u": ["i"]}),
        ("n", {"n": [3]}),
        ("none", {}),
        ("empty", {}),
        ("nothing", {}),
        ("o.*", {"o.t": ["b"], "o.list": ["c", "d"], "o.u": ["i"]}),
        ("t*", {"text": ["a"]}),
        ("n*", {}),
    ],
)
def test_texts_of_field_are_found(name: str, found: dict[str, Any]) -> None:
    assert texts_of(SOURCE, name) == found


@pytest.mark.parametrize(
    ("hit", "from_fields"),
    [
        ({"_nested": {"field": "c", "offset": 0}, "_source": {"t": "x"}}, False),
        ({"_nested": {"field": "c", "offset": 0}, "fields": {"c.t": ["x"]}}, True),
        ({"_nested": {"field": "c", "offset": 0}, "fields": {"c": [{"t": ["x"]}]}}, True),
        ({"_source": {"c": [{"t": "x"}]}}, False),
    ],
)
def test_content_of_nested_hit_has_full_names(hit: dict[str, Any], from_fields: bool) -> None:
    assert texts_of(content_of(hit, from_fields), "c.t") == {"c.t": ["x"]}


def test_content_of_nested_in_nested_has_full_names() -> None:
    nested = {"field": "a", "offset": 1, "_nested": {"field": "b", "offset": 0}}
    assert texts_of(content_of({"_nested": nested, "_source": {"t": "x"}}, False), "a.b.t") == {"a.b.t": ["x"]}


def _plan(names: dict[str, Any], **more: Any) -> Any:
    return plan_of({"query": {"match": {"t": "q"}}, "highlight": {"fields": names, "type": "semantic"}, **more}, "m")


def test_slots_of_same_document_twice_have_ids_of_their_own() -> None:
    hits = [{"_index": "i", "_id": "1", "_source": {"t": ["x", "y"], "u": "x"}}] * 2
    items = request_of(slots_of(_plan({"t": {}, "u": {}}), hits)).items
    assert [item.document_id for item in items] == [f"{n}:i/1:{f}" for n in (0, 1) for f in ("t:0", "t:1", "u:0")]


def test_slots_of_field_that_two_patterns_mean_is_one() -> None:
    slots = slots_of(_plan({"t": {}, "*": {}}), [{"_id": "1", "_source": {"t": "x", "u": "y"}}])
    assert [slot.name for slot in slots] == ["t", "u"]


def test_slots_of_value_that_is_no_text_has_a_problem() -> None:
    (slot,) = slots_of(_plan({"t": {}}), [{"_id": "1", "_source": {"t": ["x", 5]}}])
    assert (slot.texts, "holds int" in str(slot.problem)) == (("x",), True)


def test_missing_field_is_told() -> None:
    plan = _plan({"t": {}, "gone": {}, "g*": {}})
    (warning,) = missing(plan, slots_of(plan, [{"_id": "1", "_source": {"t": "x"}}]))
    assert "'gone'" in warning


@pytest.mark.parametrize(
    ("asked", "left"),
    [
        ([], None),
        (["n"], {"n": [1]}),
        (["c.u", {"field": "n"}], {"c": [{"u": ["z"]}], "n": [1]}),
        (["*"], {"t": ["x"], "n": [1], "c": [{"t": ["y"], "u": ["z"]}]}),
    ],
)
def test_clean_leaves_the_fields_that_the_user_asked_for(asked: list[Any], left: dict[str, Any] | None) -> None:
    hit = {"_id": "1", "fields": {"t": ["x"], "n": [1], "c": [{"t": ["y"], "u": ["z"]}]}}
    clean(_plan({"t": {}, "c.t": {}}, _source=False, fields=asked), [hit])
    assert hit.get("fields") == left
