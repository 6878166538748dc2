from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer

from include.inference.embeddings import input_fn, model_fn, output_fn, predict_fn
from include.training.archive import PICKLES
from include.training.base_model import load_base_model
from include.training.encode import encode
from include.training.lora import add_adapters, merge_adapters
from include.training.parameters import LOSSES, Parameters

from .conftest import TOPICS, run_here, write_lines
from .tiny_model import SIZE, write_tiny_model, write_tiny_teacher

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Job

WORDS = [*TOPICS, *TOPICS.values(), "what is a explained tell me about"]
SMALL = (
    *("--epochs", "2", "--batch_size", "6", "--max_sequence_length", "32", "--precision", "fp32"),
    *("--learning_rate", "1e-3", "--warmup_ratio", "0", "--query_mask_probability", "0"),
)
PREPARED = (
    *("--hard_negatives", "2", "--consistency_depth", "1", "--false_negative_margin", "0.01"),
    *("--matryoshka_dimensions", "16,8", "--embedding_dimension", "16", "--lora_rank", "4"),
    *("--write_vectors", "true"),
)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("tiny"), WORDS)


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_teacher(tmp_path_factory.mktemp("teacher"), WORDS)


@pytest.fixture(scope="module")
def candidates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """BM25 finds the apple's document first for each of its queries, and no other topic's at all."""
    folder = tmp_path_factory.mktemp("candidates")
    lines = [
        {
            "query": query,
            "document_id": f"doc {name}",
            "rank": 1 if name == "apple" else None,
            "hits": ["doc violin", "doc desert"],
        }
        for name, text in TOPICS.items()
        for query in (f"what is a {name}", f"{name} explained", text.split(",")[0].lower())
    ]
    write_lines(folder / "bm25_candidates.jsonl", lines)
    return folder


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return dict(SentenceTransformer(str(folder), device="cpu", local_files_only=True).state_dict())


def moved(before: Path, after: Path) -> float:
    one, other = weights(before), weights(after)
    return max(float((one[name] - other[name]).abs().max()) for name in one)


@pytest.mark.parametrize("loss", LOSSES)
def test_loss_trains_a_model_that_loads(loss: str, tiny: Path, teacher: Path, channels: Path, tmp_path: Path) -> None:
    negatives = "0" if loss in ("mnrl", "cached_mnrl") else "2"
    arguments = ("--loss", loss, "--hard_negatives", negatives, "--negatives_from", "base")
    variables = {"SM_CHANNEL_BASE_MODEL": str(tiny), "SM_CHANNEL_TEACHER": str(teacher)}
    done = run_here(channels, tmp_path, *SMALL, *arguments, **variables)
    assert (done.status, done.errors) == (0, "")
    report = done.report()
    assert report["loss"] == loss
    assert report["rows"] == (48 if loss in ("gist", "cached_gist", "triplet") else 24)
    assert report["loss_history"][-1]["loss"] < report["loss_history"][0]["loss"]
    assert moved(tiny, done.model) > 1e-3
    assert not {path.suffix for path in done.model.rglob("*")} & PICKLES


@pytest.fixture(scope="module")
def prepared(tiny: Path, candidates: Path, channels: Path, tmp_path_factory: pytest.TempPathFactory) -> Job:
    """Everything at once: consistency, negatives of both kinds, Matryoshka with cut vectors, LoRA, vectors kept."""
    variables = {"SM_CHANNEL_BASE_MODEL": str(tiny), "SM_CHANNEL_CANDIDATES": str(candidates)}
    done = run_here(channels, tmp_path_factory.mktemp("prepared"), *SMALL, *PREPARED, **variables)
    assert (done.status, done.errors) == (0, "")
    return done


def test_prepared_job_counts_what_it_dropped_and_mined(prepared: Job) -> None:
    report = prepared.report()
    assert (report["pairs_given"], report["pairs_used"]) == (24, 24 - report["inconsistent"])
    assert 3 <= report["pairs_used"] < 24
    mined = report["hard_negatives"]
    assert mined["from"] == "both"
    assert mined["mined"] + mined["drawn"] == 2 * report["pairs_used"]
    assert {"consistency", "mine", "encode_base", "train"} <= set(report["seconds"])


def test_prepared_job_cuts_vectors_everywhere_alike(prepared: Job) -> None:
    golden = prepared.golden()
    config = json.loads((prepared.model / "config_sentence_transformers.json").read_text(encoding="utf-8"))
    body, _ = output_fn(predict_fn(input_fn(json.dumps({"inputs": golden["texts"]})), model_fn(str(prepared.model))))
    answered = np.array(json.loads(body)["embeddings"])
    assert (prepared.report()["embedding_dimension"], config["truncate_dim"]) == (16, 16)
    assert answered.shape == np.array(golden["embeddings"]).shape == (2, 16)
    assert np.sum(answered * np.array(golden["embeddings"]), axis=1).min() >= 0.999


def test_prepared_job_artifact_is_an_ordinary_model_without_adapters(prepared: Job, tiny: Path) -> None:
    assert weights(prepared.model).keys() == weights(tiny).keys()
    assert moved(tiny, prepared.model) > 1e-3


def test_prepared_job_leaves_the_vectors_of_both_models(prepared: Job) -> None:
    folder = prepared.output / "data" / "vectors"
    names = {"document_ids.json", "documents.base.npy", "documents.tuned.npy"}
    for each in ("heldout", "judged"):
        names |= {f"{each}.query_ids.json", f"{each}.base.npy", f"{each}.tuned.npy"}
    assert {path.name for path in folder.iterdir()} == names
    documents, queries = np.load(folder / "documents.tuned.npy"), np.load(folder / "judged.tuned.npy")
    assert (documents.dtype, documents.shape, queries.shape) == (np.float32, (8, 16), (8, 16))
    assert np.allclose(np.linalg.norm(documents, axis=1), 1.0, atol=1e-5)
    ids = json.loads((folder / "document_ids.json").read_text(encoding="utf-8"))
    query_ids = json.loads((folder / "judged.query_ids.json").read_text(encoding="utf-8"))
    run = (prepared.output / "data" / "runs" / "judged.tuned.trec").read_text(encoding="utf-8").splitlines()
    best = {line.split()[0]: line.split()[2].replace("%20", " ") for line in run if line.split()[3] == "1"}
    found = [ids[row] for row in np.argmax(queries @ documents.T, axis=1)]
    assert [best[query_id] for query_id in query_ids] == found


def test_prepared_job_same_seed_mines_and_trains_the_same(
    prepared: Job, tiny: Path, candidates: Path, channels: Path, tmp_path: Path
) -> None:
    variables = {"SM_CHANNEL_BASE_MODEL": str(tiny), "SM_CHANNEL_CANDIDATES": str(candidates)}
    again = run_here(channels, tmp_path, *SMALL, *PREPARED, **variables)
    assert again.report()["loss_history"] == prepared.report()["loss_history"]


def test_lora_merged_gives_the_vectors_of_the_model_with_adapters(tiny: Path) -> None:
    model = load_base_model(Parameters(max_sequence_length=64), tiny, "cpu").model
    texts = list(TOPICS.values())
    before = encode(model, texts, "fp32")
    adapters = add_adapters(model, 4, seed=1)
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    assert np.allclose(before, encode(model, texts, "fp32"), atol=1e-6)
    with torch.no_grad():
        for weight in trained:
            weight.add_(0.05)
    with_adapters = encode(model, texts, "fp32")
    merge_adapters(adapters)
    assert not np.allclose(before, with_adapters, atol=1e-2)
    assert np.allclose(encode(model, texts, "fp32"), with_adapters, atol=1e-5)
    assert not any("lora" in name for name, _ in model.named_parameters())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["--loss", "triplet"], "loss is 'triplet' and hard_negatives is 0.", id="nothing_to_compare"),
        pytest.param(
            ["--loss", "margin_mse", "--hard_negatives", "1"], "loss is 'margin_mse', and there is no", id="no_teacher"
        ),
        pytest.param(
            ["--hard_negatives", "1", "--negatives_from", "bm25"], "no channel 'candidates'", id="no_candidates"
        ),
        pytest.param(["--matryoshka_dimensions", "64"], f"[64], but a/b has {SIZE}", id="dimension_above_the_models"),
        pytest.param(["--embedding_dimension", "16"], f"Valid: {SIZE}.", id="dimension_that_is_not_trained"),
    ],
)
def test_job_that_cannot_be_done_says_what_to_do(
    arguments: list[str], message: str, tiny: Path, channels: Path, tmp_path: Path
) -> None:
    done = run_here(channels, tmp_path, *SMALL, *arguments, "--base_model_id", "a/b", SM_CHANNEL_BASE_MODEL=str(tiny))
    assert done.status == 1
    assert message in done.errors
    assert "phase=encode_base" not in done.log


def test_job_teacher_of_several_scores_is_refused(tiny: Path, channels: Path, tmp_path: Path) -> None:
    teacher = write_tiny_teacher(tmp_path / "teacher", WORDS, labels=3)
    variables = {"SM_CHANNEL_BASE_MODEL": str(tiny), "SM_CHANNEL_TEACHER": str(teacher)}
    done = run_here(channels, tmp_path, *SMALL, "--loss", "margin_mse", "--hard_negatives", "1", **variables)
    assert "The teacher gives a pair 3 scores" in done.errors
