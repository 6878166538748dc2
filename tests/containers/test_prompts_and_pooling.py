from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling

from include.inference.embeddings import input_fn, model_fn, output_fn, predict_fn
from include.training.base_model import load_base_model
from include.training.encode import encode
from include.training.parameters import Parameters

from .conftest import TOPICS, run_here
from .tiny_model import write_tiny_model

if TYPE_CHECKING:
    from pathlib import Path

    from include.inference.encoder import Encoder

    from .conftest import Job

WORDS = [*TOPICS, *TOPICS.values(), "what is a explained tell me about query passage :"]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("tiny"), WORDS)


@pytest.fixture(scope="module")
def prompted(tiny: Path, channels: Path, tmp_path_factory: pytest.TempPathFactory) -> Job:
    """A job with a prompt on either side, and last-token pooling instead of the base model's."""
    arguments = ["--query_prefix", "query: ", "--document_prefix", "passage: ", "--pooling", "lasttoken"]
    folder = tmp_path_factory.mktemp("prompted")
    done = run_here(channels, folder, *arguments, *SMALL, SM_CHANNEL_BASE_MODEL=str(tiny))
    assert (done.status, done.errors) == (0, "")
    return done


SMALL = ("--epochs", "1", "--batch_size", "4", "--max_sequence_length", "32", "--precision", "fp32")


@pytest.fixture(scope="module")
def encoder(prompted: Job) -> Encoder:
    return model_fn(str(prompted.model))


def answer(encoder: Encoder, **request: Any) -> np.ndarray:
    body, _ = output_fn(predict_fn(input_fn(json.dumps(request)), encoder))
    return np.array(json.loads(body)["embeddings"])


def test_prompted_job_report_says_prompts_and_pooling(prompted: Job) -> None:
    report = prompted.report()
    found = (report["query_prefix"], report["document_prefix"], report["pooling"])
    assert found == ("query: ", "passage: ", "lasttoken")


def test_prompted_artifact_carries_prompts_and_pooling_where_loaders_look(prompted: Job) -> None:
    config = json.loads((prompted.model / "config_sentence_transformers.json").read_text(encoding="utf-8"))
    pooling = json.loads((prompted.model / "1_Pooling" / "config.json").read_text(encoding="utf-8"))
    assert config["prompts"] == {"query": "query: ", "document": "passage: "}
    assert config["default_prompt_name"] is None
    assert (pooling["pooling_mode_lasttoken"], pooling["pooling_mode_mean_tokens"]) == (True, False)


def test_prompted_artifact_in_the_handler_gives_the_golden_vectors_of_either_side(
    prompted: Job, encoder: Encoder
) -> None:
    golden = prompted.golden()
    documents = answer(encoder, inputs=golden["texts"])
    queries = answer(encoder, inputs=golden["queries"], input_type="query")
    assert np.sum(documents * np.array(golden["embeddings"]), axis=1).min() >= 0.999
    assert np.sum(queries * np.array(golden["query_embeddings"]), axis=1).min() >= 0.999


def test_prompted_artifact_a_text_as_a_query_is_another_vector_than_as_a_document(encoder: Encoder) -> None:
    one = answer(encoder, inputs=["what is a violin"], input_type="query")
    other = answer(encoder, inputs=["what is a violin"], input_type="document")
    assert np.sum(one * other) < 0.999


def test_prompted_artifact_in_sentence_transformers_needs_no_prompt_to_be_named(prompted: Job) -> None:
    golden = prompted.golden()
    model = SentenceTransformer(str(prompted.model), device="cpu", local_files_only=True)
    assert np.allclose(model.encode_query(golden["queries"]), golden["query_embeddings"], atol=1e-4)
    assert np.allclose(model.encode_document(golden["texts"]), golden["embeddings"], atol=1e-4)


def test_prompted_artifact_as_base_of_the_next_job_keeps_its_prompts(
    prompted: Job, channels: Path, tmp_path: Path
) -> None:
    done = run_here(channels, tmp_path, *SMALL, "--max_pairs", "8", SM_CHANNEL_BASE_MODEL=str(prompted.model))
    assert (done.status, done.errors) == (0, "")
    assert (done.report()["query_prefix"], done.report()["document_prefix"]) == ("query: ", "passage: ")


def test_prompts_are_trained_with(prompted: Job, tiny: Path, channels: Path, tmp_path: Path) -> None:
    plain = run_here(channels, tmp_path, *SMALL, "--pooling", "lasttoken", SM_CHANNEL_BASE_MODEL=str(tiny))
    assert plain.report()["loss_history"] != prompted.report()["loss_history"]


@pytest.mark.parametrize("mode", ["cls", "mean", "lasttoken"])
def test_pooling_vector_of_a_text_is_the_same_in_a_padded_batch_and_alone(mode: str, tiny: Path) -> None:
    loaded = load_base_model(Parameters(pooling=mode, max_sequence_length=64), tiny, "cpu").model
    texts = ["a violin", TOPICS["apple"]]
    together = encode(loaded, texts, "fp32")
    alone = np.vstack([encode(loaded, [text], "fp32") for text in texts])
    assert np.allclose(together, alone, atol=1e-5)


@pytest.mark.parametrize("mode", ["cls", "lasttoken"])
def test_pooling_takes_the_same_token_whichever_side_is_padded(mode: str) -> None:
    states = torch.arange(12.0).reshape(1, 4, 3)
    padding = torch.zeros(1, 2, 3)
    right = {"token_embeddings": torch.cat([states, padding], 1), "attention_mask": torch.tensor([[1, 1, 1, 1, 0, 0]])}
    left = {"token_embeddings": torch.cat([padding, states], 1), "attention_mask": torch.tensor([[0, 0, 1, 1, 1, 1]])}
    pooling = Pooling(3, mode)
    assert torch.equal(pooling(right)["sentence_embedding"], pooling(left)["sentence_embedding"])


def test_pooling_that_was_set_pads_on_the_right_whatever_the_tokenizer_did(tiny: Path) -> None:
    """Positions of a BERT count from the left, so padding there would move the text."""
    model = load_base_model(Parameters(pooling="lasttoken", max_sequence_length=64), tiny, "cpu").model
    assert model.tokenizer.padding_side == "right"
    model.tokenizer.padding_side = "left"
    moved = encode(model, ["a violin", TOPICS["apple"]], "fp32")
    model.tokenizer.padding_side = "right"
    assert not np.allclose(moved, encode(model, ["a violin", TOPICS["apple"]], "fp32"), atol=1e-5)
