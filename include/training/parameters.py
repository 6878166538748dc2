"""The hyperparameters of a training job, from the command line and `SM_HP_*`, checked before anything runs."""

from __future__ import annotations

import argparse
import dataclasses
from typing import TYPE_CHECKING, Any, NoReturn

from .errors import TrainingError
from .together import refuse_contradictions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

MODEL_TYPES = ("dense", "sparse", "highlighter")
POOLINGS = ("cls", "mean", "lasttoken")
SPARSE_MODES = ("doc-only", "bi-encoder")
LOSSES = ("mnrl", "cached_mnrl", "gist", "cached_gist", "triplet", "margin_mse", "distill_kl_div")
NEGATIVE_SOURCES = ("base", "bm25", "both")
EXPORT_FORMATS = ("torchscript", "onnx")
NO_PREFIX = "none"
PRECISIONS = ("auto", "fp32", "bf16", "fp16")


@dataclasses.dataclass(frozen=True)
class Parameters:
    """What is trained and how; the names are those of the job's hyperparameters.

    Attributes:
        model_type: what kind of model; `dense` gives one vector a text, `sparse` weighted tokens, `highlighter` a
            probability a sentence.
        base_model_id: Hugging Face id, with `@revision` to pin it; only a label if the channel base_model is there.
        epochs: passes over the pairs.
        batch_size: pairs (windows, for a highlighter) a step, of all processes together; each pair has the other
            documents of its batch as negatives.
        learning_rate: peak of the linear schedule.
        max_sequence_length: tokens of a text that the model reads, in training, evaluation and serving alike; of a
            highlighter's window: measured, windows longer than those it was tuned on cost 4 points of F1.
        warmup_ratio: share of the steps in which the learning rate rises.
        seed: of everything drawn: pairs, batches, masks, dropout.
        embedding_dimension: of the vectors; the base model's own when not given, else that or one of
            `matryoshka_dimensions`, to which the vectors are cut.
        max_pairs: most pairs to train on, drawn with the seed; all when not given.
        precision: of the forward passes; `auto` takes what the hardware does fast.
        query_mask_probability: how often the words that a query was copied from are hidden from its document; for a
            highlighter, how often half of the words that a text repeats are hidden from its question.
        freeze_embeddings: leaves the base model's word and position embeddings as they are: as good where it was
            measured, with less memory and time.
        pooling: of the tokens' states; the base model's own when not given.
        query_prefix: written before each query; when not given, what the base model was made with; `none` is nothing.
        document_prefix: written before each document, as `query_prefix`.
        loss: what is minimised; see docs/choosing.md.
        hard_negatives: near documents that do not answer, beside each pair.
        negatives_from: what finds them: the base model, BM25 (channel candidates), or both in turn.
        false_negative_margin: share of the pair's own similarity by which a negative must be less similar.
        consistency_depth: a pair is kept only if BM25 or the base model finds its document among so many; 0 keeps all.
        trust_remote_code: runs Python code that lies in the base model's repository (dense).
        teacher_model_id: cross-encoder whose scores a distilling loss learns; only a label if the channel teacher is
            there.
        matryoshka_dimensions: to which the vectors can be cut.
        lora_rank: of the adapters that are trained instead of all weights; 0 trains all.
        sparse_mode: `doc-only` weighs the queries' tokens by a table, `bi-encoder` runs the model on them.
        write_vectors: leaves the vectors of corpus and query sets for the evaluation in OpenSearch.
        classifier_learning_rate: peak for a highlighter's classifier, which starts from nothing.
        choice_weight: of the loss that asks which of a window's sentences is the marked one, beside the one that makes
            a probability of each; 0 leaves it out.
        label_smoothing: of those probabilities: 0.1 wants 0.05 and 0.95.
        negative_share: questions, per pair, that stand beside a document which does not answer them.
        hard_negative_share: of these, those whose document is near by BM25; the others are drawn at random.
        calibration_share: of the documents, kept from training to scale and shift the highlighter's logits so that
            `threshold` and `fallback_threshold` give the best F1; 0 leaves them as trained.
        threshold: probability at which a sentence is highlighted.
        fallback_threshold: probability at which the best is, if no sentence reaches the threshold.
        overlap_tokens: of text that is read again before a window.
        language: of the sentence rules, ISO 639-1.
        export_formats: `torchscript`, `onnx` beside the safetensors.
        model_name: name on the model card.
        run: name of the run, on the model card.
    """

    model_type: str = "dense"
    base_model_id: str = "BAAI/bge-base-en-v1.5"
    epochs: int = 3
    batch_size: int = 32
    learning_rate: float = 2e-5
    max_sequence_length: int = 512
    warmup_ratio: float = 0.1
    seed: int = 42
    embedding_dimension: int | None = None
    max_pairs: int | None = None
    precision: str = "auto"
    query_mask_probability: float = 0.5
    freeze_embeddings: bool = True
    pooling: str | None = None
    query_prefix: str | None = None
    document_prefix: str | None = None
    loss: str = "mnrl"
    hard_negatives: int = 0
    negatives_from: str = "both"
    false_negative_margin: float = 0.05
    consistency_depth: int = 0
    trust_remote_code: bool = False
    teacher_model_id: str = ""
    matryoshka_dimensions: tuple[int, ...] = ()
    lora_rank: int = 0
    sparse_mode: str = "doc-only"
    write_vectors: bool = False
    classifier_learning_rate: float = 1e-3
    choice_weight: float = 1.0
    label_smoothing: float = 0.0
    negative_share: float = 0.25
    hard_negative_share: float = 0.5
    calibration_share: float = 0.1
    threshold: float = 0.5
    fallback_threshold: float = 0.05
    overlap_tokens: int = 64
    language: str = "en"
    export_formats: tuple[str, ...] = ()
    model_name: str = "model"
    run: str = ""


# Where a kind of model wants other values than the dense one.
DEFAULTS: dict[str, dict[str, Any]] = {
    "dense": {},
    # A word that a query was copied from is what finds its document: hiding it cost 3 points of nDCG@10.
    "sparse": {"query_mask_probability": 0.0},
    "highlighter": {
        "epochs": 1,
        "batch_size": 8,
        "learning_rate": 5e-5,
        "max_sequence_length": 192,
        "query_mask_probability": 0.0,
    },
}


def read_parameters(arguments: Sequence[str], environment: Mapping[str, str]) -> Parameters:
    """The hyperparameters given; the command line wins over `SM_HP_*`, and an empty value means the type's default.

    Args:
        arguments: `--name value` pairs, as SageMaker's script mode passes hyperparameters.
        environment: where `SM_HP_NAME` variables are looked for.

    Raises:
        TrainingError: an unknown name, a value out of range, or two that do not fit together; the message says what is
            valid.
    """
    given = _from_environment(environment) | _from_arguments(arguments)
    checked = {name: _CHECKS[name](name, text) for name, text in given.items() if text.strip()}
    parameters = Parameters(**DEFAULTS[checked.get("model_type", Parameters.model_type)] | checked)
    refuse_contradictions(parameters)
    return parameters


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise TrainingError(f"Hyperparameters: {message}. Valid names: {', '.join(_CHECKS)}. Correct the training job.")


def _from_arguments(arguments: Sequence[str]) -> dict[str, str]:
    parser = _Parser(prog="train.py", allow_abbrev=False, argument_default=argparse.SUPPRESS)
    for name in _CHECKS:
        parser.add_argument(f"--{name}")
    return vars(parser.parse_args(list(arguments)))


def _from_environment(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: environment[f"SM_HP_{name.upper()}"] for name in _CHECKS if f"SM_HP_{name.upper()}" in environment}


def _invalid(name: str, text: str, valid: str) -> TrainingError:
    return TrainingError(f"{name} is {text!r}. Valid: {valid}. Correct the hyperparameter and start the job again.")


def _text(_name: str, text: str) -> str:
    return text.strip()


def _prefix(_name: str, text: str) -> str:
    return "" if text.strip() == NO_PREFIX else text


def _flag(name: str, text: str) -> bool:
    value = {"true": True, "1": True, "false": False, "0": False}.get(text.strip().lower())
    if value is None:
        raise _invalid(name, text, "true, false")
    return value


def _one_of(*values: str) -> Callable[[str, str], str]:
    def check(name: str, text: str) -> str:
        if text.strip() not in values:
            raise _invalid(name, text, ", ".join(values))
        return text.strip()

    return check


def _some_of(*values: str) -> Callable[[str, str], tuple[str, ...]]:
    def check(name: str, text: str) -> tuple[str, ...]:
        given = dict.fromkeys(part.strip() for part in text.split(",") if part.strip())
        if not given.keys() <= set(values):
            raise _invalid(name, text, f"a comma list of {', '.join(values)}")
        return tuple(given)

    return check


def _some_whole(least: int, most: int) -> Callable[[str, str], tuple[int, ...]]:
    def check(name: str, text: str) -> tuple[int, ...]:
        values = [_number(int, part) for part in text.split(",") if part.strip()]
        if any(value is None or not least <= value <= most for value in values):
            raise _invalid(name, text, f"a comma list of whole numbers from {least} to {most}")
        return tuple(sorted({int(value) for value in values if value is not None}, reverse=True))

    return check


def _whole(least: int, most: int) -> Callable[[str, str], int]:
    def check(name: str, text: str) -> int:
        value = _number(int, text)
        if value is None or not least <= value <= most:
            raise _invalid(name, text, f"a whole number from {least} to {most}")
        return int(value)

    return check


def _between(least: float, most: float) -> Callable[[str, str], float]:
    def check(name: str, text: str) -> float:
        value = _number(float, text)
        if value is None or not least <= value <= most:
            raise _invalid(name, text, f"a number from {least} to {most}")
        return value

    return check


def _number(kind: type[int] | type[float], text: str) -> float | None:
    try:
        return kind(text)
    except ValueError:
        return None


_CHECKS: dict[str, Callable[[str, str], Any]] = {
    "model_type": _one_of(*MODEL_TYPES),
    "base_model_id": _text,
    "epochs": _whole(1, 100),
    "batch_size": _whole(2, 4096),
    "learning_rate": _between(1e-8, 1e-1),
    "max_sequence_length": _whole(8, 32_768),
    "warmup_ratio": _between(0.0, 0.99),
    "seed": _whole(0, 2**31 - 1),
    "embedding_dimension": _whole(1, 65_536),
    "max_pairs": _whole(2, 10**9),
    "precision": _one_of(*PRECISIONS),
    "query_mask_probability": _between(0.0, 1.0),
    "freeze_embeddings": _flag,
    "pooling": _one_of(*POOLINGS),
    "query_prefix": _prefix,
    "document_prefix": _prefix,
    "loss": _one_of(*LOSSES),
    "hard_negatives": _whole(0, 20),
    "negatives_from": _one_of(*NEGATIVE_SOURCES),
    "false_negative_margin": _between(0.0, 1.0),
    "consistency_depth": _whole(0, 1000),
    "trust_remote_code": _flag,
    "teacher_model_id": _text,
    "matryoshka_dimensions": _some_whole(8, 16_000),
    "lora_rank": _whole(0, 256),
    "sparse_mode": _one_of(*SPARSE_MODES),
    "write_vectors": _flag,
    "classifier_learning_rate": _between(1e-8, 1.0),
    "choice_weight": _between(0.0, 100.0),
    "label_smoothing": _between(0.0, 0.5),
    "negative_share": _between(0.0, 1.0),
    "hard_negative_share": _between(0.0, 1.0),
    "calibration_share": _between(0.0, 0.5),
    "threshold": _between(0.01, 0.99),
    "fallback_threshold": _between(0.0, 1.0),
    "overlap_tokens": _whole(0, 4096),
    "language": _text,
    "export_formats": _some_of(*EXPORT_FORMATS),
    "model_name": _text,
    "run": _text,
}
