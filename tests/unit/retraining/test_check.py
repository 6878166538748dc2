"""Whether there is enough new for another run, over files on S3 in memory and over fingerprints of an index."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from include import layout as at
from include.corpus.document import Document
from include.corpus.seen import Seen, write_seen
from include.phases.corpus import sample_jsonl
from include.retraining import check
from include.retraining.check import check_corpus, most_changes, sketch_of
from include.storage import write_json, write_lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from include.plan import Plan

DOCUMENTS = [Document(f"d{n}", f"document number {n} about topic {n * 7}") for n in range(120)]


@pytest.fixture
def put(s3: Any, bucket: str) -> Callable[[list[Document]], str]:
    def write(documents: list[Document]) -> str:
        uri = f"s3://{bucket}/in/docs.jsonl"
        write_lines(s3, uri, (document.to_line() for document in documents))
        return uri

    return write


@pytest.fixture
def plan(put: Callable[..., str], make_plan: Callable[..., Plan]) -> Plan:
    return make_plan(input_type="s3", index_name=None, s3_corpus_path=put(DOCUMENTS))


@pytest.fixture
def finish(s3: Any, plan: Plan) -> Callable[..., None]:
    """Let a run have come to its end, with other settings if told so."""

    def run(of: Plan = plan, **settings: Any) -> None:
        sample_jsonl(s3, of)
        told = of.settings.model_dump(mode="json")
        told["training"] |= settings
        write_json(s3, of.layout.uri(at.REPORT_JSON), {"settings": told})

    return run


def no_cluster() -> Any:
    raise AssertionError("a corpus on S3 needs no cluster")


def decide(s3: Any, plan: Plan, min_change: float = 0.05) -> check.Decision:
    return check_corpus(s3, no_cluster, plan.settings, min_change)


def test_check_corpus_without_a_finished_run_trains(s3: Any, plan: Plan) -> None:
    sample_jsonl(s3, plan)  # a run that was broken off left this

    assert decide(s3, plan).retrain


def test_check_corpus_after_a_run_with_other_settings_trains(s3: Any, plan: Plan, finish: Any) -> None:
    finish(epochs=9)

    found = decide(s3, plan)

    assert found.retrain
    assert "No finished run of search-model with these settings" in found.reason


def test_check_corpus_same_files_reads_nothing(
    s3: Any, plan: Plan, finish: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish()
    monkeypatch.setattr(check, "read_raw_lines", None)

    found = decide(s3, plan)

    assert not found.retrain
    assert found.since == plan.run
    assert found.reason == f"The files are those of run {plan.run}."


@pytest.mark.parametrize(
    ("changed", "retrain"),
    [pytest.param(0, False, id="same"), pytest.param(5, False, id="4%"), pytest.param(6, True, id="5%")],
)
def test_check_corpus_other_files_trains_if_enough_changed(
    s3: Any, plan: Plan, finish: Any, put: Any, changed: int, retrain: bool
) -> None:
    finish()
    put([*(Document(d.id, f"{d.text}!") for d in DOCUMENTS[:changed]), *reversed(DOCUMENTS[changed:])])

    found = decide(s3, plan)

    assert found.retrain == retrain
    assert found.change
    assert found.change.share == pytest.approx(changed / 120)


def test_check_corpus_unchanged_is_not_enough_even_for_a_share_of_zero(
    s3: Any, plan: Plan, finish: Any, put: Any
) -> None:
    finish()
    put(list(reversed(DOCUMENTS)))

    assert not decide(s3, plan, min_change=0).retrain


def test_check_corpus_is_compared_with_the_newest_finished_run(
    s3: Any, make_plan: Any, plan: Plan, finish: Any, put: Any
) -> None:
    finish()
    put(DOCUMENTS[:60])
    newer = plan.model_copy(update={"run": "20261122-000000-abcdef"})
    finish(newer)

    assert decide(s3, plan).since == newer.run
    assert not decide(s3, plan).retrain


def test_check_corpus_of_pairs_looks_at_their_files(s3: Any, bucket: str, make_plan: Any) -> None:
    uri = f"s3://{bucket}/in/pairs.jsonl"
    rows = [json.dumps({"query": f"query {n}", "document": d.text}) + "\n" for n, d in enumerate(DOCUMENTS)]
    write_lines(s3, uri, rows)
    plan = make_plan(input_type="pairs", index_name=None, s3_pairs_path=uri)
    etag = s3.head_object(Bucket=bucket, Key="in/pairs.jsonl")["ETag"].strip('"')
    write_json(s3, plan.layout.uri(at.REPORT_JSON), {"settings": plan.settings.model_dump(mode="json")})
    write_seen(s3, plan.layout.uri(at.SEEN), Seen(None, sketch_of(DOCUMENTS)))
    write_json(s3, plan.layout.uri("training-data/manifest.json"), {"inputs": {uri: etag, "s3://other/x": "1"}})
    assert not decide(s3, plan).retrain

    write_lines(s3, uri, rows[1:])
    assert decide(s3, plan).retrain


ALL = {"match_all": {}}


def fingerprint(uuid: str = "u", query: Any = None, **shards: list[int]) -> dict[str, Any]:
    return {"articles": {"uuid": uuid, "query": query or ALL, "shards": shards or {"0": [99, 100, 0]}}}


@pytest.mark.parametrize(
    ("now", "most"),
    [
        pytest.param(fingerprint(s0=[99, 100, 0]), 0, id="nothing"),
        pytest.param(fingerprint(s0=[109, 110, 0]), 10, id="ten-new"),
        pytest.param(fingerprint(s0=[104, 100, 5]), 5, id="five-replaced"),
        pytest.param(fingerprint(s0=[102, 97, 3]), 6, id="three-deleted"),
        pytest.param(fingerprint(s0=[102, 97, 0]), 3, id="three-deleted-and-merged"),
        pytest.param(fingerprint(s0=[99, 900, 0]), 800, id="indexed-before-and-refreshed-since"),
        pytest.param(fingerprint("other", s0=[99, 100, 0]), None, id="made-again"),
        pytest.param(fingerprint(s0=[99, 100, 0], s1=[0, 0, 0]), None, id="other-shards"),
        pytest.param(fingerprint(query={"range": {}}, s0=[99, 100, 0]), None, id="alias-with-a-filter"),
        pytest.param({}, None, id="other-indices"),
        pytest.param(None, None, id="may-not-be-seen"),
    ],
)
def test_most_changes_is_never_less_than_what_changed(now: Any, most: int | None) -> None:
    assert most_changes(fingerprint(s0=[99, 100, 0]), now) == most


def test_most_changes_through_a_filter_cannot_be_told_though_nothing_was_written() -> None:
    seen = fingerprint(query={"range": {"day": {"gte": "now-7d"}}})

    assert most_changes(seen, seen) is None
