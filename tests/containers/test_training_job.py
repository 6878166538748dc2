from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING

import pytest

from include.training.metrics import METRIC_DEFINITIONS

from .conftest import BASE_MODEL, TOPICS, run_here, run_job, write_lines

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Job


def test_job_succeeds_and_says_nothing_on_stderr(job: Job) -> None:
    assert (job.status, job.errors) == (0, "")
    assert not (job.output / "failure").exists()


def test_job_log_gives_every_metric_of_the_definitions(job: Job) -> None:
    for metric in METRIC_DEFINITIONS:
        values = [float(value) for value in re.findall(metric["Regex"], job.log)]
        assert values, metric["Name"]
    assert re.search(
        r"^step=12 steps=12 epoch=2.00 loss=\d\.\d{4} learning_rate=\S+ seconds=\d+$", job.log, re.MULTILINE
    )


def test_job_log_tells_how_far_the_encoding_is(job: Job) -> None:
    assert "phase=encode_base done=8 of=8" in job.log
    assert "phase=encode_tuned done=8 of=8" in job.log


def test_job_log_holds_no_text_of_the_customer(job: Job) -> None:
    assert "orchard" not in job.log + job.errors


def test_job_writes_a_run_of_each_set_and_model(job: Job) -> None:
    runs = {path.name for path in (job.output / "data" / "runs").iterdir()}
    assert runs == {f"{name}.{model}.trec" for name in ("heldout", "judged") for model in ("base", "tuned")}
    lines = (job.output / "data" / "runs" / "judged.tuned.trec").read_text(encoding="utf-8").splitlines()
    query, _, document, rank, score, tag = lines[0].split()
    assert (query, document, rank, tag) == ("judged-apple", "doc%20apple", "1", "tuned")
    assert 0 < float(score) <= 1
    assert len(lines) == 64


def test_job_report_says_what_was_done(job: Job) -> None:
    report = job.report()
    weights = hashlib.sha256((BASE_MODEL / "model.safetensors").read_bytes()).hexdigest()
    assert (report["pairs_used"], report["steps"], report["embedding_dimension"]) == (24, 12, 384)
    assert (report["base_model_sha256"], report["model_name"], report["run"]) == (weights, "small", "r1")
    assert report["evaluation_queries"] == {"heldout": 8, "judged": 8}
    assert report["parameters"]["max_sequence_length"] == 32
    assert report["loss_history"][-1]["step"] == 12
    assert set(report["seconds"]) >= {"load", "encode_base", "train", "encode_tuned", "save"}
    assert report["versions"]["sentence-transformers"].startswith("6.")
    assert 0 < report["masked_documents"] <= 48


def test_job_teaches_the_model_words_that_it_did_not_know(tmp_path: Path) -> None:
    """Invented names for known things: the base model cannot find them, the tuned one has learnt them."""
    names = dict(
        zip(("zorbal", "quimp", "ferrun", "ovaxit", "telmor", "bradix", "nuvolk", "wispun"), TOPICS, strict=True)
    )
    queries = [(f"where do I find a {name}", topic) for name, topic in names.items()]
    pairs = [{"query": query, "document": TOPICS[topic]} for query, topic in queries]
    write_lines(tmp_path / "train" / "pairs.jsonl", pairs)
    write_lines(tmp_path / "corpus" / "documents.jsonl", [{"id": name, "text": text} for name, text in TOPICS.items()])
    judged = tmp_path / "evaluation" / "judged"
    write_lines(judged / "queries.jsonl", [{"_id": topic, "text": query} for query, topic in queries])
    (judged / "qrels").mkdir()
    (judged / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n", encoding="utf-8")
    arguments = ["--epochs", "12", "--batch_size", "8", "--learning_rate", "3e-4", "--max_sequence_length", "32"]
    done = run_here(tmp_path, tmp_path, *arguments)
    assert done.status == 0, done.errors
    assert found_first(done, "base") <= 4
    assert found_first(done, "tuned") >= 7


def found_first(job: Job, model: str) -> int:
    lines = (job.output / "data" / "runs" / f"judged.{model}.trec").read_text(encoding="utf-8").splitlines()
    return sum(query == document for query, _, document, rank, *_ in map(str.split, lines) if rank == "1")


def test_job_model_has_safetensors_and_nothing_pickled(job: Job) -> None:
    kinds = {path.suffix for path in job.model.rglob("*") if path.is_file()}
    assert kinds == {".json", ".safetensors", ".txt", ".md", ".py"}


def test_job_model_code_is_what_an_endpoint_needs(job: Job) -> None:
    code = job.model / "code"
    assert "from serving.embeddings import" in (code / "inference.py").read_text(encoding="utf-8")
    assert (code / "requirements.txt").read_text(encoding="utf-8").startswith("sentence-transformers")
    assert not list(code.rglob("__pycache__"))


def test_job_model_card_keeps_the_libraries_own_and_adds_ours(job: Job) -> None:
    card = (job.model / "README.md").read_text(encoding="utf-8")
    assert card.startswith("---\n")
    assert "MultipleNegativesRankingLoss" in card
    for section in ("# small: how it was made", "## Data", "## Evaluation", "## Parameters", "## Intended use"):
        assert section in card


def test_job_same_seed_gives_the_same_model(job: Job, source: Path, channels: Path, tmp_path: Path) -> None:
    again = run_job(source, channels, tmp_path, "--epochs", "2", "--batch_size", "4", "--max_sequence_length", "32")
    assert again.report()["loss_history"] == job.report()["loss_history"]
    assert again.golden() == job.golden()


def test_job_without_evaluation_channels_trains_all_the_same(channels: Path, tmp_path: Path) -> None:
    absent = {"SM_CHANNEL_CORPUS": "", "SM_CHANNEL_EVALUATION": ""}
    done = run_here(channels, tmp_path, "--epochs", "1", "--max_pairs", "4", "--precision", "fp32", **absent)
    assert (done.status, done.errors) == (0, "")
    assert "No evaluation: the job has no channel corpus." in done.log
    assert not (done.output / "data" / "runs").exists()
    assert len(done.golden()["embeddings"]) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(
            ["--embedding_dimension", "768"],
            "embedding_dimension is 768, but a/b has 384. Valid: 384.",
            id="other_dimension_than_the_base_model",
        ),
        pytest.param(
            ["--max_sequence_length", "1024"],
            "max_sequence_length is 1024, but a/b has 512 positions.",
            id="longer_than_the_base_model_reads",
        ),
        pytest.param(
            ["--precision", "fp16"], "precision is 'fp16', which this cpu does not compute.", id="fp16_on_a_cpu"
        ),
    ],
)
def test_job_that_cannot_be_done_fails_before_it_computes_with_one_sentence(
    arguments: list[str], message: str, channels: Path, tmp_path: Path
) -> None:
    done = run_here(channels, tmp_path, *arguments, "--base_model_id", "a/b")
    assert done.status == 1
    assert message in done.errors
    assert done.errors.count("\n") == 1
    assert (done.output / "failure").read_text(encoding="utf-8") == done.errors.strip()
    assert "phase=encode_base" not in done.log
    assert not done.model.exists()


def test_job_as_a_process_fails_with_one_sentence_and_status_1(source: Path, channels: Path, tmp_path: Path) -> None:
    done = run_job(source, channels, tmp_path, "--embedding_dimension", "768")
    assert done.status == 1
    assert done.errors.startswith("embedding_dimension is 768")
    assert done.errors.count("\n") == 1


def test_job_base_model_that_cannot_be_had_says_what_to_do(channels: Path, tmp_path: Path) -> None:
    done = run_here(channels, tmp_path, "--base_model_id", "no/such-model", SM_CHANNEL_BASE_MODEL="")
    assert done.status == 1
    assert "base_model_id 'no/such-model' could not be had from Hugging Face" in done.errors


def test_job_pickled_base_model_is_refused(channels: Path, tmp_path: Path) -> None:
    pickled = tmp_path / "pickled"
    pickled.mkdir()
    (pickled / "config.json").write_text(json.dumps({"model_type": "bert"}), encoding="utf-8")
    (pickled / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    done = run_here(channels, tmp_path, SM_CHANNEL_BASE_MODEL=str(pickled))
    assert done.status == 1
    assert "pickled weights are never loaded" in done.errors
