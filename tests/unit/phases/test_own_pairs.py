"""The phases with pairs that the customer brings, and with example queries; no batch job is asked for the first."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from include import layout as at
from include.corpus.document import Document
from include.errors import TerminalError
from include.manifest import read_manifest
from include.phases.corpus import (
    HELD_OUT,
    finish_corpus,
    load_passages,
    load_query_set,
    read_held_out_ids,
    read_sample,
    sample_jsonl,
    save_guard,
    save_judged,
)
from include.phases.evaluation import index_corpus
from include.phases.queries import read_pairs, save_candidates, save_pairs, write_jobs
from include.queries.own import id_of
from include.storage import list_uris, read_lines, write_lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from include.plan import Plan

SUBJECTS = ("group", "user", "role", "policy", "key", "bucket", "queue", "topic")
VERBS = ("create", "delete", "list", "describe", "update", "tag", "rotate")
TEXTS = {
    f"{subject}.{verb}": f"{verb}s the {subject} of account {number}, with {subject} options {verb}. Whole sentence."
    for number, (subject, verb) in enumerate((subject, verb) for subject in SUBJECTS for verb in VERBS)
}


def pair(name: str, **more: Any) -> dict[str, Any]:
    subject, verb = name.split(".")
    return {"query": f"how to {verb} my {subject}", **more}


@pytest.fixture
def with_pairs(s3: Any, bucket: str, make_plan: Callable[..., Plan]) -> Callable[..., Plan]:
    """Plan of a run with these pairs."""

    def make(pairs: list[dict[str, Any]], **changed: Any) -> Plan:
        uri = f"s3://{bucket}/pairs/some.jsonl"
        write_lines(s3, uri, (json.dumps(pair) + "\n" for pair in pairs))
        settings = {"input_type": "pairs", "index_name": None, "batch_size": 8, "bedrock_role_arn": None, **changed}
        return make_plan(s3_pairs_path=f"s3://{bucket}/pairs", **settings)

    return make


def prepare(s3: Any, plan: Plan) -> dict[str, Any]:
    save_judged(s3, plan)
    save_guard(s3, plan)
    finish_corpus(s3, plan, sample_jsonl(s3, plan))
    assert write_jobs(s3, plan) == []
    return save_pairs(s3, plan)


def test_own_pairs_bring_their_corpus_and_need_no_batch_job(s3: Any, with_pairs: Any) -> None:
    """Fewer documents than Bedrock would take."""
    pairs = [pair(name, document=text) for name, text in TEXTS.items()]
    plan = with_pairs([*pairs, pair("group.create", document=TEXTS["group.create"].upper())])

    counts = prepare(s3, plan)

    documents = {document.id: document.text for document in read_sample(s3, plan)}
    assert len(documents) == len(TEXTS)
    assert id_of(TEXTS["group.create"]) in documents
    assert counts["asked"] == counts["lines"] == len(TEXTS) + 1
    assert counts["train"] + counts["held_out"] == len(TEXTS)
    assert counts["dropped"] == {"repeated": 1}
    trained = list(read_pairs(s3, plan))
    assert {row["document_id"] for row in trained} == documents.keys() - read_held_out_ids(s3, plan)
    assert all(documents[row["document_id"]] == row["document"] for row in trained)
    assert len(load_query_set(s3, plan, HELD_OUT).queries) == counts["tested"] == counts["held_out"]
    assert list_uris(s3, plan.layout.uri(at.BATCH_INPUT)) == []
    manifest = read_manifest(s3, plan.layout.uri("training-data"))
    assert manifest.settings["prompt_version"] == ""
    assert list(manifest.inputs)[1:] == [f"s3://{plan.layout.bucket}/pairs/some.jsonl"]
    assert manifest.usage == {"input_tokens": 0.0, "output_tokens": 0.0}


def test_own_pairs_may_be_about_the_documents_of_another_input(s3: Any, bucket: str, with_pairs: Any) -> None:
    corpus = f"s3://{bucket}/docs.jsonl"
    write_lines(s3, corpus, (Document(name, text).to_line() for name, text in TEXTS.items()))
    pairs = [
        pair(name, **({"document_id": name} if number % 2 else {"document": text}))
        for number, (name, text) in enumerate(TEXTS.items())
    ]
    plan = with_pairs([*pairs, pair("group.stop", document_id="group.stop")], input_type="s3", s3_corpus_path=corpus)

    counts = prepare(s3, plan)

    assert counts["dropped"] == {"not in the corpus": 1}
    assert {row["document_id"]: row["query"] for row in read_pairs(s3, plan)}["user.list"] == "how to list my user"


@pytest.mark.parametrize("name", [pytest.param("eval", id="judged"), pytest.param("guard", id="guard")])
def test_own_pairs_tested_queries_and_documents_are_not_trained_on(
    s3: Any, bucket: str, with_pairs: Any, name: str
) -> None:
    paths = {f"{name}_queries_s3_path": f"s3://{bucket}/q.jsonl", f"{name}_qrels_s3_path": f"s3://{bucket}/q.tsv"}
    write_lines(s3, paths[f"{name}_queries_s3_path"], ['{"_id": "1", "text": "How to list users"}\n'])
    write_lines(s3, paths[f"{name}_qrels_s3_path"], ["1\tgroup.list\t1\n", "1\trole.list\t0\n"])
    pairs = [pair(name, document=text, document_id=name) for name, text in TEXTS.items()]
    plan = with_pairs(pairs, heldout_share=0.01, **paths)

    counts = prepare(s3, plan)

    trained = {row["document_id"] for row in read_pairs(s3, plan)}
    assert trained == TEXTS.keys() - {"group.list", "user.list"}
    assert counts["dropped"] == {"leaked": 1}  # the user's query; the group's document is held out


def test_own_pairs_of_a_highlighter_rest_on_their_quotes(s3: Any, with_pairs: Any) -> None:
    pairs = [pair(name, document=text, quote="Whole sentence.") for name, text in TEXTS.items()]
    pairs[3]["quote"] = "It is not there."
    plan = with_pairs(pairs, model_type="highlighter")

    counts = prepare(s3, plan)

    assert counts["dropped"] == {"quote not in the document": 1}
    assert {row["document"][row["start"] : row["end"]] for row in read_pairs(s3, plan)} == {"Whole sentence."}
    assert len([passage for passage in load_passages(s3, plan, HELD_OUT) if passage["spans"]]) == counts["held_out"]


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        pytest.param({"text": "t"}, "2 of 58 lines of s3_pairs_path are malformed", id="other-names"),
        pytest.param({"query": "q", "document_id": "x"}, "needs its text", id="id-without-corpus"),
    ],
)
def test_own_pairs_too_many_bad_lines_are_listed(s3: Any, with_pairs: Any, bad: dict[str, str], message: str) -> None:
    plan = with_pairs([*(pair(name, document=text) for name, text in TEXTS.items()), bad, bad])

    with pytest.raises(TerminalError) as caught:
        sample_jsonl(s3, plan)

    assert message in str(caught.value)
    assert 'Each line must be {"query": …, "document": …}' in str(caught.value)


def test_own_pairs_that_miss_the_corpus_say_what_to_do(s3: Any, bucket: str, with_pairs: Any) -> None:
    corpus = f"s3://{bucket}/docs.jsonl"
    write_lines(s3, corpus, (Document(name, text).to_line() for name, text in TEXTS.items()))
    pairs = [pair(name, document_id=name.upper()) for name in TEXTS]
    plan = with_pairs(pairs, input_type="s3", s3_corpus_path=corpus)

    with pytest.raises(TerminalError, match="0 of 56 queries are usable") as caught:
        prepare(s3, plan)

    assert "Dropped: not in the corpus 56. Look at the pairs of s3_pairs_path" in str(caught.value)


def test_candidates_are_what_bm25_finds_for_each_pair(s3: Any, cluster: Any, with_pairs: Any) -> None:
    plan = with_pairs([pair(name, document=text, document_id=name) for name, text in TEXTS.items()], hard_negatives=2)
    prepare(s3, plan)
    index_corpus(s3, cluster, plan)

    assert save_candidates(s3, cluster, plan) == len(list(read_pairs(s3, plan)))

    rows = [json.loads(line) for line in read_lines(s3, plan.layout.uri(at.CANDIDATES))]
    assert [(row["query"], row["document_id"]) for row in rows] == [
        (row["query"], row["document_id"]) for row in read_pairs(s3, plan)
    ]
    held_out = read_held_out_ids(s3, plan)
    assert all(row["rank"] and not held_out & set(row["hits"]) for row in rows)
    assert all(row["document_id"] in row["hits"] for row in rows)


@pytest.fixture
def with_examples(s3: Any, bucket: str, make_plan: Callable[..., Plan], corpus_lines: list[str]) -> Callable[..., Plan]:
    def make(examples: list[str], **changed: Any) -> Plan:
        write_lines(s3, f"s3://{bucket}/docs.jsonl", corpus_lines)
        write_lines(s3, f"s3://{bucket}/examples.jsonl", (json.dumps({"query": each}) + "\n" for each in examples))
        paths = {"s3_corpus_path": f"s3://{bucket}/docs.jsonl", "input_type": "s3", "index_name": None}
        return make_plan(example_queries_s3_path=f"s3://{bucket}/examples.jsonl", **paths, **changed)

    return make


def prompts(s3: Any, plan: Plan) -> list[str]:
    save_judged(s3, plan)
    finish_corpus(s3, plan, sample_jsonl(s3, plan))
    (job,) = write_jobs(s3, plan)
    records = map(json.loads, read_lines(s3, job["input_uri"]))
    return [record["modelInput"]["messages"][0]["content"][0]["text"] for record in records]


def test_examples_are_shown_and_an_answer_that_copies_one_is_dropped(
    s3: Any, with_examples: Any, answer_jobs: Callable[..., None]
) -> None:
    plan = with_examples(["Create GROUP?", *(f"a query of users {number}" for number in range(9))])

    asked = prompts(s3, plan)
    answer_jobs(plan)
    counts = save_pairs(s3, plan)

    shown = Counter(number for number in range(9) for prompt in asked if f'"a query of users {number}"' in prompt)
    assert set(shown) == set(range(9))
    assert all(prompt.count("a query of users") >= 3 for prompt in asked)
    assert counts["dropped"] == {"copied example": 1}


def test_examples_that_are_judged_queries_are_not_shown(s3: Any, bucket: str, with_examples: Any) -> None:
    paths = {"eval_queries_s3_path": f"s3://{bucket}/q.jsonl", "eval_qrels_s3_path": f"s3://{bucket}/q.tsv"}
    write_lines(s3, paths["eval_queries_s3_path"], ['{"_id": "1", "text": "How to make users"}\n'])
    write_lines(s3, paths["eval_qrels_s3_path"], ["1\tgroup.list\t1\n"])
    plan = with_examples(["make a user", "something else"], **paths)

    asked = prompts(s3, plan)

    assert all('["something else"]' in prompt for prompt in asked)
    assert not any("make a user" in prompt for prompt in asked)


def test_examples_and_styles_change_token_and_version(s3: Any, with_examples: Any) -> None:
    tokens = set()
    for examples, styles in ((["one"], ["title"]), (["two"], ["title"]), (["two"], ["title", "keywords"])):
        plan = with_examples(examples, query_styles=styles)
        prompts(s3, plan)
        tokens.add(write_jobs(s3, plan)[0]["invoke_kwargs"]["clientRequestToken"])

    assert len(tokens) == 3


def test_near_copies_are_not_asked_for(
    s3: Any, with_examples: Any, answer_jobs: Callable[..., None], bucket: str
) -> None:
    plan = with_examples(["one"])
    uri = f"s3://{bucket}/docs.jsonl"
    text = "creates the group of account 0, with group options create, and a good deal more words of its own to read"
    copies = (Document(f"copy{n}", f"{text} {'again ' * n}").to_line() for n in range(3))
    write_lines(s3, uri, [*list(read_lines(s3, uri)), *copies])

    asked = prompts(s3, plan)
    answer_jobs(plan)
    counts = save_pairs(s3, plan)

    assert len(list(read_sample(s3, plan))) == 195
    assert len(asked) == 193
    assert counts["asked"] == 386
    assert counts["dropped"].keys() <= {"copied example", "on both sides", "near duplicate"}
