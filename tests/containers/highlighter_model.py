"""A highlighter for tests: the real base model with a random classifier, which highlights at random but repeatably."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import torch

from include.inference.highlighting.classifier import Options, load_classifier, load_tokenizer, save_classifier

from .conftest import BASE_MODEL

if TYPE_CHECKING:
    from pathlib import Path

WORDS = [
    *("the", "a", "river", "ship", "harbour", "of", "in", "glacier", "and", "moves", "leaves", "under", "slowly"),
    *("Paris", "1999", "(old)", "naïve", "🚀", "e\u0301", "<b>it</b>"),
]


def write_model(folder: Path, layers: int = 6) -> Path:
    """Writes a model; with a classifier so large that probabilities lie everywhere between 0 and 1."""
    torch.manual_seed(7)
    model = load_classifier(BASE_MODEL, new_classifier=True)
    del model.encoder.encoder.layer[layers:]
    model.encoder.config.num_hidden_layers = layers
    with torch.no_grad():
        model.classifier.weight.mul_(12)
    save_classifier(model, load_tokenizer(BASE_MODEL), Options(), folder)
    return folder


def some_text(seed: int, sentences: int) -> str:
    """A text of that many sentences of 3 to 15 words."""
    chance = random.Random(seed)
    return " ".join(
        " ".join(chance.choices(WORDS, k=chance.randint(3, 15))).capitalize() + chance.choice(".!?")
        for _ in range(sentences)
    )
