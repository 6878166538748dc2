"""The `highlight` section of a search: what is semantic, and what the server sees of it."""

from __future__ import annotations

from typing import Any

import pytest

from local.gateway.highlight.options import Tags, chosen_tags, number, semantic_fields, without_semantic
from local.gateway.highlight.plan import for_the_server, plan_of, with_names
from local.gateway.highlight.rules import RULES

MODEL = {"model_id": "m"}


def _one(highlight: dict[str, Any]) -> Any:
    (found,) = semantic_fields(highlight)
    return found


@pytest.mark.parametrize(
    "highlight",
    [
        {"fields": {"text": {"type": "semantic"}}, "options": MODEL},
        {"fields": {"text": {"type": "semantic", "options": MODEL}}, "options": {"model_id": "other"}},
        {"fields": {"text": {"type": "semantic", "options": {}}}, "options": MODEL},
        {"fields": [{"text": {}}], "type": "semantic", "options": MODEL},
        {"fields": {"text": {"type": "semantic"}, "title": {"type": "plain"}}, "options": MODEL},
    ],
    ids=["type", "own-options", "own-options-empty", "type-of-all", "beside-another"],
)
def test_semantic_fields_field_takes_what_it_lacks_from_the_highlighter(highlight: Any) -> None:
    assert (_one(highlight).name, _one(highlight).options) == ("text", MODEL)


@pytest.mark.parametrize(
    "highlight", [None, [], {}, {"fields": {"text": {}}}, {"fields": {"text": {"type": "plain"}}, "type": "semantic"}]
)
def test_semantic_fields_nothing_semantic_gives_none(highlight: Any) -> None:
    assert semantic_fields(highlight) == []


@pytest.mark.parametrize(
    ("sections", "tags"),
    [
        ([{}], Tags("<em>", "</em>")),
        ([{"pre_tags": ["<b>", "<i>"], "post_tags": "</b>"}], Tags("<b>", "</b>")),
        ([{"pre_tags": [""], "post_tags": [""]}], Tags("", "")),
        ([{"post_tags": ["!"]}, {"pre_tags": ["?"], "post_tags": ["."]}], Tags("?", "!")),
        ([{}, {"tags_schema": "styled"}], Tags('<em class="hlt1">', "</em>")),
        ([{"pre_tags": [], "post_tags": []}], Tags("<em>", "</em>")),
    ],
    ids=["default", "first-of-many", "empty-text", "each-by-itself", "styled", "empty-list"],
)
def test_chosen_tags_most_special_section_wins(sections: Any, tags: Tags) -> None:
    assert chosen_tags(*sections) == tags


@pytest.mark.parametrize(
    ("value", "found"), [(2, 2), (2.9, 2), ("7", 7), ("-1", -1), ("abc", 100), (True, 100), (None, 100)]
)
def test_number_option_that_is_none_is_the_default(value: Any, found: int) -> None:
    assert number({"size": value}, "size", 100) == found


def test_without_semantic_fields_are_checked_under_a_name_nobody_has() -> None:
    highlight = {
        "type": "semantic",
        "fields": {"text": {"fragment_size": 10}, "title": {"type": "plain"}},
        "order": "score",
    }
    assert without_semantic(highlight) == {
        "fields": [{"_semantic:text": {"fragment_size": 10, "type": "plain"}}, {"title": {"type": "plain"}}],
        "order": "score",
    }


def test_for_the_server_inner_hits_are_hidden_and_names_come_back() -> None:
    inner = {"inner_hits": {"highlight": {"fields": {"c.text": {"type": "semantic"}}}}}
    body = {"query": {"bool": {"must": [{"nested": {"path": "c", "query": {"match_all": {}}, **inner}}]}}}
    plan = plan_of(body, RULES["3.4"])
    assert plan is not None
    assert [(each.name, each.fields[0].name) for each in plan.inner_hits] == [("c", "c.text")]
    seen = for_the_server(body, RULES["3.4"])["query"]["bool"]["must"][0]["nested"]["inner_hits"]
    assert seen == {"highlight": {"fields": [{"_semantic:c.text": {"type": "plain"}}]}}
    assert with_names({"error": {"reason": "failed to parse field [_semantic:c.text]"}}) == {
        "error": {"reason": "failed to parse field [c.text]"}
    }
