"""Vectors searched in the real engine: the same documents as by exact search, and how a run goes on without it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from opensearchpy.exceptions import RequestError
from opensearchpy.helpers import BulkIndexError

from include.evaluation.engine import create_vector_index, fill_vector_index, index_name_of, search_vectors
from include.evaluation.vectors import Vectors, files_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from opensearchpy import OpenSearch

DOCUMENTS, DIMENSION, QUERIES = 400, 16, 20
IDS = [f"doc {number} / #" for number in range(DOCUMENTS)]


def unit(rows: np.ndarray) -> np.ndarray:
    found: np.ndarray = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return found


@pytest.fixture
def dense(tmp_path: Path) -> Vectors:
    """Two models' vectors, as the training container leaves them; the tuned one has another dimension."""
    draw = np.random.default_rng(7)
    (tmp_path / "document_ids.json").write_text(json.dumps(IDS), "utf-8")
    (tmp_path / "judged.query_ids.json").write_text(json.dumps([f"q{n}" for n in range(QUERIES)]), "utf-8")
    for system, dimension in (("base", DIMENSION), ("tuned", DIMENSION // 2)):
        for name, count in (("documents", DOCUMENTS), ("judged", QUERIES)):
            np.save(tmp_path / f"{name}.{system}.npy", unit(draw.standard_normal((count, dimension))))
    return Vectors(tmp_path, sparse=False)


@pytest.fixture
def sparse(tmp_path: Path) -> Vectors:
    """Weights by token, odd tokens among them; the query of the third document has no token at all."""
    weights: list[dict[str, float]] = [{"create": 1.5, "##s": 0.25, "group": 2.0}, {"delete": 1.0, "group": 0.5}, {}]
    weights.append({"##é": 3.0, "group": 0.1, "€": 0.7})
    queries = [{"group": 1.0}, {"create": 2.0, "delete": 1.0}, {}, {"##é": 1.0}]
    for system in ("base", "tuned"):
        for name, rows in (("documents", weights), ("judged", queries)):
            lines = (json.dumps({"id": f"{name[0]}{n}", "weights": row}) + "\n" for n, row in enumerate(rows))
            (tmp_path / f"{name}.{system}.jsonl").write_text("".join(lines), "utf-8")
    return Vectors(tmp_path, sparse=True)


@pytest.mark.parametrize("system", ["base", "tuned"])
def test_engine_finds_the_documents_of_exact_search(
    client: OpenSearch, index: str, dense: Vectors, system: str
) -> None:
    create_vector_index(client, index, dense)
    assert fill_vector_index(client, index, dense) == DOCUMENTS

    run = search_vectors(client, index, dense, "judged", system)

    documents, queries = (np.load(dense.folder / f"{name}.{system}.npy") for name in ("documents", "judged"))
    assert list(run) == [f"q{number}" for number in range(QUERIES)]
    for found, scores in zip(run.values(), queries @ documents.T, strict=True):
        exact = [IDS[place] for place in np.argsort(-scores)[:10]]
        assert len(found) == 100
        assert sorted(found, key=found.__getitem__, reverse=True)[:10] == exact


def test_engine_sums_the_weights_of_a_sparse_model(
    ml_commons_url: str, connect: Callable[[str], OpenSearch], index: str, sparse: Vectors
) -> None:
    """Through the gateway, which has `neural_sparse`; weights are kept with 8 bits."""
    client = connect(ml_commons_url)
    create_vector_index(client, index, sparse)
    assert fill_vector_index(client, index, sparse) == 4

    run = search_vectors(client, index, sparse, "judged", "tuned")

    assert run == {
        "j0": {"d0": pytest.approx(2.0, rel=0.01), "d1": pytest.approx(0.5, 0.01), "d3": pytest.approx(0.1, 0.01)},
        "j1": {"d0": pytest.approx(3.0, rel=0.01), "d1": pytest.approx(1.0, rel=0.01)},
        "j2": {},
        "j3": {"d3": pytest.approx(3.0, rel=0.01)},
    }
    client.indices.delete(index=index)


def test_engine_index_of_an_earlier_try_is_replaced(client: OpenSearch, index: str, dense: Vectors) -> None:
    for _ in range(2):
        create_vector_index(client, index, dense)
        fill_vector_index(client, index, dense)

    assert client.count(index=index)["count"] == DOCUMENTS


def test_engine_vector_that_cannot_be_searched_is_an_error(client: OpenSearch, index: str, dense: Vectors) -> None:
    """The cosine of a vector of zeros is undefined, and the engine refuses it."""
    rows = np.load(dense.folder / "documents.base.npy")
    rows[3] = 0
    np.save(dense.folder / "documents.base.npy", rows)
    create_vector_index(client, index, dense)

    with pytest.raises(BulkIndexError):
        fill_vector_index(client, index, dense)


def test_engine_without_k_nn_refuses_the_index(
    client: OpenSearch, index: str, dense: Vectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a cluster without the plugin answers: it knows no such type of field."""
    body: dict[str, Any] = {"mappings": {"properties": {"base": {"type": "knn_vector_of_nobody"}}}}
    monkeypatch.setattr("include.evaluation.engine._index_body", lambda _: body)

    with pytest.raises(RequestError, match="No handler for type"):
        create_vector_index(client, index, dense)


def test_engine_longest_run_name_is_a_valid_index_name(client: OpenSearch, dense: Vectors) -> None:
    index = index_name_of("a" * 32 + "-20261121-105000-abcdef")

    create_vector_index(client, index, dense)
    assert client.indices.exists(index=index)
    client.indices.delete(index=index)


def test_files_of_names_what_is_read(dense: Vectors) -> None:
    assert sorted(files_of(["judged"], sparse=False)) == sorted(path.name for path in dense.folder.iterdir())
