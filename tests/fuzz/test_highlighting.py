"""What a highlighting model and a cluster answer, and what a search asks for."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from include.highlighting import InvalidHighlightError
from include.highlighting.answers import ItemAnswer, batch_answers, failure_of, single_answer
from include.highlighting.errors import ModelCallError, SpanError
from include.highlighting.gather import clean, fill, request_of, slots_of, take_out
from include.highlighting.items import ItemResult
from include.highlighting.plan import plan_of
from include.highlighting.spans import checked_spans
from include.highlighting.tags import Look, tagged
from tests.fuzz.counting import fuzz
from tests.fuzz.strategies import json_values, nearly, numbers, texts

spans = st.lists(nearly({"start": numbers, "end": numbers, "text": texts}), max_size=4)
errors = st.lists(nearly({"item": numbers, "error": texts}), max_size=2)
maps = st.one_of(
    nearly({"highlights": st.one_of(spans, st.lists(spans, max_size=3)), "errors": errors}),
    nearly({"response": st.lists(nearly({"highlights": spans}), max_size=3)}),
)
tensors = st.lists(nearly({"dataAsMap": maps}), max_size=2)
answers = st.one_of(
    st.builds(lambda found: {"inference_results": [{"output": [{"dataAsMap": found}]}]}, maps),
    nearly({"inference_results": st.lists(nearly({"output": tensors}), max_size=2)}),
    json_values,
)


@fuzz(4_000, answer=answers, size=st.integers(1, 3))
def test_model_answer(answer: Any, size: int) -> None:
    found: list[ItemAnswer] = []
    for read in (lambda: [single_answer(answer)], lambda: batch_answers(answer, size)):
        try:
            found += read()
        except ModelCallError as error:
            assert str(error)
    for each in found:
        _check(each.spans, "Creates a group 🚀. A group holds users.")


@fuzz(3_000, raw=st.one_of(spans, json_values), text=texts)
def test_spans(raw: Any, text: str) -> None:
    _check(raw, text)


def _check(raw: Any, text: str) -> None:
    try:
        found = checked_spans(raw, text).spans
    except SpanError as error:
        assert str(error)
        return
    assert list(found) == sorted(found)
    shown = tagged(text, found, Look())
    assert shown.count("<em>") == len(found) + text.count("<em>")


class _TransportError(Exception):
    def __init__(self, status: Any, info: Any) -> None:
        super().__init__(status, "reason", info)
        self.status_code, self.info = status, info


causes = nearly({"reason": texts, "caused_by": nearly({"reason": texts}), "type": texts})


@fuzz(
    2_000, status=st.one_of(numbers, texts, st.sampled_from([400, 404, 429, "TIMEOUT"])), info=nearly({"error": causes})
)
def test_error_of_a_call(status: Any, info: Any) -> None:
    assert isinstance(failure_of(_TransportError(status, info)), ModelCallError)


queries = st.recursive(
    st.one_of(
        st.builds(lambda text: {"match": {"text": text}}, texts),
        nearly({"match": st.dictionaries(texts, json_values, max_size=2), "query_string": nearly({"query": texts})}),
        st.builds(lambda text: {"wrapper": {"query": text}}, texts),
        json_values,
    ),
    lambda inner: st.one_of(
        st.builds(lambda found: {"bool": {"must": found}}, st.lists(inner, max_size=2)),
        st.builds(lambda found: {"nested": {"path": "p", "query": found, "inner_hits": {}}}, inner),
    ),
    max_leaves=3,
)
options = {
    "type": st.just("semantic"),
    "pre_tags": st.lists(texts, max_size=1),
    "options": nearly({"model_id": st.just("m")}),
    "number_of_fragments": st.integers(0, 2),
    "no_match_size": st.integers(0, 5),
    "encoder": st.sampled_from(["html", "default"]),
    "highlight_query": queries,
}
fields = st.dictionaries(st.sampled_from(["text", "o.*", "*", "title"]), nearly(options), min_size=1, max_size=2)
highlights = nearly({"fields": st.one_of(fields, st.lists(fields, max_size=2)), **options})
bodies = nearly(
    {
        "query": queries,
        "highlight": highlights,
        "_source": st.booleans(),
        "fields": st.lists(texts, max_size=2),
        "collapse": nearly({"field": texts, "inner_hits": nearly({"name": texts, "highlight": highlights})}),
    }
)


@fuzz(2_500, body=bodies)
def test_search_body(body: dict[str, Any]) -> None:
    try:
        plan_of(body, "m", "question")
    except InvalidHighlightError as error:
        assert str(error)


contents = nearly({"text": st.one_of(texts, st.lists(texts, max_size=2)), "o": nearly({"text": texts, "n": numbers})})
inner_hits = st.builds(
    lambda hits: {"p": {"hits": {"hits": hits}}}, st.lists(nearly({"_source": contents}), max_size=2)
)
hits = st.fixed_dictionaries(
    {"_index": texts, "_id": texts},
    optional={
        "_source": st.one_of(contents, json_values),
        "fields": st.one_of(st.dictionaries(texts, st.lists(json_values, max_size=2), max_size=2), json_values),
        "highlight": st.dictionaries(st.sampled_from(["text", "o.text"]), st.lists(texts, max_size=1)),
        "inner_hits": st.one_of(st.none(), inner_hits),
    },
)
PLANS = [
    plan_of({"query": {"match": {"text": "a"}}, "highlight": {"fields": {name: {"type": "semantic"}}}, **more}, "m")
    for name, more in (("text", {}), ("*", {}), ("o.*", {"_source": False}), ("text", {"stored_fields": []}))
]


@fuzz(2_500, found=st.lists(hits, max_size=3), plan=st.sampled_from(PLANS))
def test_hits(found: list[dict[str, Any]], plan: Any) -> None:
    slots = slots_of(plan, found)
    request = request_of([slot for slot in slots if slot.problem is None])
    results = {item.document_id: ItemResult(item.document_id) for item in request.items}
    take_out(slots)
    for slot in slots:
        fill(slot, results)
    clean(plan, found)
