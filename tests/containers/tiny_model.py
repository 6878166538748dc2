"""Models small enough to train in a test: 2 layers, 32 dimensions, random weights, a vocabulary of the test's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import (
    BertConfig,
    BertForMaskedLM,
    BertForSequenceClassification,
    BertModel,
    PreTrainedTokenizerFast,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
SIZE = 32


def write_tiny_model(folder: Path, texts: Sequence[str], pooling: str = "mean", dropout: float = 0.1) -> Path:
    """A sentence-transformers model that knows the words of `texts`."""
    tokenizer = _tokenizer(texts)
    torch.manual_seed(3)
    dropouts = {"hidden_dropout_prob": dropout, "attention_probs_dropout_prob": dropout}
    BertModel(_config(len(tokenizer), **dropouts)).save_pretrained(folder / "transformer")
    tokenizer.save_pretrained(folder / "transformer")
    modules = [Transformer(str(folder / "transformer"), max_seq_length=64), Pooling(SIZE, pooling), Normalize()]
    SentenceTransformer(modules=modules, device="cpu").save_pretrained(str(folder / "model"))
    return folder / "model"


def write_tiny_masked_model(folder: Path, texts: Sequence[str]) -> Path:
    """A BERT with its masked-language head, from which a SPLADE starts."""
    tokenizer = _tokenizer(texts)
    torch.manual_seed(7)
    BertForMaskedLM(_config(len(tokenizer))).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def write_tiny_teacher(folder: Path, texts: Sequence[str], labels: int = 1) -> Path:
    """A cross-encoder that scores pairs at random, but repeatably."""
    tokenizer = _tokenizer(texts)
    torch.manual_seed(5)
    teacher = BertForSequenceClassification(_config(len(tokenizer), num_labels=labels))
    with torch.no_grad():
        teacher.classifier.weight.mul_(100)
    teacher.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _config(words: int, **options: Any) -> BertConfig:
    return BertConfig(
        vocab_size=words,
        hidden_size=SIZE,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
        # So large that one word changes a vector; BERT's own 0.02 makes all texts alike.
        initializer_range=0.4,
        **options,
    )


def _tokenizer(texts: Sequence[str]) -> PreTrainedTokenizerFast:
    words = sorted({word for text in texts for word in _split(text)})
    vocabulary = {word: place for place, word in enumerate([*SPECIAL, *words])}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    first, last = ("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])
    tokenizer.post_processor = processors.BertProcessing(last, first)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=64,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
    )


def _split(text: str) -> list[str]:
    return [word for word, _ in pre_tokenizers.BertPreTokenizer().pre_tokenize_str(text.lower())]
