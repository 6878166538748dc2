"""What a body asks for is read as OpenSearch reads it, and the server gets the rest."""

from __future__ import annotations

from typing import Any

import pytest

from include.highlighting import InvalidHighlightError, NoQuestionError
from include.highlighting.plan import plan_of
from include.highlighting.tags import Look, Tags

SEMANTIC: dict[str, Any] = {"type": "semantic"}
DOG = {"match": {"text": "dog"}}


def _body(highlight: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"query": DOG, "highlight": highlight, **more}


def test_plan_semantic_alone_leaves_the_server_no_highlight() -> None:
    plan = plan_of(_body({"fields": {"text": SEMANTIC}, "options": {"model_id": "m"}}, size=3))
    assert plan.body == {"query": DOG, "size": 3}
    (field,) = plan.hits.fields
    assert (field.name, field.model_id, field.question, field.own_question) == ("text", "m", "dog", False)


def test_plan_other_highlighters_stay_with_the_server() -> None:
    highlight = {"type": "semantic", "pre_tags": ["<b>"], "fields": {"text": {}, "title": {"type": "plain"}}}
    plan = plan_of(_body(highlight), "m")
    assert plan.body["highlight"] == {"pre_tags": ["<b>"], "fields": {"title": {"type": "plain"}}}
    listed = plan_of(_body({"fields": [{"text": SEMANTIC}, {"title": {}}]}), "m")
    assert listed.body["highlight"] == {"fields": [{"title": {}}]}


def test_plan_options_of_the_field_win() -> None:
    own = {**SEMANTIC, "options": {"model_id": "own"}, "pre_tags": ["<b>", "<i>"], "number_of_fragments": 2}
    highlight = {
        "fields": {"text": own, "title": SEMANTIC},
        "options": {"model_id": "all", "no_match_size": 7},
        "tags_schema": "styled",
        "encoder": "html",
    }
    text, title = plan_of(_body(highlight), "given").hits.fields
    styled = Tags('<em class="hlt1">', "</em>")
    assert (text.model_id, title.model_id) == ("own", "all")
    assert text.look == Look(Tags("<b>", "</em>"), html=True, fragments=2, no_match_size=7)
    assert title.look == Look(styled, html=True, no_match_size=7)


@pytest.mark.parametrize(
    ("source", "more"),
    [
        (True, {}),
        (False, {"fields": ["text"]}),
        ("t*", {"fields": ["text"]}),
        ({"excludes": "x"}, {"fields": ["text"]}),
    ],
)
def test_plan_source_that_may_lack_the_text_is_made_up_for(source: Any, more: dict[str, Any]) -> None:
    plan = plan_of(_body({"fields": {"text": SEMANTIC}}, _source=source), "m")
    assert plan.body == {"query": DOG, "_source": source, **more}
    assert plan.hits.from_fields is bool(more)


def test_plan_body_is_not_changed() -> None:
    inner = {"highlight": {"fields": {"c.t": SEMANTIC}}, "_source": False}
    query = {"nested": {"path": "c", "query": {"match": {"c.t": "x"}}, "inner_hits": inner}}
    body = {"query": query, "highlight": {"fields": {"text": SEMANTIC}}, "_source": False}
    before = repr(body)
    plan = plan_of(body, "m")
    assert repr(body) == before
    assert plan.body["query"]["nested"]["inner_hits"] == {"_source": False, "fields": ["c.t"]}
    assert list(plan.inner) == ["c"]
    assert plan.inner["c"].fields[0].question == "x"


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ({"nested": {"path": "c", "query": DOG, "inner_hits": {"name": "n"}}}, "n"),
        ({"bool": {"should": [{"has_child": {"type": "kid", "query": DOG, "inner_hits": {}}}]}}, "kid"),
        ({"has_parent": {"parent_type": "dad", "query": DOG, "inner_hits": {}}}, "dad"),
    ],
)
def test_plan_inner_hits_are_known_by_their_name(query: dict[str, Any], name: str) -> None:
    (options,) = query.values()
    options = options["should"][0]["has_child"] if "should" in options else options
    options["inner_hits"]["highlight"] = {"fields": {"t": SEMANTIC}}
    assert list(plan_of({"query": query}, "m").inner) == [name]


def test_plan_inner_hits_of_collapse_are_found() -> None:
    collapse = {"field": "f", "inner_hits": [{"name": "a", "highlight": {"fields": {"t": SEMANTIC}}}, {"name": "b"}]}
    plan = plan_of({"query": DOG, "collapse": collapse}, "m")
    assert plan.inner["a"].fields[0].question == "dog"
    assert plan.body["collapse"]["inner_hits"] == [{"name": "a"}, {"name": "b"}]


@pytest.mark.parametrize(
    ("section", "own", "given", "question"),
    [
        ({}, {}, None, "dog"),
        ({}, {}, "given", "given"),
        ({"highlight_query": {"match": {"x": "all"}}}, {}, "given", "all"),
        ({"highlight_query": {"match": {"x": "all"}}}, {"highlight_query": {"match": {"x": "own"}}}, None, "own"),
        ({"highlight_query": {"match_all": {}}}, {}, None, "dog"),
    ],
    ids=["query", "argument", "highlight_query", "of_the_field", "without_text"],
)
def test_plan_question_is_the_most_special_one(
    section: dict[str, Any], own: dict[str, Any], given: str | None, question: str
) -> None:
    plan = plan_of(_body({**section, "fields": {"text": {**SEMANTIC, **own}}}), "m", given)
    assert plan.hits.fields[0].question == question


def test_plan_without_question_is_refused() -> None:
    with pytest.raises(NoQuestionError, match="question="):
        plan_of({"query": {"match_all": {}}, "highlight": {"fields": {"text": SEMANTIC}}}, "m")


@pytest.mark.parametrize(
    ("highlight", "model_id", "message"),
    [
        ({"fields": {"text": {}}}, "m", "No field of the search is semantic"),
        ({"fields": {"text": SEMANTIC}}, None, "model_id of the field 'text' is None"),
        ({"fields": {"text": SEMANTIC}, "encoder": "xml"}, "m", "encoder is 'xml'"),
        ({"fields": {"text": {**SEMANTIC, "number_of_fragments": -1}}}, "m", "number_of_fragments is -1"),
        ({"fields": {"text": {**SEMANTIC, "no_match_size": "x"}}}, "m", "no_match_size is 'x'"),
    ],
)
def test_plan_wrong_highlight_is_refused(highlight: dict[str, Any], model_id: str | None, message: str) -> None:
    with pytest.raises(InvalidHighlightError, match=message):
        plan_of(_body(highlight), model_id)
