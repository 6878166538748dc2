"""Calls of a model that fails in every way: each text that can have an answer has its own, each other a reason."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.highlighting import (
    BatchHighlightingRequest,
    BatchLimits,
    HighlightingItem,
    InvalidHighlightError,
    SemanticHighlighter,
)
from include.highlighting import dispatch as dispatching
from tests.unit.highlighting.fake_cluster import FakeCluster, failed, spans

if TYPE_CHECKING:
    from include.highlighting import BatchHighlightingResult


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatching, "PAUSES", (0.001, 0.001, 0.001))


def _request(count: int, *others: str) -> BatchHighlightingRequest:
    texts = [f"text {'x' * number}" for number in range(count)] + list(others)
    return BatchHighlightingRequest([HighlightingItem(f"id {text}", "q", text) for text in texts])


def _highlighter(cluster: FakeCluster, **options: Any) -> SemanticHighlighter:
    client: Any = cluster
    return SemanticHighlighter(client, "m", **{"use_batch": True, "max_concurrency": 1, **options})


def _right(result: BatchHighlightingResult) -> set[str]:
    """Texts with the answer that is theirs; a wrong one fails the test."""
    for each in result.results:
        assert each.failure is not None or each.spans == ((0, len(each.document_id) - 3),)
    return {each.document_id[3:] for each in result.results if each.failure is None}


def test_highlight_good_model_answers_in_batches_that_grow() -> None:
    cluster = FakeCluster()
    result = _highlighter(cluster, limits=BatchLimits(first_items=4, max_items=10)).highlight(_request(40))
    assert len(_right(result)) == 40
    assert [len(call) for call in cluster.calls] == [4, 8, 10, 10, 8]


def test_highlight_slow_batches_make_the_next_smaller() -> None:
    cluster = FakeCluster()
    cluster.seconds = 0.04
    limits = BatchLimits(first_items=8, target_seconds=0.02)
    assert len(_right(_highlighter(cluster, limits=limits).highlight(_request(14)))) == 14
    assert len(cluster.calls[0]) == 8
    assert all(len(call) <= 4 for call in cluster.calls[1:])


def test_highlight_long_texts_go_in_batches_of_few_characters() -> None:
    cluster = FakeCluster()
    request = _request(0, *("y" * 60 + str(number) for number in range(5)), "z" * 500)
    assert len(_right(_highlighter(cluster, limits=BatchLimits(max_characters=150)).highlight(request))) == 6
    assert [len(call) for call in cluster.calls] == [2, 2, 1, 1]


@pytest.mark.parametrize("use_batch", [False, True])
def test_highlight_calls_at_the_same_time_are_as_many_as_allowed(use_batch: bool) -> None:
    cluster = FakeCluster()
    cluster.seconds = 0.02
    limits = BatchLimits(first_items=2, max_items=2)
    highlighter = _highlighter(cluster, use_batch=use_batch, max_concurrency=3, limits=limits)
    assert len(_right(highlighter.highlight(_request(12)))) == 12
    assert cluster.most_at_once == 3


@given(
    st.sets(st.integers(0, 29), max_size=4),
    st.integers(1, 30),
    st.sampled_from([400, 422, 424, 500]),
    st.booleans(),
    st.sampled_from([1, 4]),
)
def test_highlight_poison_anywhere_fails_alone(
    poison: set[int], first: int, status: int, use_batch: bool, at_once: int
) -> None:
    texts = {f"text {'x' * number}" for number in poison}
    cluster = FakeCluster(lambda contexts, _: failed(status) if texts & set(contexts) else None)
    limits = BatchLimits(first_items=first)
    highlighter = _highlighter(cluster, use_batch=use_batch, limits=limits, max_concurrency=at_once)

    result = highlighter.highlight(_request(30))

    assert {each.document_id[3:] for each in result.failed} == texts
    assert len(_right(result)) == 30 - len(texts)
    assert len(cluster.calls) <= 30 + 15 * len(poison)


@pytest.mark.parametrize(
    "bad",
    [
        lambda contexts, batch: {"highlights": [{"start": 0, "end": 1}]} if batch else None,
        lambda contexts, batch: {"highlights": []} if batch else None,
        lambda contexts, batch: {"highlights": 5} if batch else None,
        lambda contexts, batch: {"something": []} if batch else None,
        lambda contexts, batch: spans(contexts[1:]) if batch else None,
        lambda contexts, batch: failed(400, "Invalid payload: {}") if batch else None,
        lambda contexts, batch: (
            failed(400, "Some parameter placeholder not filled in payload: question") if batch else None
        ),
        lambda contexts, batch: failed(500) if batch else None,
        lambda contexts, batch: failed(424) if batch else None,
    ],
    ids=["flat", "empty", "number", "garbage", "one_less", "payload", "placeholder", "500", "424"],
)
def test_highlight_model_without_batches_is_called_singly_and_remembered(bad: Any) -> None:
    cluster = FakeCluster(bad)
    highlighter = _highlighter(cluster, limits=BatchLimits(first_items=5), cache_size=0)
    assert len(_right(highlighter.highlight(_request(20)))) == 20
    assert len(cluster.calls) <= 40
    assert highlighter.metrics.fallbacks >= 1
    cluster.calls.clear()

    assert len(_right(highlighter.highlight(_request(20)))) == 20
    assert [call for call in cluster.calls if isinstance(call, list)] == []


def test_highlight_model_updated_is_asked_for_batches_again() -> None:
    cluster = FakeCluster(lambda contexts, batch: failed(400, "Invalid payload") if batch else None)
    highlighter = _highlighter(cluster, cache_size=0)
    highlighter.highlight(_request(3))
    cluster.models["m"] = {**cluster.models["m"], "last_updated_time": 2}
    cluster.bad = lambda contexts, batch: None
    highlighter._engine.forget_models()
    cluster.calls.clear()
    highlighter.highlight(_request(3))
    assert [len(call) for call in cluster.calls] == [3]


@pytest.mark.parametrize(
    "error",
    [failed(413), failed(424, 'Error from remote service: {"OriginalStatusCode":413}')],
    ids=["413", "wrapped_by_sagemaker"],
)
def test_highlight_batch_too_large_is_halved_and_the_limit_remembered(error: Exception) -> None:
    cluster = FakeCluster(lambda contexts, _: error if len(contexts) > 3 else None)
    highlighter = _highlighter(cluster, limits=BatchLimits(first_items=16), cache_size=0)
    assert len(_right(highlighter.highlight(_request(16)))) == 16
    cluster.calls.clear()
    assert len(_right(highlighter.highlight(_request(16)))) == 16
    assert max(len(call) for call in cluster.calls) <= 3


def test_highlight_batches_that_fail_for_their_size_become_smaller() -> None:
    cluster = FakeCluster(lambda contexts, _: failed(500) if len(contexts) > 4 else None)
    highlighter = _highlighter(cluster, limits=BatchLimits(first_items=32), cache_size=0)
    assert len(_right(highlighter.highlight(_request(32)))) == 32
    before = len(cluster.calls)
    assert len(_right(highlighter.highlight(_request(32)))) == 32
    assert len(cluster.calls) - before <= 16


def test_highlight_text_too_large_by_itself_says_so() -> None:
    cluster = FakeCluster(lambda contexts, _: failed(413) if "huge" in contexts else None)
    result = _highlighter(cluster).highlight(_request(5, "huge"))
    assert ([each.document_id for each in result.failed], len(_right(result))) == (["id huge"], 5)
    assert "413" in str(result["id huge"].failure)


def test_highlight_throttled_call_is_repeated() -> None:
    waiting = [failed(429), failed(503), failed(429)]
    cluster = FakeCluster(lambda contexts, _: waiting.pop() if waiting else None)
    highlighter = _highlighter(cluster)
    assert len(_right(highlighter.highlight(_request(4)))) == 4
    assert (highlighter.metrics.retries, highlighter.metrics.calls) == (3, 4)


@pytest.mark.parametrize("status", [429, 503, 500, 400])
@pytest.mark.parametrize("use_batch", [False, True])
def test_highlight_dead_model_is_given_up_before_long(status: int, use_batch: bool) -> None:
    cluster = FakeCluster(lambda contexts, _: failed(status))
    result = _highlighter(cluster, use_batch=use_batch).highlight(_request(100))
    assert len(result.failed) == 100
    assert len(cluster.calls) < 50
    assert all(str(status) in str(each.failure) for each in result.failed)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_highlight_model_that_may_not_be_called_is_called_once(status: int) -> None:
    cluster = FakeCluster(lambda contexts, _: failed(status, "Model is disabled."))
    result = _highlighter(cluster, use_batch=False).highlight(_request(9))
    assert (len(result.failed), len(cluster.calls)) == (9, 1)
    assert "disabled" in str(result.results[8].failure)


def test_highlight_time_is_up_what_is_there_is_returned() -> None:
    cluster = FakeCluster()
    cluster.seconds = 0.1
    highlighter = _highlighter(cluster, use_batch=False, time_limit=0.35)
    started = time.monotonic()

    result = highlighter.highlight(_request(50))

    assert time.monotonic() - started < 1
    assert 1 <= len(_right(result)) <= 3
    assert "0.35 s" in str(result.results[-1].failure)
    assert highlighter.metrics.failed_items == len(result.failed)


def test_highlight_handlers_own_errors_fail_their_items_only() -> None:
    def bad(contexts: list[str], _: bool) -> Any:
        return {**spans(contexts), "errors": [{"item": 1.0, "error": "too long"}]}

    result = _highlighter(FakeCluster(bad)).highlight(_request(3))
    (lost,) = result.failed
    assert (lost.document_id, lost.failure) == ("id text x", "The model refused this text: too long")


def test_highlight_error_of_no_item_makes_the_batch_doubtful() -> None:
    def bad(contexts: list[str], is_batch: bool) -> Any:
        return {**spans(contexts), "errors": [{"item": 9, "error": "?"}]} if is_batch else None

    assert len(_right(_highlighter(FakeCluster(bad)).highlight(_request(3)))) == 3


def test_highlight_model_in_the_cluster_is_asked_singly_by_its_function() -> None:
    cluster = FakeCluster()
    cluster.models["m"] = {"algorithm": "QUESTION_ANSWERING", "model_version": "1"}
    assert len(_right(_highlighter(cluster).highlight(_request(2)))) == 2
    assert cluster.paths[1:] == ["POST /_plugins/_ml/_predict/question_answering/m"] * 2


def test_highlight_model_of_another_kind_is_refused() -> None:
    cluster = FakeCluster()
    cluster.models["m"] = {"algorithm": "TEXT_EMBEDDING"}
    result = _highlighter(cluster).highlight(_request(2))
    assert (len(result.failed), cluster.calls) == (2, [])
    assert "TEXT_EMBEDDING" in str(result.results[0].failure)


def test_highlight_model_that_may_not_be_read_is_taken_for_a_remote_one() -> None:
    cluster = FakeCluster()
    cluster.models["m"] = failed(403, "no permissions")  # type: ignore[assignment]
    highlighter = _highlighter(cluster)
    assert len(_right(highlighter.highlight(_request(2)))) == len(_right(highlighter.highlight(_request(2)))) == 2
    assert (highlighter.metrics.cache_hits, len(cluster.calls)) == (0, 2)


def test_highlight_same_text_is_asked_once_and_answered_for_all() -> None:
    cluster = FakeCluster()
    items = [HighlightingItem(f"id {number}", "q", "same") for number in range(4)]
    result = _highlighter(cluster).highlight(BatchHighlightingRequest(items))
    assert cluster.calls == [["same"]]
    assert [(each.document_id, each.spans) for each in result.results] == [
        (item.document_id, ((0, 4),)) for item in items
    ]


def test_highlight_new_version_of_the_model_is_not_answered_from_the_cache() -> None:
    cluster = FakeCluster()
    highlighter = _highlighter(cluster)
    highlighter.highlight(_request(3))
    highlighter.highlight(_request(3))
    assert (len(cluster.calls), highlighter.metrics.cache_hits) == (1, 3)
    cluster.models["m"] = {**cluster.models["m"], "model_version": "2"}
    highlighter._engine.forget_models()
    highlighter.highlight(_request(3))
    assert len(cluster.calls) == 2


def test_highlight_failures_are_not_cached_and_the_cache_is_bounded() -> None:
    cluster = FakeCluster(lambda contexts, _: failed(424) if "poison" in contexts else None)
    highlighter = _highlighter(cluster, cache_size=5)
    highlighter.highlight(_request(8, "poison"))
    cluster.bad = lambda contexts, _: None
    assert len(_right(highlighter.highlight(_request(8, "poison")))) == 9
    assert highlighter.metrics.cache_hits <= 5


@pytest.mark.parametrize(
    "make",
    [
        lambda: HighlightingItem("", "q", "c"),
        lambda: HighlightingItem("i", " ", "c"),
        lambda: HighlightingItem("i", "q", None),  # type: ignore[arg-type]
        lambda: BatchHighlightingRequest([HighlightingItem("i", "q", "c")] * 2),
        lambda: BatchHighlightingRequest(["text"]),  # type: ignore[list-item]
        lambda: BatchLimits(max_items=0),
        lambda: _highlighter(FakeCluster(), max_concurrency=0),
        lambda: SemanticHighlighter(FakeCluster()).highlight(_request(1)),  # type: ignore[arg-type]
    ],
    ids=["no_id", "no_question", "no_text", "same_id", "no_item", "no_limit", "no_concurrency", "no_model"],
)
def test_request_that_is_wrong_is_refused(make: Any) -> None:
    with pytest.raises(InvalidHighlightError, match="Valid: "):
        make()
