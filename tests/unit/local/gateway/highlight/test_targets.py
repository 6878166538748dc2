"""What a batch highlights: under the rules of 3.4, which are recorded, and under those of 3.7, which are not."""

from __future__ import annotations

from typing import Any

import pytest

from local.gateway.errors import OpenSearchError
from local.gateway.highlight.options import Tags
from local.gateway.highlight.rules import RULES
from local.gateway.highlight.targets import is_processed, job

OLD, NEW = RULES["3.4"], RULES["3.7"]
BATCH = {"model_id": "m", "batch_inference": True}
SEMANTIC = {"type": "semantic"}
DOG = {"match": {"text": "dog"}}
INNER = {"highlight": {"fields": {"c.text": SEMANTIC}, "options": {"model_id": "m"}}}
NESTED = {"nested": {"path": "c", "query": DOG, "inner_hits": INNER}}


def _body(fields: Any = None, *, query: Any = None, **highlight: Any) -> dict[str, Any]:
    return {"query": query or DOG, "highlight": {"fields": fields or {"text": SEMANTIC}, **highlight}}


@pytest.mark.parametrize(
    ("options", "size"),
    [
        (BATCH, 100),
        ({**BATCH, "max_batch_size": 2}, 2),
        ({**BATCH, "max_batch_size": "3"}, 3),
        ({**BATCH, "max_batch_size": "abc"}, 100),
        ({**BATCH, "max_inference_batch_size": 2}, 100),
        ({**BATCH, "batch_inference": "True"}, 100),
    ],
    ids=["default", "number", "text", "no-number", "name-of-3.7", "flag-as-text"],
)
def test_job_options_of_the_highlighter_decide(options: Any, size: int) -> None:
    found = job(_body(options=options), OLD)
    assert found is not None
    assert (found.model_id, found.question, found.batch_size) == ("m", "dog", size)


@pytest.mark.parametrize(
    "body",
    [
        _body(options={"model_id": "m"}),
        _body({"text": {**SEMANTIC, "options": BATCH}}),
        _body(options={"batch_inference": True}),
        _body(options={**BATCH, "model_id": ""}),
        _body(options={**BATCH, "max_batch_size": 0}),
        _body(options=BATCH, query={"match_all": {}}),
        _body(options=BATCH, query={"bool": {"must": DOG}}),
    ],
    ids=["no-batch", "own-options", "no-model", "empty-model", "size-0", "no-text", "bool"],
)
def test_job_not_enough_said_is_none(body: dict[str, Any]) -> None:
    assert job(body, OLD) is None


def test_job_model_and_tags_may_be_options_of_a_field() -> None:
    own = {"model_id": "own", "pre_tag": "<x>"}
    found = job(
        _body({"text": {**SEMANTIC, "options": own}}, options={"batch_inference": True, "post_tag": "</y>"}), OLD
    )
    assert found is not None
    assert (found.model_id, found.targets[0].tags) == ("own", Tags("<x>", "</y>"))


def test_job_tags_of_a_field_are_not_seen() -> None:
    field = {**SEMANTIC, "pre_tags": ["<b>"], "post_tags": ["</b>"]}
    found = job(_body({"text": field}, options={**BATCH, "pre_tag": "<i>"}, pre_tags="<u>", post_tags="</u>"), OLD)
    assert found is not None
    assert found.targets[0].tags == Tags("<u>", "</u>")


def test_job_first_semantic_field_only() -> None:
    found = job(_body({"title": {"type": "plain"}, "text": SEMANTIC, "more": SEMANTIC}, options=BATCH), OLD)
    assert found is not None
    assert [target.field for target in found.targets] == ["text"]


@pytest.mark.parametrize(
    ("body", "old", "new"),
    [
        (_body(options=BATCH), True, True),
        (_body(), True, False),
        (_body({"text": {}}, type="semantic", options=BATCH), False, False),
        ({**_body(), "ext": {"semantic_highlighting_batch": True}}, True, True),
        ({**_body(), "ext": {"semantic_highlighting_batch": False}}, True, False),
        ({"query": NESTED, "ext": {"semantic_highlighting_batch": "true"}}, False, True),
        ({"query": DOG}, False, False),
    ],
    ids=["batch", "single", "type-of-all", "request", "request-off", "inner-hits", "nothing"],
)
def test_is_processed_versions_differ(body: dict[str, Any], old: bool, new: bool) -> None:
    assert (is_processed(body, OLD), is_processed(body, NEW)) == (old, new)


def test_job_under_the_rules_of_3_7_takes_all_fields_with_their_own_options() -> None:
    title = {
        **SEMANTIC,
        "options": {"max_inference_batch_size": 7, "no_match_size": 3},
        "pre_tags": "<b>",
        "post_tags": "</b>",
    }
    query = {"bool": {"must": [{"nested": {"path": "c", "query": DOG, "inner_hits": INNER}}]}}
    found = job(_body({"text": SEMANTIC, "title": title}, options=BATCH, query=query), NEW)
    assert found is not None
    assert [(each.field, each.inner_hits, each.tags.pre) for each in found.targets] == [
        ("text", None, "<em>"), ("title", None, "<b>"), ("c.text", "c", "<em>"),
    ]  # fmt: skip
    assert (found.question, found.batch_size, found.targets[1].no_match_size) == ("dog", 7, 3)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (_body(options=BATCH, query={"match_all": {}}), "Could not extract query text"),
        (_body(options={"batch_inference": True}), r"options\.model_id is required on the \[text\]"),
        (_body(options={**BATCH, "max_inference_batch_size": -1}), "max_inference_batch_size is -1"),
    ],
    ids=["no-text", "no-model", "size"],
)
def test_job_under_the_rules_of_3_7_refuses_what_is_not_enough(body: dict[str, Any], reason: str) -> None:
    with pytest.raises(OpenSearchError, match=reason):
        job(body, NEW)


def test_job_under_the_rules_of_3_7_highlight_query_is_the_question() -> None:
    found = job(_body(options=BATCH, highlight_query={"match": {"text": "cat"}}), NEW)
    assert found is not None
    assert found.question == "cat"


def test_target_text_of_an_inner_hit_is_under_its_last_part() -> None:
    query = {"nested": {"path": "c", "query": DOG, "inner_hits": {**INNER, "name": "own"}}}
    found = job({"query": query, "ext": {"semantic_highlighting_batch": True}}, NEW)
    assert found is not None
    (target,) = found.targets
    inner = {"_source": {"text": "dog one"}}
    assert target.hits_in({"inner_hits": {"own": {"hits": {"hits": [inner]}}}}) == [inner]
    assert target.value_in(inner) == "dog one"
