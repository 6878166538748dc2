from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import psutil
import pytest
from sentence_transformers import SentenceTransformer

from include.training import evaluate, hardware
from include.training.encode import count_truncated, encode
from include.training.query_sets import QuerySet

from .conftest import BASE_MODEL

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = ["short", "a text of several words about rivers", "long " * 60]


@pytest.fixture(scope="module")
def model() -> SentenceTransformer:
    loaded = SentenceTransformer(str(BASE_MODEL), device="cpu", local_files_only=True)
    loaded.max_seq_length = 32
    return loaded


def test_encode_rows_are_unit_length_float32_in_the_order_given(model: SentenceTransformer) -> None:
    rows = encode(model, TEXTS, "fp32")
    assert (rows.dtype, rows.shape) == (np.float32, (3, 384))
    assert np.allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-6)
    assert np.allclose(rows[1], encode(model, [TEXTS[1]], "fp32")[0], atol=1e-5)


def test_encode_bf16_is_near_fp32(model: SentenceTransformer) -> None:
    cosine = np.sum(encode(model, TEXTS, "bf16") * encode(model, TEXTS, "fp32"), axis=1)
    assert cosine.min() > 0.999


def test_encode_nothing_is_no_row(model: SentenceTransformer) -> None:
    assert encode(model, [], "fp32").shape[0] == 0


def test_count_truncated_counts_texts_with_more_tokens_than_are_read(model: SentenceTransformer) -> None:
    assert count_truncated(model, TEXTS) == 1
    assert count_truncated(model, []) == 0


def test_precision_auto_is_one_that_the_device_computes() -> None:
    assert hardware.resolve_precision("auto", hardware.device()) in {"fp32", "bf16", "fp16"}
    assert hardware.resolve_precision("fp32", hardware.device()) == "fp32"


def test_search_memory_does_not_grow_with_the_corpus(
    model: SentenceTransformer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluate, "BLOCK", {"cpu": 64, "cuda": 64})
    monkeypatch.setattr(evaluate, "encode", _zeros)
    sets = [QuerySet("set", {"1": "a query"})]
    grown = []
    for documents in (2_000, 100_000):
        corpus = tmp_path / str(documents)
        corpus.mkdir()
        with (corpus / "documents.jsonl").open("w", encoding="utf-8") as file:
            file.writelines(json.dumps({"id": f"d{n}", "text": "word " * 50}) + "\n" for n in range(documents))
        before = psutil.Process().memory_info().rss
        path = tmp_path / f"{documents}.npy"
        vectors = evaluate.encode_corpus(model, "fp32", corpus, documents, path, progress=lambda done: None)
        runs = evaluate.search_corpus(evaluate.encode_queries(model, "fp32", sets), sets, corpus, vectors)
        grown.append(psutil.Process().memory_info().rss - before)
        assert len(runs["set"]["1"]) == evaluate.DEPTH
    assert grown[1] < 20 * 2**20


def _zeros(model: SentenceTransformer, texts: list[str], precision: str, side: str = "document") -> np.ndarray:
    return np.zeros((len(texts), 384), dtype=np.float32)
