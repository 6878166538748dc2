"""What a real OpenSearch tells of an index without being read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.reuse.fingerprint import index_fingerprint

if TYPE_CHECKING:
    from opensearchpy import OpenSearch


def test_fingerprint_changes_with_every_kind_of_change_and_with_nothing_else(client: OpenSearch, index: str) -> None:
    client.indices.create(index=index, body={"settings": {"number_of_shards": 2, "number_of_replicas": 0}})
    for number in range(20):
        client.index(index=index, id=str(number), body={"text": f"text {number}"})
    client.indices.refresh(index=index)
    seen = [index_fingerprint(client, index)]

    client.search(index=index)
    assert index_fingerprint(client, index) == seen[0]
    for change in (
        lambda: client.index(index=index, id="20", body={"text": "new"}),
        lambda: client.index(index=index, id="3", body={"text": "replaced"}),
        lambda: client.update(index=index, id="4", body={"doc": {"text": "updated"}}),
        lambda: client.delete(index=index, id="5"),
    ):
        change()
        seen.append(index_fingerprint(client, index))
    client.indices.refresh(index=index)
    seen.append(index_fingerprint(client, index))  # the export would see other documents than before

    assert all(seen)
    assert len({str(found) for found in seen}) == 6


def test_fingerprint_of_a_like_named_index_made_again_is_another(client: OpenSearch, index: str) -> None:
    found = []
    for _ in range(2):
        client.indices.create(index=index, body={"settings": {"number_of_shards": 1, "number_of_replicas": 0}})
        client.index(index=index, id="1", body={"text": "the same"}, params={"refresh": "true"})
        found.append(index_fingerprint(client, index))
        client.indices.delete(index=index)

    assert found[0] != found[1]


def test_fingerprint_of_an_alias_is_of_its_indices_and_of_its_filter(client: OpenSearch, index: str) -> None:
    client.indices.create(index=index, body={"mappings": {"properties": {"kind": {"type": "keyword"}}}})
    client.index(index=index, id="1", body={"text": "a", "kind": "x"}, params={"refresh": "true"})
    found = []
    for kind in ("x", "y"):
        client.indices.put_alias(index=index, name=f"{index}-alias", body={"filter": {"term": {"kind": kind}}})
        found.append(index_fingerprint(client, f"{index}-alias"))

    assert found[0] is not None
    assert found[0].keys() == {index}
    assert found[0] != found[1]
