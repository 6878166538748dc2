"""The export against the real server: every document once, whatever slices, pages and what happens meanwhile."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from opensearchpy.helpers import bulk

from include.corpus.document import Document
from include.corpus.export import export_documents
from include.corpus.fetch import fetch_documents
from include.errors import RetryableError, TerminalError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opensearchpy import OpenSearch

COUNT = 5_000
SHARDS = 3
NESTED = {"type": "nested", "properties": {"title": {"type": "text"}}}


def create(client: OpenSearch, index: str, documents: Iterable[tuple[str, dict[str, Any]]], **body: Any) -> None:
    """An index with these documents, `(id, source)`."""
    settings = {"number_of_shards": SHARDS, "number_of_replicas": 0, "refresh_interval": "-1"}
    client.indices.create(index=index, body={"settings": settings, **body})
    bulk(client, ({"_index": index, "_id": name, "_source": source} for name, source in documents))
    client.indices.refresh(index=index)


def export(client: OpenSearch, index: str, text_field: str = "text", **more: Any) -> list[Document]:
    return sorted(export_documents(client, index, text_field, **more))


def points_in_time(client: OpenSearch) -> int:
    return len(client.get_all_pits(params={"ignore": 404}).get("pits", []))


@pytest.fixture(scope="module")
def large(opensearch_url: str, connect: Any) -> Any:
    """5,000 documents on 3 shards, with deleted ones among them."""
    client = connect(opensearch_url)
    create(client, "export-large", ((f"d{number:05}", {"text": f"text {number}"}) for number in range(COUNT + 500)))
    client.delete_by_query(
        index="export-large",
        body={"query": {"ids": {"values": [f"d{number:05}" for number in range(COUNT, COUNT + 500)]}}},
        params={"refresh": "true"},
    )
    yield client
    client.indices.delete(index="export-large")


@pytest.mark.parametrize("slices", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("page_size", [7, 1_000])
def test_export_every_document_comes_once(large: OpenSearch, slices: int, page_size: int) -> None:
    found = Counter(document.id for document in export_documents(large, "export-large", "text", slices, page_size))

    assert found == Counter(f"d{number:05}" for number in range(COUNT))
    assert points_in_time(large) == 0


def test_export_texts_are_those_of_their_documents(large: OpenSearch) -> None:
    assert all(document.text == f"text {int(document.id[1:])}" for document in export(large, "export-large"))


def test_export_documents_deleted_meanwhile_are_exported(client: OpenSearch, index: str) -> None:
    """The point in time shows the index as it was at the start."""
    create(client, index, ((str(number), {"text": "text"}) for number in range(600)))

    documents = export_documents(client, index, "text", slices=2, page_size=50)
    first = next(documents)
    client.delete_by_query(index=index, body={"query": {"match_all": {}}}, params={"refresh": "true"})
    bulk(client, ({"_index": index, "_id": f"new{number}", "text": "new"} for number in range(50)), refresh=True)
    found = Counter(document.id for document in (first, *documents))

    assert client.count(index=index)["count"] == 50
    assert found == Counter(map(str, range(600)))


def test_export_alias_over_two_indices_comes_whole(client: OpenSearch, index: str) -> None:
    create(client, f"{index}-1", ((f"a{number}", {"text": "one"}) for number in range(120)))
    create(client, f"{index}-2", ((f"b{number}", {"text": "two"}) for number in range(80)))
    client.indices.put_alias(index=f"{index}-*", name=f"{index}-alias")

    for name in (f"{index}-alias", f"{index}-*", f"{index}-1,{index}-2"):
        assert Counter(document.text for document in export(client, name)) == {"one": 120, "two": 80}


def test_export_filtered_alias_hides_what_it_filters_out(client: OpenSearch, index: str) -> None:
    """What an alias does not show must not leave the cluster."""
    create(client, index, ((str(number), {"text": "text", "public": number % 2 == 0}) for number in range(100)))
    client.indices.put_alias(index=index, name=f"{index}-public", body={"filter": {"term": {"public": True}}})

    found = export(client, f"{index}-public")

    assert {document.id for document in found} == {str(number) for number in range(0, 100, 2)}
    assert len(export(client, index)) == 100


def test_export_missing_texts_come_as_empty(client: OpenSearch, index: str) -> None:
    sources = [{"text": "there"}, {}, {"text": None}, {"text": ""}, {"text": []}, {"other": "x"}]
    create(client, index, ((str(number), source) for number, source in enumerate(sources)))

    assert export(client, index) == [Document("0", "there"), *(Document(str(number), "") for number in range(1, 6))]


@pytest.mark.parametrize(
    ("mapping", "source"),
    [
        pytest.param({"properties": {"title": {"type": "text"}}}, {"page": {"title": "found"}}, id="object"),
        pytest.param(
            {"type": "nested", "properties": {"title": {"type": "text"}}}, {"page": {"title": "found"}}, id="one"
        ),
        pytest.param(
            {"type": "nested", "properties": {"title": {"type": "text"}}},
            {"page": [{"title": "found"}, {"other": "x"}, {"title": "twice"}]},
            id="nested",
        ),
        pytest.param({"properties": {"title": {"type": "text"}}}, {"page.title": "found"}, id="dotted-key"),
        pytest.param({"properties": {"title": {"type": "text"}}}, {"page": [{"title": ["found"]}]}, id="lists"),
    ],
)
def test_export_inner_field_is_found(client: OpenSearch, index: str, mapping: Any, source: Any) -> None:
    create(client, index, [("1", source)], mappings={"properties": {"page": mapping}})

    (document,) = export(client, index, "page.title")

    assert document.text.splitlines()[0] == "found"
    assert "x" not in document.text


def test_export_whatever_a_text_field_holds_is_text(client: OpenSearch, index: str) -> None:
    """OpenSearch indexes numbers and booleans in a text field as words; one such document must not end an export."""
    values = ["word", 7, 1.5, True, ["a", None, 2]]
    create(
        client,
        index,
        ((str(number), {"text": value}) for number, value in enumerate(values)),
        mappings={"properties": {"text": {"type": "text"}}},
    )

    assert [document.text for document in export(client, index)] == ["word", "7", "1.5", "true", "a\n2"]


def test_export_object_instead_of_text_says_which_field(client: OpenSearch, index: str) -> None:
    create(client, index, [("1", {"page": {"title": "x"}})])

    with pytest.raises(TerminalError, match=r"text_field is 'page', and a document holds dict .* Give a field that"):
        export(client, index, "page")


def test_export_odd_ids_and_texts_come_back(client: OpenSearch, index: str) -> None:
    documents = [
        Document("a b/c?d#e%20", "blanks and slashes in the id"),
        Document("tab\tand\nline", "control characters in the id"),
        Document("ünï-🚀", "🚀 \u2028 \x85 \x00 end"),
        Document("x" * 512, "longest id"),
    ]
    create(client, index, ((document.id, {"text": document.text}) for document in documents))

    assert export(client, index) == sorted(documents)


def test_export_half_a_surrogate_pair_is_replaced(client: OpenSearch, index: str) -> None:
    create(client, index, [])
    body = '{"index":{"_id":"1"}}\n{"text":"half \\ud83d here"}\n'
    client.bulk(index=index, body=body, params={"refresh": "true"})

    (document,) = export(client, index)

    assert document.text == "half \ufffd here"


def test_export_stopped_midway_leaves_no_point_in_time(client: OpenSearch, index: str) -> None:
    create(client, index, ((str(number), {"text": "text"}) for number in range(500)))

    documents = export_documents(client, index, "text", slices=4, page_size=10)
    next(documents)
    assert points_in_time(client) == 1
    documents.close()  # type: ignore[attr-defined]

    assert points_in_time(client) == 0


def test_export_lost_point_in_time_is_retryable(client: OpenSearch, index: str) -> None:
    create(client, index, ((str(number), {"text": "text"}) for number in range(3_000)))

    documents = export_documents(client, index, "text", slices=1, page_size=10)
    next(documents)
    client.delete_all_pits()

    with pytest.raises(RetryableError, match="point in time was lost"):
        list(documents)


def test_export_error_in_one_slice_ends_the_others(client: OpenSearch, index: str) -> None:
    """One document that cannot be read, on one shard: the rest of the index is not read for nothing."""
    good = ((str(number), {"text": "text"}) for number in range(3_000))
    create(client, index, [("bad", {"text": {"a": "b"}}), *good], mappings={"dynamic": False})
    before = _searches(client, index)

    with pytest.raises(TerminalError, match="holds dict"):
        export(client, index, page_size=10, slices=3)

    assert _searches(client, index) - before < 300  # of 900, counted by shard


def _searches(client: OpenSearch, index: str) -> int:
    return int(client.indices.stats(index=index, metric="search")["_all"]["total"]["search"]["query_total"])


def test_export_empty_index_gives_nothing(client: OpenSearch, index: str) -> None:
    create(client, index, [])

    assert export(client, index) == []


def test_fetch_documents_by_id_leaves_out_what_is_not_there(client: OpenSearch, index: str) -> None:
    create(client, index, ((f"d{number}", {"text": f"text {number}"}) for number in range(2_500)))
    wanted = [f"d{number}" for number in range(0, 2_500, 2)] + ["nowhere"]

    found = sorted(fetch_documents(client, index, "text", wanted))

    assert found == sorted(Document(f"d{number}", f"text {number}") for number in range(0, 2_500, 2))


def test_fetch_documents_same_ids_in_two_indices_are_all_found(client: OpenSearch, index: str) -> None:
    for part in (1, 2):
        create(client, f"{index}-{part}", ((f"d{number}", {"text": f"text {number}"}) for number in range(900)))

    found = {document.id for document in fetch_documents(client, f"{index}-*", "text", [f"d{n}" for n in range(900)])}

    assert len(found) == 900
