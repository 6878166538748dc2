"""The documents are read once as long as they, and how they are sampled, stay the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import responses
from opensearchpy import OpenSearch, RequestsHttpConnection

from include.phases.corpus import finish_corpus, read_sample, sample_jsonl, save_judged
from include.reuse.corpus import enter_corpus, take_corpus
from include.reuse.fingerprint import index_fingerprint
from include.storage import write_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from include.plan import Plan

SEARCH = "http://search:9200"


def no_cluster() -> Any:
    pytest.fail("the documents lie on S3")


@pytest.fixture
def sampled(s3: Any, plan_of: Callable[..., Plan]) -> Callable[..., dict[str, Any] | None]:
    """Come to the corpus of a run; returns the counts that were taken over, None if the documents were read."""

    def make(number: int, **changed: Any) -> dict[str, Any] | None:
        plan = plan_of(number, **changed)
        save_judged(s3, plan)
        taken = take_corpus(s3, no_cluster, plan)
        if taken is None:
            counts = sample_jsonl(s3, plan)
            finish_corpus(s3, plan, counts)
            enter_corpus(s3, plan, counts)
        return taken

    return make


def test_corpus_of_the_same_files_is_copied_with_its_counts(s3: Any, sampled: Any, plan_of: Any) -> None:
    assert sampled(1) is None

    taken = sampled(2)

    assert (taken["read"], taken["sampled"], taken["bad_lines"]) == (120, 120, 0)
    assert list(read_sample(s3, plan_of(2))) == list(read_sample(s3, plan_of(1)))


def test_corpus_of_changed_files_is_read(s3: Any, bucket: str, sampled: Any) -> None:
    sampled(1)
    write_lines(
        s3, f"s3://{bucket}/in/docs.jsonl", [json.dumps({"id": f"e{n}", "text": f"new {n}"}) + "\n" for n in range(150)]
    )

    assert sampled(2) is None


def test_corpus_of_files_that_changed_while_they_were_read_is_not_for_later_runs(
    s3: Any, bucket: str, plan_of: Any
) -> None:
    """Put back, they would look like what was read."""
    plan, uri = plan_of(1), f"s3://{bucket}/in/docs.jsonl"
    before = s3.get_object(Bucket=bucket, Key="in/docs.jsonl")["Body"].read()
    take_corpus(s3, no_cluster, plan)
    write_lines(s3, uri, [json.dumps({"id": f"e{n}", "text": f"new {n}"}) + "\n" for n in range(150)])
    enter_corpus(s3, plan, sample_jsonl(s3, plan))
    s3.put_object(Bucket=bucket, Key="in/docs.jsonl", Body=before)

    assert take_corpus(s3, no_cluster, plan_of(2)) is None


@pytest.mark.parametrize(
    ("changed", "read"),
    [
        ({"max_documents": 110}, True),
        ({"seed": 7}, True),
        ({"max_bad_line_share": 0.5}, True),
        ({"heldout_share": 0.3}, False),
        ({"epochs": 9}, False),
        ({"reuse": "never"}, True),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_corpus_is_read_again_only_for_what_it_depends_on(sampled: Any, changed: dict[str, Any], read: bool) -> None:
    sampled(1)

    assert (sampled(2, **changed) is None) == read


def test_corpus_of_other_judged_documents_is_read(s3: Any, bucket: str, sampled: Any) -> None:
    sampled(1)
    paths = {"eval_queries_s3_path": f"s3://{bucket}/q.jsonl", "eval_qrels_s3_path": f"s3://{bucket}/qrels.tsv"}
    write_lines(s3, paths["eval_queries_s3_path"], ['{"_id": "q", "text": "topic 7"}\n'])
    write_lines(s3, paths["eval_qrels_s3_path"], ["query-id\tcorpus-id\tscore\n", "q\td1\t1\n"])

    assert sampled(2, **paths) is None


@pytest.fixture
def index() -> Iterator[dict[str, Any]]:
    """A cluster with one index of two shards; what its statistics say can be changed."""

    def shard(primary: bool, last: int) -> dict[str, Any]:
        docs = {"count": 5, "deleted": 0}
        return {"routing": {"primary": primary}, "seq_no": {"max_seq_no": last}, "docs": docs}

    said: dict[str, Any] = {
        "status": 200,
        "articles": {"uuid": "u1", "shards": {"0": [shard(True, 4), shard(False, 3)], "1": [shard(True, 9)]}},
    }
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.get(
            f"{SEARCH}/articles/_mapping", json={"articles": {"mappings": {"properties": {"text": {"type": "text"}}}}}
        )
        mock.add_callback(
            responses.GET,
            f"{SEARCH}/articles/_stats",
            lambda _: (said["status"], {}, json.dumps({"indices": {"articles": said["articles"]}, "error": "denied"})),
            content_type="application/json",
        )
        yield said


def client() -> OpenSearch:
    return OpenSearch(hosts=[SEARCH], connection_class=RequestsHttpConnection, max_retries=0)


def test_fingerprint_is_of_the_primaries(index: Any) -> None:
    assert index_fingerprint(client(), "articles") == {
        "articles": {"uuid": "u1", "query": {"match_all": {}}, "shards": {"0": [4, 5, 0], "1": [9, 5, 0]}}
    }


def test_fingerprint_that_may_not_be_read_is_none_and_says_what_to_allow(
    index: Any, caplog: pytest.LogCaptureFixture
) -> None:
    index["status"] = 403

    with caplog.at_level("INFO"):
        assert index_fingerprint(client(), "articles") is None

    assert "allow indices:monitor/stats" in caplog.text


def test_corpus_of_an_index_that_cannot_be_fingerprinted_is_read_and_not_entered(
    s3: Any, index: Any, plan_of: Any
) -> None:
    index["status"] = 403
    plan = plan_of(input_type="opensearch", index_name="articles", s3_corpus_path=None)

    assert take_corpus(s3, client, plan) is None
    enter_corpus(s3, plan, {"read": 5})
    assert take_corpus(s3, client, plan) is None
