"""All phases one after the other on S3 in memory, with made-up answers of Bedrock and archives of a training job."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from include import layout as at
from include.corpus.document import Document, words_of
from include.evaluation.beir import QuerySet
from include.manifest import read_manifest
from include.phases.corpus import (
    HELD_OUT,
    HELD_OUT_IDS,
    JUDGED,
    fetch_judged,
    finish_corpus,
    load_query_set,
    read_evaluation_corpus,
    read_sample,
    sample_jsonl,
    save_judged,
)
from include.phases.engine import index_vectors, save_engine_runs
from include.phases.evaluation import index_corpus, save_bm25_runs, save_evaluation
from include.phases.queries import read_pairs, save_pairs, write_jobs
from include.phases.registration import smoke_test
from include.phases.report import save_report
from include.phases.training import publish_artifact, upload_source
from include.storage import list_uris, read_json, read_lines, write_lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from include.plan import Plan

# The second is what a query that is written for its document will be, too.
JUDGED_QUERIES = ['{"_id": "j1", "text": "make a group"}\n', '{"_id": "j2", "text": "Delete queue"}\n']
QRELS = ["query-id\tcorpus-id\tscore\n", "j1\tgroup.create\t1\n", "j2\tqueue.delete\t1\n", "j2\tqueue.list\t0\n"]


@pytest.fixture
def from_s3(s3: Any, bucket: str, make_plan: Callable[..., Plan], corpus_lines: list[str]) -> Callable[..., Plan]:
    """Plan of a run whose corpus lies on S3, and the corpus."""

    def make(**changed: Any) -> Plan:
        uri = f"s3://{bucket}/in/docs.jsonl"
        write_lines(s3, uri, corpus_lines)
        return make_plan(input_type="s3", index_name=None, s3_corpus_path=uri, **changed)

    return make


@pytest.fixture
def judged(s3: Any, bucket: str) -> dict[str, str]:
    """Parameters of judged queries, and the queries."""
    paths = {
        "eval_queries_s3_path": f"s3://{bucket}/eval/q.jsonl",
        "eval_qrels_s3_path": f"s3://{bucket}/eval/test.tsv",
    }
    write_lines(s3, paths["eval_queries_s3_path"], JUDGED_QUERIES)
    write_lines(s3, paths["eval_qrels_s3_path"], QRELS)
    return paths


@pytest.fixture
def run_phases(
    s3: Any, cluster: Any, answer_jobs: Callable[..., None], finish_training: Callable[..., Any]
) -> Callable[..., dict[str, Any]]:
    """Run every phase of a plan whose corpus lies on S3; returns what each says."""

    def run(plan: Plan, deployed: Callable[..., Any] | None = None) -> dict[str, Any]:
        told: dict[str, Any] = {"judged": save_judged(s3, plan)}
        told["corpus"] = finish_corpus(s3, plan, sample_jsonl(s3, plan))
        told["jobs"] = write_jobs(s3, plan)
        answer_jobs(plan)
        told["pairs"] = save_pairs(s3, plan)
        upload_source(s3, plan)
        sets = {name: load_query_set(s3, plan, name) for name in ([JUDGED] if told["judged"] else []) + [HELD_OUT]}
        told["artifact"] = publish_artifact(s3, plan, finish_training(plan, sets))
        told["index"] = index_corpus(s3, cluster, plan)
        save_bm25_runs(s3, cluster, plan)
        told["engine"] = save_engine_runs(s3, cluster, plan, index_vectors(s3, cluster, plan))
        told["evaluation"] = save_evaluation(s3, plan, told["index"], told["engine"])
        golden = [[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]]
        cosine = smoke_test(s3, plan, deployed or (lambda texts: golden))
        ids = {"connector_id": "c1", "model_group_id": "g1", "model_id": "m1", "model_state": "DEPLOYED"}
        told["report"] = save_report(s3, plan, {**ids, "smoke_cosine": cosine}, {"corpus": 12.0, "queries": 70.5})
        return told

    return run


def ids(s3: Any, plan: Plan) -> set[str]:
    return {document.id for document in read_sample(s3, plan)}


def test_run_from_s3_comes_to_its_end(s3: Any, from_s3: Any, run_phases: Callable[..., Any]) -> None:
    plan = from_s3()
    told = run_phases(plan)

    assert told["judged"] == 0
    assert (told["corpus"]["read"], told["corpus"]["duplicate"], told["corpus"]["bad_lines"]) == (193, 1, 1)
    assert told["corpus"]["held_out"] == 19
    assert told["pairs"]["train"] + told["pairs"]["held_out"] == told["pairs"]["asked"] == 384
    assert told["evaluation"]["outcome"] == "better"
    assert told["evaluation"]["decided_on"] == HELD_OUT
    assert told["report"]["model_id"] == "m1"


def test_run_leaves_a_manifest_for_each_phase(s3: Any, from_s3: Any, run_phases: Callable[..., Any]) -> None:
    plan = from_s3()
    run_phases(plan)

    for folder, phase in (
        ("raw-corpus", "corpus"),
        ("training-data", "queries"),
        ("model-artifacts", "training"),
        ("evaluation", "evaluation"),
    ):
        manifest = read_manifest(s3, plan.layout.uri(folder))
        assert manifest.phase == phase
        assert manifest.inputs
        assert len(manifest.code_version) == 12
    assert read_manifest(s3, plan.layout.uri("training-data")).usage == {"input_tokens": 1000.0, "output_tokens": 200.0}
    assert read_manifest(s3, plan.layout.uri("model-artifacts")).usage == {"billable_seconds": 130.0}


def test_run_held_out_queries_never_enter_training(s3: Any, from_s3: Any, run_phases: Callable[..., Any]) -> None:
    plan = from_s3()
    run_phases(plan)

    trained = list(read_pairs(s3, plan))
    held_out = load_query_set(s3, plan, HELD_OUT)
    held_out_ids = {json.loads(line) for line in read_lines(s3, plan.layout.uri(HELD_OUT_IDS))}
    texts = {document.text: document.id for document in read_sample(s3, plan)}
    assert not {pair["query"] for pair in trained} & set(held_out.queries.values())
    assert held_out.document_ids() == held_out_ids
    assert not {texts[pair["document"]] for pair in trained} & held_out_ids


def test_run_judged_queries_decide_and_never_enter_training(
    s3: Any, from_s3: Any, judged: dict[str, str], run_phases: Callable[..., Any]
) -> None:
    plan = from_s3(**judged)
    told = run_phases(plan)

    assert told["judged"] == 2
    assert told["evaluation"]["decided_on"] == JUDGED
    assert list(told["evaluation"]["sets"]) == [JUDGED, HELD_OUT]
    trained = {words_of(pair["query"]) for pair in read_pairs(s3, plan)}
    assert "create queue" in trained
    assert not trained & {words_of(query) for query in load_query_set(s3, plan, JUDGED).queries.values()}


def test_run_judged_documents_beyond_the_sample_are_searched_too(
    s3: Any, from_s3: Any, judged: dict[str, str], run_phases: Callable[..., Any]
) -> None:
    plan = from_s3(max_documents=100, **judged)
    told = run_phases(plan)

    searched = [document.id for document in read_evaluation_corpus(s3, plan)]
    assert len(ids(s3, plan)) == 100
    assert set(searched) >= {"group.create", "queue.delete", "queue.list"}
    assert len(searched) == len(set(searched)) == told["index"]["documents"]
    assert told["corpus"]["judged_missing"] == 0


def test_run_again_writes_the_same(s3: Any, from_s3: Any, run_phases: Callable[..., Any]) -> None:
    """A retry of any task finds the same sample, the same jobs, the same pairs."""
    plan = from_s3(reuse="never")
    first = run_phases(plan)
    before = {uri: s3_hash(s3, uri) for uri in stable(s3, plan)}

    second = run_phases(plan)

    assert {uri: s3_hash(s3, uri) for uri in stable(s3, plan)} == before
    assert [job["invoke_kwargs"]["clientRequestToken"] for job in first["jobs"]] == [
        job["invoke_kwargs"]["clientRequestToken"] for job in second["jobs"]
    ]


def stable(s3: Any, plan: Plan) -> list[str]:
    """Everything but manifests and the report, which say how long it took."""
    return [uri for uri in list_uris(s3, plan.layout.uri()) if not uri.endswith(("manifest.json", ".json", ".html"))]


def s3_hash(s3: Any, uri: str) -> str:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return str(s3.head_object(Bucket=bucket, Key=key)["ETag"])


def test_write_jobs_token_changes_with_what_the_job_is_made_of(s3: Any, from_s3: Any) -> None:
    tokens = set()
    for changed in ({}, {"queries_per_document": 3}, {"bedrock_model_id": "other.model-v1:0"}, {"max_documents": 150}):
        plan = from_s3(**changed)
        finish_corpus(s3, plan, sample_jsonl(s3, plan))
        tokens.add(write_jobs(s3, plan)[0]["invoke_kwargs"]["clientRequestToken"])

    assert len(tokens) == 4


def test_write_jobs_many_records_are_split(s3: Any, from_s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("include.queries.records.MAX_RECORDS", 150)
    plan = from_s3()
    finish_corpus(s3, plan, sample_jsonl(s3, plan))

    jobs = write_jobs(s3, plan)

    written = [[json.loads(line)["recordId"] for line in read_lines(s3, job["input_uri"])] for job in jobs]
    assert [len(records) for records in written] == [96, 96]
    assert len({record for records in written for record in records}) == 192
    assert len({job["output_uri"] for job in jobs}) == len({job["job_name"] for job in jobs}) == 2


def test_save_pairs_too_many_refusals_fail_with_the_reasons(
    s3: Any, from_s3: Any, answer_jobs: Callable[..., None]
) -> None:
    from include.errors import TerminalError

    plan = from_s3()
    finish_corpus(s3, plan, sample_jsonl(s3, plan))
    write_jobs(s3, plan)
    answer_jobs(plan, skip=100)

    with pytest.raises(TerminalError, match=r"184 of 384 queries are usable; .* Dropped: refused 200\."):
        save_pairs(s3, plan)


def test_save_pairs_no_answers_at_all_say_so(s3: Any, from_s3: Any) -> None:
    from include.errors import TerminalError

    plan = from_s3()
    finish_corpus(s3, plan, sample_jsonl(s3, plan))
    write_jobs(s3, plan)

    with pytest.raises(TerminalError, match=r"0 of 384 queries are usable; .* Dropped: no answer 384\."):
        save_pairs(s3, plan)


def test_report_is_complete(s3: Any, from_s3: Any, judged: dict[str, str], run_phases: Callable[..., Any]) -> None:
    plan = from_s3(**judged)
    told = run_phases(plan)

    report = read_json(s3, told["report"]["report_json"])
    assert report["registration"]["smoke_cosine"] == pytest.approx(1.0)
    assert report["evaluation"][JUDGED]["n_queries"] == 2
    assert report["phases"]["corpus"]["counts"]["bad_lines"] == 1
    assert report["training"]["loss_history"]
    page = "".join(read_lines(s3, told["report"]["report"]))
    assert "The tuned model is better than the base model." in page
    assert plan.layout.name in page


def test_corpus_from_an_index_is_finished(
    s3: Any, bucket: str, make_plan: Callable[..., Plan], judged: dict[str, str]
) -> None:
    """As the export operator leaves it: the sample on S3; judged documents that it lacks are fetched from the index."""
    plan = make_plan(**judged)
    documents = [Document("group.create", "creates a group")]
    documents += [Document(f"d{number}", f"text of its own {number} {number * 7}") for number in range(150)]
    write_lines(s3, plan.layout.uri(at.DOCUMENTS), (document.to_line() for document in documents))
    save_judged(s3, plan)

    fetched = fetch_judged(s3, table({"queue.delete": "deletes a queue", "queue.list": "  "}), plan)
    counts = finish_corpus(s3, plan, {"read": 500, "empty": 0, "duplicate": 0, "sampled": 151})

    assert fetched == 1  # one lies in the sample, one has no text
    assert (counts["judged"], counts["judged_missing"], counts["held_out"]) == (3, 1, 15)


def table(documents: dict[str, str]) -> Any:
    """A client whose index holds these texts."""
    from opensearchpy import Connection, OpenSearch

    class Index(Connection):
        def perform_request(
            self, method: str, url: str, params: Any = None, body: Any = b"", *_: Any, **__: Any
        ) -> Any:
            wanted = json.loads(body)["query"]["ids"]["values"]
            hits = [{"_id": name, "_source": {"text": documents[name]}} for name in wanted if name in documents]
            return 200, {"content-type": "application/json"}, json.dumps({"hits": {"hits": hits}})

    return OpenSearch(hosts=["http://search:9200"], connection_class=Index)


def test_query_sets_come_back_whatever_the_ids_are(s3: Any, make_plan: Callable[..., Plan]) -> None:
    from include.phases.corpus import write_query_set

    plan = make_plan()
    odd = 'tab\there, "quote", line\nend, return\r\n%20'
    queries = QuerySet({"q0": "a\u2028query"}, {"q0": {odd: 1, "plain": 2}})

    write_query_set(s3, plan, HELD_OUT, queries)

    assert load_query_set(s3, plan, HELD_OUT) == queries
