from __future__ import annotations

import json
import shutil
import tarfile
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from transformers import AutoModel, AutoTokenizer

from .conftest import BASE_MODEL, run_here

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Job


def cosines(found: Any, expected: Any) -> np.ndarray:
    left, right = np.asarray(found, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    norms = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
    return np.asarray(np.sum(left * right, axis=1) / norms)


def test_golden_vectors_are_of_unit_length(job: Job) -> None:
    golden = job.golden()
    assert len(golden["texts"]) == len(golden["embeddings"]) == 2
    assert len(golden["queries"]) == len(golden["query_embeddings"]) == 2
    for name in ("embeddings", "query_embeddings"):
        assert np.allclose(np.linalg.norm(golden[name], axis=1), 1.0, atol=1e-6)


def test_artifact_loads_in_sentence_transformers_and_gives_the_golden_vectors(job: Job) -> None:
    golden = job.golden()
    model = SentenceTransformer(str(job.model), device="cpu", local_files_only=True)
    assert (model.max_seq_length, model.get_embedding_dimension()) == (32, 384)
    assert cosines(model.encode(golden["texts"]), golden["embeddings"]).min() > 0.99999


def test_artifact_loads_in_transformers_and_gives_the_golden_vectors_by_mean_pooling(job: Job) -> None:
    golden = job.golden()
    tokenizer = AutoTokenizer.from_pretrained(job.model, local_files_only=True)
    model = AutoModel.from_pretrained(job.model, local_files_only=True).eval()
    tokens = tokenizer(golden["texts"], padding=True, truncation=True, return_tensors="pt")
    with torch.inference_mode():
        hidden = model(**tokens).last_hidden_state
    mask = tokens["attention_mask"].unsqueeze(-1)
    assert tokens["input_ids"].shape[1] <= 32
    assert cosines((hidden * mask).sum(1) / mask.sum(1), golden["embeddings"]).min() > 0.99999


def test_artifact_has_every_field_that_text_embeddings_inference_requires(job: Job) -> None:
    pooling = json.loads((job.model / "1_Pooling" / "config.json").read_text(encoding="utf-8"))
    modules = json.loads((job.model / "modules.json").read_text(encoding="utf-8"))
    config = json.loads((job.model / "config.json").read_text(encoding="utf-8"))
    sentence_config = json.loads((job.model / "sentence_bert_config.json").read_text(encoding="utf-8"))
    assert (pooling["pooling_mode_mean_tokens"], pooling["pooling_mode_cls_token"]) == (True, False)
    assert {module["type"].rpartition(".")[0] for module in modules} == {"sentence_transformers.models"}
    assert sentence_config["max_seq_length"] == 32
    assert config["architectures"] == ["BertModel"]
    assert (job.model / "tokenizer.json").is_file()
    assert (job.model / "model.safetensors").is_file()


def test_artifact_as_an_archive_is_a_base_model_for_the_next_job(job: Job, channels: Path, tmp_path: Path) -> None:
    channel = tmp_path / "base_model"
    channel.mkdir()
    with tarfile.open(channel / "model.tar.gz", "w:gz") as archive:
        for path in job.model.iterdir():
            archive.add(path, path.name)
    arguments = ["--epochs", "1", "--max_pairs", "4", "--max_sequence_length", "32"]
    done = run_here(channels, tmp_path, *arguments, SM_CHANNEL_BASE_MODEL=str(channel))
    assert (done.status, done.errors) == (0, "")


def test_artifact_of_a_model_that_pools_the_first_token_does_so_too(channels: Path, tmp_path: Path) -> None:
    base = tmp_path / "base"
    shutil.copytree(BASE_MODEL, base)
    path = base / "1_Pooling" / "config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    config |= {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}
    path.write_text(json.dumps(config), encoding="utf-8")
    arguments = ["--epochs", "1", "--max_pairs", "4", "--max_sequence_length", "32"]
    done = run_here(channels, tmp_path, *arguments, SM_CHANNEL_BASE_MODEL=str(base))
    assert (done.status, done.errors) == (0, "")
    saved = json.loads((done.model / "1_Pooling" / "config.json").read_text(encoding="utf-8"))
    assert (saved["pooling_mode_cls_token"], saved["pooling_mode_mean_tokens"]) == (True, False)
