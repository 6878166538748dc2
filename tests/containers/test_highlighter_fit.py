from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
import transformers

from include.inference.highlighting.classifier import SentenceClassifier
from include.inference.highlighting.windows import Window
from include.training.highlighter import fit as fitting
from include.training.highlighter.examples import Example
from include.training.highlighter.fit import TokenIds, fit
from include.training.highlighter.loss import sentence_logits, sentence_loss, targets
from include.training.parameters import Parameters

if TYPE_CHECKING:
    from collections.abc import Iterator

IDS = TokenIds(padding=0, mask=4)
PARAMETERS = Parameters(
    epochs=8, batch_size=4, learning_rate=3e-3, query_mask_probability=0.0, classifier_learning_rate=1e-2
)
ANSWER = 50


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Tensors this small gain nothing from a second thread, and wait for it where cores are shared."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def small_model(seed: int = 1) -> SentenceClassifier:
    """A BERT of two layers with weights drawn anew."""
    torch.manual_seed(seed)
    config = transformers.BertConfig(
        vocab_size=60, hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64
    )
    encoder = transformers.BertModel(config, add_pooling_layer=False)
    return SentenceClassifier(encoder, torch.nn.Linear(32, 1)).eval()


def examples(number: int = 24) -> list[Example]:
    """Windows of three or four sentences; the one with the token ANSWER is marked, in every fourth window none."""
    draw = np.random.default_rng(1)
    return [_example(draw, 3 + place % 2, marked=place % 4 != 0) for place in range(number)]


def _example(draw: np.random.Generator, sentences: int, marked: bool) -> Example:
    ids = draw.integers(10, ANSWER, size=(sentences, 5))
    answer = int(draw.integers(sentences))
    ids[answer, 2] = ANSWER if marked else ids[answer, 2]
    head = [1, 11, 12, 2]
    own = np.concatenate([[-1] * 4, np.repeat(np.arange(sentences), 5), [-1]])
    window = Window(0, np.concatenate([head, ids.ravel(), [2]]), 4, own)
    return Example(window, frozenset({answer} if marked else ()))


def test_fit_same_seed_gives_the_same_model() -> None:
    models = [small_model(), small_model()]
    fits = [fit(model, examples(), PARAMETERS, "fp32", IDS) for model in models]
    assert fits[0].loss_history == fits[1].loss_history
    first, second = (model.state_dict() for model in models)
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_fit_learns_which_sentence_is_marked() -> None:
    fitted = fit(small_model(), examples(), dataclasses.replace(PARAMETERS, epochs=20), "fp32", IDS)
    assert fitted.steps == 120
    assert fitted.loss_history[-1]["loss"] < 0.5 * fitted.loss_history[0]["loss"]
    assert fitted.loss_history[-1]["step"] == 120


def test_fit_budget_of_a_pass_does_not_change_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    model, parameters = small_model(), dataclasses.replace(PARAMETERS, epochs=1)
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    other = small_model()
    other.load_state_dict(model.state_dict())
    for module in other.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    whole = fit(model, examples(), parameters, "fp32", IDS)
    monkeypatch.setitem(fitting.BATCH_TOKENS, "cpu", 32)
    parted = fit(other, examples(), parameters, "fp32", IDS)
    losses = [[step["loss"] for step in each.loss_history] for each in (whole, parted)]
    assert losses[0] == pytest.approx(losses[1], abs=1e-4)


def test_fit_frozen_embeddings_stay_as_they_are() -> None:
    model = small_model()
    before = model.encoder.embeddings.word_embeddings.weight.clone()
    fit(model, examples(8), dataclasses.replace(PARAMETERS, epochs=1), "fp32", IDS)
    assert torch.equal(model.encoder.embeddings.word_embeddings.weight, before)


def test_sentence_logits_are_means_of_their_own_tokens() -> None:
    wanted = targets(examples(2))
    logits = torch.arange(wanted.sentence.numel(), dtype=torch.float32).reshape(wanted.sentence.shape)
    means = sentence_logits(logits, wanted)
    assert means.tolist() == [logits[wanted.sentence == number].mean().item() for number in range(7)]


def test_sentence_loss_of_equal_logits_is_that_of_a_guess() -> None:
    wanted = targets(examples(4))
    binary, choice = sentence_loss(torch.zeros(len(wanted.label)), wanted, smoothing=0.0)
    assert binary.item() == pytest.approx(len(wanted.label) * math.log(2), rel=1e-5)
    # Three of the four windows have a marked sentence, among 4, 3 and 4.
    assert choice.item() == pytest.approx(math.log(4 * 3 * 4), rel=1e-5)


def test_sentence_loss_without_a_marked_sentence_has_no_choice() -> None:
    wanted = targets(examples(1))
    assert sentence_loss(torch.randn(len(wanted.label)), wanted, smoothing=0.0)[1].item() == 0.0
