"""What finds a sentence without having been tuned for it: one sentence a question, the best."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch

from ...inference.batches import length_sorted_batches
from ..encode import BATCH_TOKENS
from ..hardware import autocast
from ..words import words
from .bm25 import Bm25

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tokenizers import Tokenizer

    from ...inference.highlighting.classifier import SentenceClassifier
    from .task import Task


def best_by_bm25(task: Task) -> list[list[int]]:
    """The sentence of each text with the highest BM25 score for its question.

    A word is as rare as it is among the sentences of all texts of the set; of equal scores the first wins.
    """
    texts = {
        question.context: sentences for question, sentences in zip(task.questions, task.sentence_texts(), strict=True)
    }
    bm25 = Bm25(sentence for sentences in texts.values() for sentence in sentences)
    known = {context: [words(sentence) for sentence in sentences] for context, sentences in texts.items()}
    chosen = []
    for question in task.questions:
        asked = words(question.question)
        scores = [bm25.score(asked, sentence) for sentence in known[question.context]]
        chosen.append([int(np.argmax(scores))] if scores else [])
    return chosen


def best_by_embedding(task: Task, model: SentenceClassifier, tokenizer: Tokenizer, precision: str) -> list[list[int]]:
    """The sentence of each text whose mean of token states has the highest cosine with its question's.

    Args:
        task: questions and their texts' sentences.
        model: whose encoder is used, before it is tuned.
        tokenizer: of the model.
        precision: of the forward passes.
    """
    sentences = task.sentence_texts()
    texts = dict.fromkeys(question.question for question in task.questions)
    texts.update(dict.fromkeys(text for each in sentences for text in each))
    rows = {text: row for row, text in enumerate(texts)}
    vectors = _embed(model, tokenizer, list(texts), precision)
    chosen = []
    for question, own in zip(task.questions, sentences, strict=True):
        cosines = vectors[[rows[text] for text in own]] @ vectors[rows[question.question]]
        chosen.append([int(cosines.argmax())] if own else [])
    return chosen


def _embed(model: SentenceClassifier, tokenizer: Tokenizer, texts: Sequence[str], precision: str) -> np.ndarray:
    device = next(model.parameters()).device
    most = getattr(model.encoder.config, "max_position_embeddings", math.inf)
    ids = [encoding.ids[: int(min(most, 512))] for encoding in tokenizer.encode_batch(list(texts))]
    vectors = np.zeros((len(texts), model.classifier.in_features), dtype=np.float32)
    lengths = [len(tokens) for tokens in ids]
    for batch in length_sorted_batches(lengths, BATCH_TOKENS.get(device.type, BATCH_TOKENS["cpu"])):
        given = torch.zeros(len(batch), lengths[batch[0]], dtype=torch.int64)
        mask = torch.zeros_like(given)
        for row, index in enumerate(batch):
            given[row, : lengths[index]] = torch.tensor(ids[index])
            mask[row, : lengths[index]] = 1
        given, mask = given.to(device), mask.to(device)
        with torch.inference_mode(), autocast(precision, device.type):
            states = model.encoder(input_ids=given, attention_mask=mask).last_hidden_state.float()
        means = (states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        vectors[batch] = torch.nn.functional.normalize(means).cpu().numpy()
    return vectors
