"""What is only seen when the corpus is read: it ends the run before anything was submitted, with what to do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from include import layout as at
from include.corpus.document import Document
from include.errors import TerminalError
from include.phases.corpus import HELD_OUT_IDS, finish_corpus, sample_jsonl, save_guard, save_judged
from include.storage import list_uris, read_lines, write_bytes, write_lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from include.plan import Plan


@pytest.fixture
def from_s3(s3: Any, bucket: str, make_plan: Callable[..., Plan]) -> Callable[..., Plan]:
    """Plan of a run with this corpus."""

    def make(body: bytes, name: str = "docs.jsonl", **changed: Any) -> Plan:
        uri = f"s3://{bucket}/in/{name}"
        write_bytes(s3, uri, body, "text/plain")
        return make_plan(input_type="s3", index_name=None, s3_corpus_path=uri, **changed)

    return make


def corpus(count: int, text: str = "a text of its own, number {0} {0}{0}") -> bytes:
    return b"".join(json.dumps({"id": f"d{n}", "text": text.format(n)}).encode() + b"\n" for n in range(count))


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(TerminalError) as caught:
        call()
    return str(caught.value)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(corpus(150) + b"oops\n" * 2, "2 of 152 lines of s3_corpus_path are malformed", id="malformed"),
        pytest.param(corpus(150) + b"oops\n" * 2, "docs.jsonl, line 151: not JSON", id="malformed-names-the-line"),
        pytest.param(corpus(150).replace(b"text of", b"t\xe9xt of"), "not UTF-8 (byte", id="latin-1"),
        pytest.param(b"", "s3_corpus_path holds no lines", id="empty-file"),
        pytest.param(b"id,text\n1,a\n", "2 of 2 lines", id="csv"),
        pytest.param(json.dumps([{"id": "1", "text": "t"}]).encode(), "list instead of an object", id="json-array"),
        pytest.param(b'{"_id": "1", "body": "t"}\n', "no id and no text; it has _id, body", id="other-names"),
    ],
)
def test_sample_jsonl_bad_file_says_what_to_do(s3: Any, from_s3: Any, body: bytes, message: str) -> None:
    plan = from_s3(body)

    assert message in refusal(lambda: sample_jsonl(s3, plan))
    assert list_uris(s3, plan.layout.uri()) == []  # nothing was written


def test_sample_jsonl_file_that_is_no_gzip_says_so(s3: Any, from_s3: Any) -> None:
    plan = from_s3(corpus(150), name="docs.jsonl.gz")

    assert "docs.jsonl.gz cannot be unpacked" in refusal(lambda: sample_jsonl(s3, plan))


def test_sample_jsonl_few_bad_lines_are_counted_and_listed(s3: Any, from_s3: Any) -> None:
    counts = sample_jsonl(s3, from_s3(corpus(200) + b"oops\n"))

    assert (counts["sampled"], counts["lines"], counts["bad_lines"]) == (200, 201, 1)
    assert counts["bad_lines_listed"] == [
        "s3://search-bucket/in/docs.jsonl, line 201: not JSON (Expecting value at character 0)"
    ]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(corpus(99), "The corpus has 99 different texts (99 documents read, 0 empty, 0 dupl", id="small"),
        pytest.param(corpus(500, "the same text"), "1 different texts (500 documents read, 0 empty, 499", id="copies"),
        pytest.param(corpus(500, "  "), "0 different texts (500 documents read, 500 empty, 0 duplicates)", id="empty"),
        pytest.param(
            corpus(200, "the very same long text in every one of the documents but for its number " * 3 + "{0}"),
            "200 of 200 documents would have to be held out of training, because they are near-copies",
            id="near-copies",
        ),
    ],
)
def test_finish_corpus_that_cannot_be_trained_on_says_why(s3: Any, from_s3: Any, body: bytes, message: str) -> None:
    plan = from_s3(body)
    counts = sample_jsonl(s3, plan)

    assert message in refusal(lambda: finish_corpus(s3, plan, counts))


def test_finish_corpus_less_than_a_batch_says_so_before_queries_are_paid_for(s3: Any, from_s3: Any) -> None:
    plan = from_s3(corpus(150), batch_size=512)
    counts = sample_jsonl(s3, plan)

    message = refusal(lambda: finish_corpus(s3, plan, counts))

    assert "135 documents to train on give at most 270 pairs, and batch_size is 512: too small to train on." in message
    assert "Lower batch_size, or give a larger corpus." in message


def with_judged(s3: Any, bucket: str, queries: str, qrels: str) -> dict[str, str]:
    paths = {
        "eval_queries_s3_path": f"s3://{bucket}/eval/q.jsonl",
        "eval_qrels_s3_path": f"s3://{bucket}/eval/test.tsv",
    }
    for uri, content in zip(paths.values(), (queries, qrels), strict=True):
        write_lines(s3, uri, content.splitlines(keepends=True))
    return paths


def test_finish_corpus_judged_documents_that_are_not_there_say_so(s3: Any, bucket: str, from_s3: Any) -> None:
    plan = from_s3(corpus(150), **with_judged(s3, bucket, '{"_id": "q", "text": "t"}\n', "q\t17\t1\n"))
    save_judged(s3, plan)
    counts = sample_jsonl(s3, plan)

    message = refusal(lambda: finish_corpus(s3, plan, counts))

    assert "None of the 1 documents of eval_qrels_s3_path is in the corpus, for example '17'." in message
    assert "The corpus-id of the qrels must be the documents' own ids." in message


def test_save_judged_bad_file_names_the_line(s3: Any, bucket: str, from_s3: Any) -> None:
    plan = from_s3(corpus(150), **with_judged(s3, bucket, '{"_id": "q", "text": ""}\n', "q\td1\t1\n"))

    assert "eval_queries_s3_path, line 1, is " in refusal(lambda: save_judged(s3, plan))


def test_held_out_ids_of_any_kind_stay_held_out(s3: Any, make_plan: Callable[..., Plan]) -> None:
    """OpenSearch takes line ends in ids: a torn id would be trained on."""
    plan = make_plan(heldout_share=0.5)
    documents = [Document(f"id\n{n}\t\r", f"text of its own {n} {n * 7} {n * 13}") for n in range(120)]
    write_lines(s3, plan.layout.uri(at.DOCUMENTS), (document.to_line() for document in documents))
    write_lines(s3, plan.layout.uri(at.JUDGED_DOCUMENTS), [])

    finish_corpus(s3, plan, {"read": 120, "empty": 0, "duplicate": 0, "sampled": 120})

    held_out = {json.loads(line) for line in read_lines(s3, plan.layout.uri(HELD_OUT_IDS))}
    assert len(held_out) == 60
    assert held_out < {document.id for document in documents}


JUDGED_MANY = {
    "queries": "".join(f'{{"_id": "q{n}", "text": "query {n}"}}\n' for n in range(80)),
    "qrels": "".join(f"q{n}\td{n}\t1\n" for n in range(80)),
}


def test_finish_corpus_judged_documents_that_leave_too_few_name_the_way_out(s3: Any, bucket: str, from_s3: Any) -> None:
    judged = with_judged(s3, bucket, **JUDGED_MANY)
    plan = from_s3(corpus(150), **judged)
    save_judged(s3, plan)
    counts = sample_jsonl(s3, plan)

    message = refusal(lambda: finish_corpus(s3, plan, counts))

    assert "80 of 150 documents are held out of training, because judged queries are answered by them" in message
    assert "70 are left to train on, and 100 are needed." in message
    assert "set hold_out_judged to false" in message


def test_finish_corpus_judged_documents_are_held_out_unless_told_not_to(s3: Any, bucket: str, from_s3: Any) -> None:
    many = with_judged(s3, bucket, JUDGED_MANY["queries"] * 2, JUDGED_MANY["qrels"] + "q0\td100\t0\n")
    plan = from_s3(corpus(159), **many, batch_size=64)
    save_judged(s3, plan)
    counts = sample_jsonl(s3, plan)
    assert "79 are left" in refusal(lambda: finish_corpus(s3, plan, counts))

    plan = from_s3(corpus(181), heldout_share=0.01, **many)
    save_judged(s3, plan)
    counts = finish_corpus(s3, plan, sample_jsonl(s3, plan))
    assert (counts["held_out"], counts["held_out_as_judged"]) == (80, 80)

    allowed = from_s3(corpus(150), **many, hold_out_judged=False, heldout_share=0.1)
    save_judged(s3, allowed)
    counts = finish_corpus(s3, allowed, sample_jsonl(s3, allowed))
    assert (counts["held_out"], counts["held_out_as_judged"]) == (15, 0)


def test_guard_queries_are_checked_as_judged_ones_under_their_own_names(s3: Any, bucket: str, from_s3: Any) -> None:
    paths = {"guard_queries_s3_path": f"s3://{bucket}/g/q.jsonl", "guard_qrels_s3_path": f"s3://{bucket}/g/test.tsv"}
    write_lines(s3, paths["guard_queries_s3_path"], ['{"_id": "q", "text": "t"}\n'])
    plan = from_s3(corpus(150), **paths)
    for qrels, message in (
        ("q\td1\n", "guard_qrels_s3_path, line 1, cannot be read"),
        ("x\td1\t1\n", "None of the 1 queries of guard_queries_s3_path has a relevant document in guard_qrels_s3_path"),
    ):
        write_lines(s3, paths["guard_qrels_s3_path"], [qrels])
        assert message in refusal(lambda: save_guard(s3, plan))

    write_lines(s3, paths["guard_qrels_s3_path"], ["q\t17\t1\n"])
    assert save_guard(s3, plan) == 1
    counts = sample_jsonl(s3, plan)
    assert "documents of guard_qrels_s3_path is in the corpus" in refusal(lambda: finish_corpus(s3, plan, counts))
