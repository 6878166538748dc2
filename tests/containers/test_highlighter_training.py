from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime
import pytest
import torch

from include.inference.highlighting.classifier import load_classifier, load_tokenizer, read_options
from include.inference.highlighting.scores import choose, pad, sentence_probabilities
from include.inference.highlighting.sentences import SentencexSplitter
from include.inference.highlighting.windows import Windower

from .conftest import TOPICS, run_here, write_lines

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Job

ARGUMENTS = (
    *("--model_type", "highlighter", "--model_name", "small", "--epochs", "2", "--batch_size", "4"),
    *("--learning_rate", "3e-4", "--max_sequence_length", "96", "--calibration_share", "0"),
)
COLOURS = ("red 🍎", "green", "blue", "grey", "brown")


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Channels whose answers are sentences that neither the words nor the meaning of their question give away."""
    folder = tmp_path_factory.mktemp("marked")
    records = [_record(topic, text, number) for number, (topic, text) in enumerate(_texts())]
    write_lines(folder / "train" / "pairs.jsonl", records[:32])
    write_lines(folder / "corpus" / "documents.jsonl", [{"id": r["id"], "text": r["document"]} for r in records])
    questions = [_question(record, [[record["start"], record["end"]]]) for record in records[32:]]
    nothing = _question(records[32] | {"id": "nothing", "document": TOPICS["desert"]}, [])
    write_lines(folder / "evaluation" / "heldout" / "highlights.jsonl", [*questions, nothing])
    return folder


@pytest.fixture(scope="module")
def highlighter(marked: Path, tmp_path_factory: pytest.TempPathFactory) -> Job:
    """A job that ran to its end and exported every format."""
    folder = tmp_path_factory.mktemp("highlighter")
    return run_here(marked, folder, *ARGUMENTS, "--export_formats", "torchscript,onnx")


def _texts() -> list[tuple[str, str]]:
    return [(topic, f"{colour} {text}") for colour in COLOURS for topic, text in TOPICS.items()]


def _record(topic: str, text: str, number: int) -> dict[str, Any]:
    sentences = [text, f"Many people like a {topic} 🍐.", "It must never be sold to children by anyone."]
    order = [sentences[(number + place) % 3] for place in range(3)]
    document, duty = " ".join(order), sentences[2]
    start = document.index(duty)
    return {
        "id": f"{topic} {number}",
        "query": f"what about a {topic}",
        "document": document,
        "start": start,
        "end": start + len(duty),
    }


def _question(record: dict[str, Any], spans: list[list[int]]) -> dict[str, Any]:
    return {"id": record["id"], "question": record["query"], "context": record["document"], "spans": spans}


def test_highlighter_job_succeeds_and_says_nothing_on_stderr(highlighter: Job) -> None:
    assert (highlighter.status, highlighter.errors) == (0, "")


def test_highlighter_job_learns_what_words_and_meaning_do_not_tell(highlighter: Job) -> None:
    result = highlighter.report()["evaluation"]["heldout"]
    systems = result["systems"]
    assert set(systems) == {"tuned", "bm25", "embedding"}
    assert systems["tuned"]["recall"] == 1.0
    assert systems["tuned"]["f1"] > 0.8 > max(systems["bm25"]["f1"], systems["embedding"]["f1"])
    assert result["difference"]["low"] > 0
    assert (systems["bm25"]["n"], systems["bm25"]["n_nothing"], systems["bm25"]["nothing_accuracy"]) == (9, 1, 0.0)


def test_highlighter_job_writes_what_each_system_chose(highlighter: Job, marked: Path) -> None:
    rows = _lines(highlighter.output / "data" / "highlights" / "heldout.jsonl")
    questions = _lines(marked / "evaluation" / "heldout" / "highlights.jsonl")
    assert [row["id"] for row in rows] == [question["id"] for question in questions]
    assert [row["gold"] for row in rows] == [question["spans"] for question in questions]
    assert set(rows[0]["predicted"]) == {"tuned", "bm25", "embedding"}


def test_highlighter_job_log_holds_no_text_of_the_customer(highlighter: Job) -> None:
    assert "orchard" not in highlighter.log
    assert "step=20 " in highlighter.log


def test_highlighter_read_back_gives_the_golden_highlights(highlighter: Job) -> None:
    model, options = load_classifier(highlighter.model), read_options(highlighter.model)
    windower = Windower(load_tokenizer(highlighter.model), SentencexSplitter(options.language), options.max_tokens)
    assert len(highlighter.golden()["items"]) == 3
    for item in highlighter.golden()["items"]:
        document = windower.cut([(item["question"], item["context"])])[0]
        with torch.inference_mode():
            given = {name: torch.from_numpy(rows) for name, rows in pad(document.windows, 0).items()}
            probabilities = sentence_probabilities(document, list(model(**given).numpy()))
        encoded = item["context"].encode("utf-16-le")
        texts = [encoded[2 * span["start"] : 2 * span["end"]].decode("utf-16-le") for span in item["highlights"]]
        chosen = choose(probabilities, options.threshold, options.fallback_threshold)
        assert texts == [item["context"][slice(*document.sentences[index])] for index in chosen]


@pytest.mark.filterwarnings("ignore:`torch.jit.load` is deprecated:FutureWarning")
@pytest.mark.parametrize("shape", [(1, 7), (5, 33)], ids=str)
def test_highlighter_exports_answer_as_the_model_at_any_shape(highlighter: Job, shape: tuple[int, int]) -> None:
    ids = torch.randint(1000, 20_000, shape, generator=torch.Generator().manual_seed(1))
    inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "token_type_ids": torch.zeros_like(ids)}
    session = onnxruntime.InferenceSession(highlighter.model / "highlighter.onnx", providers=["CPUExecutionProvider"])
    with torch.inference_mode():
        expected = load_classifier(highlighter.model)(**inputs).numpy()
        scripted = torch.jit.load(str(highlighter.model / "highlighter.ts"))(*inputs.values()).numpy()
    onnx = session.run(["logits"], {name: tensor.numpy() for name, tensor in inputs.items()})[0]
    assert np.abs(scripted - expected).max() < 1e-3
    assert np.abs(onnx - expected).max() < 1e-3


def test_highlighter_archive_has_the_handler_and_no_other_pickle(highlighter: Job) -> None:
    kinds = {path.suffix for path in highlighter.model.rglob("*") if path.is_file()}
    assert kinds - {".py", ".txt"} == {".json", ".safetensors", ".md", ".ts", ".onnx"}
    assert "from serving.highlighter import" in (highlighter.model / "code" / "inference.py").read_text("utf-8")
    assert "| heldout | bm25 |" in (highlighter.model / "README.md").read_text("utf-8")


def test_highlighter_tuned_further_is_compared_with_what_it_was(highlighter: Job, marked: Path, tmp_path: Path) -> None:
    few = ("--max_pairs", "4", "--epochs", "1", "--learning_rate", "1e-6", "--classifier_learning_rate", "1e-6")
    again = run_here(marked, tmp_path, *ARGUMENTS, *few, SM_CHANNEL_BASE_MODEL=str(highlighter.model))
    assert (again.status, again.errors) == (0, "")
    systems = again.report()["evaluation"]["heldout"]["systems"]
    assert again.report()["base_model_is_highlighter"]
    assert systems["base"]["f1"] == highlighter.report()["evaluation"]["heldout"]["systems"]["tuned"]["f1"]
    assert not {path.suffix for path in again.model.rglob("*")} & {".ts", ".onnx"}


@pytest.mark.parametrize(
    ("span", "message"),
    [
        pytest.param({"start": 0, "end": 9999}, "pairs.jsonl:1 has a span (0, 9999) in a text of", id="outside"),
        pytest.param({"start": "a"}, "pairs.jsonl:1 has a span of other things", id="no_number"),
    ],
)
def test_highlighter_job_bad_span_fails_with_its_line(
    span: dict[str, Any], message: str, marked: Path, tmp_path: Path
) -> None:
    first, *rest = _lines(marked / "train" / "pairs.jsonl")
    write_lines(tmp_path / "train" / "pairs.jsonl", [first | span, *rest])
    done = run_here(marked, tmp_path, *ARGUMENTS, SM_CHANNEL_TRAIN=str(tmp_path / "train"))
    assert done.status == 1
    assert message in done.errors
    assert not done.model.exists()


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
