from __future__ import annotations

import dataclasses

import pytest

from include.training.errors import TrainingError
from include.training.parameters import Parameters, read_parameters


def test_parameters_none_given_are_the_documented_defaults() -> None:
    assert read_parameters([], {}) == Parameters()
    assert (Parameters().epochs, Parameters().batch_size, Parameters().learning_rate) == (3, 32, 2e-5)
    assert (Parameters().max_sequence_length, Parameters().warmup_ratio, Parameters().seed) == (512, 0.1, 42)


def test_parameters_every_field_can_be_given_on_the_command_line() -> None:
    values = {
        "model_type": "dense",
        "base_model_id": "a/b@main",
        "epochs": "1",
        "batch_size": "16",
        "learning_rate": "1e-5",
        "max_sequence_length": "64",
        "warmup_ratio": "0",
        "seed": "7",
        "embedding_dimension": "384",
        "max_pairs": "2000",
        "precision": "fp32",
        "query_mask_probability": "0.5",
        "freeze_embeddings": "True",
        "pooling": "cls",
        "query_prefix": "query: ",
        "document_prefix": "none",
        "loss": "cached_mnrl",
        "hard_negatives": "3",
        "negatives_from": "bm25",
        "false_negative_margin": "0.1",
        "consistency_depth": "20",
        "teacher_model_id": "c/d",
        "matryoshka_dimensions": "64, 256,128",
        "lora_rank": "8",
        "sparse_mode": "bi-encoder",
        "write_vectors": "true",
        "classifier_learning_rate": "1e-3",
        "choice_weight": "0.5",
        "label_smoothing": "0.1",
        "negative_share": "0.2",
        "hard_negative_share": "1",
        "calibration_share": "0",
        "threshold": "0.6",
        "fallback_threshold": "0.1",
        "overlap_tokens": "32",
        "language": "de",
        "export_formats": "onnx, torchscript",
        "trust_remote_code": "true",
        "model_name": "mine",
        "run": "r-1",
    }
    read = read_parameters([part for name, value in values.items() for part in (f"--{name}", value)], {})
    assert values.keys() == {field.name for field in dataclasses.fields(Parameters)}
    assert (read.seed, read.embedding_dimension, read.freeze_embeddings, read.learning_rate) == (7, 384, True, 1e-5)
    assert (read.query_prefix, read.document_prefix, read.matryoshka_dimensions) == ("query: ", "", (256, 128, 64))
    assert (read.threshold, read.language, read.export_formats) == (0.6, "de", ("onnx", "torchscript"))


def test_parameters_of_a_highlighter_have_defaults_of_their_own() -> None:
    read = read_parameters(["--model_type", "highlighter", "--epochs", "2"], {"SM_HP_LEARNING_RATE": ""})
    assert (read.epochs, read.batch_size, read.learning_rate, read.max_sequence_length) == (2, 8, 5e-5, 192)


def test_parameters_on_the_command_line_win_over_the_environment() -> None:
    environment = {"SM_HP_EPOCHS": "5", "SM_HP_SEED": "1"}
    read = read_parameters(["--epochs", "2"], environment)
    assert (read.epochs, read.seed) == (2, 1)


def test_parameters_empty_value_means_the_default() -> None:
    assert read_parameters(["--embedding_dimension", ""], {}).embedding_dimension is None


@pytest.mark.parametrize(
    ("name", "value", "valid"),
    [
        pytest.param("model_type", "spars", "dense", id="unknown_model_type"),
        pytest.param("precision", "int8", "auto, fp32, bf16, fp16", id="unknown_precision"),
        pytest.param("epochs", "0", "a whole number from 1 to 100", id="epochs_below_range"),
        pytest.param("epochs", "1.5", "a whole number from 1 to 100", id="epochs_not_whole"),
        pytest.param("batch_size", "1", "a whole number from 2", id="batch_without_negatives"),
        pytest.param("learning_rate", "nan", "a number from", id="learning_rate_not_a_number"),
        pytest.param("warmup_ratio", "1", "a number from 0.0 to 0.99", id="warmup_all_steps"),
        pytest.param("threshold", "0", "a number from 0.01 to 0.99", id="threshold_that_takes_all"),
        pytest.param("export_formats", "onnx,tflite", "a comma list of torchscript, onnx", id="unknown_format"),
        pytest.param("freeze_embeddings", "maybe", "true, false", id="flag_unclear"),
    ],
)
def test_parameters_out_of_range_say_what_is_valid(name: str, value: str, valid: str) -> None:
    with pytest.raises(TrainingError, match="Correct the hyperparameter") as caught:
        read_parameters([f"--{name}", value], {})
    assert f"{name} is {value!r}" in str(caught.value)
    assert valid in str(caught.value)


def test_parameters_unknown_name_lists_the_valid_ones() -> None:
    with pytest.raises(TrainingError, match=r"--epoch 3.*Valid names: .*epochs"):
        read_parameters(["--epoch", "3"], {})
