"""The model: a BERT-style encoder and a linear classifier of its token states."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import torch
import transformers
from safetensors.torch import load_file, save_file
from torch import nn

from .scores import FALLBACK_THRESHOLD, THRESHOLD

if TYPE_CHECKING:
    from pathlib import Path

    from tokenizers import Tokenizer

CONFIG, WEIGHTS, OPTIONS = "config.json", "model.safetensors", "highlighter.json"
ARCHITECTURE = "BertTaggerForSentenceExtractionWithBackoff"
_IGNORED = ("pooler.", "embeddings.position_ids")


@dataclasses.dataclass(frozen=True)
class Options:
    """How a highlighter is used; `highlighter.json`, and the published model's values where there is none.

    Attributes:
        threshold: probability at which a sentence is highlighted.
        fallback_threshold: probability at which the best is, if no sentence reaches the threshold.
        max_tokens: of a window.
        overlap_tokens: of text that is read again before a window.
        language: of the sentence rules, ISO 639-1.
    """

    threshold: float = THRESHOLD
    fallback_threshold: float = FALLBACK_THRESHOLD
    max_tokens: int = 512
    overlap_tokens: int = 64
    language: str = "en"


class SentenceClassifier(nn.Module):
    """Token ids into one logit a token; the mean over a sentence's tokens is the sentence's logit.

    Args:
        encoder: gives `last_hidden_state`.
        classifier: linear, one output.
    """

    def __init__(self, encoder: nn.Module, classifier: nn.Linear) -> None:
        super().__init__()
        self.encoder = encoder
        self.classifier = classifier
        # Of the published model; only training has any.
        self.dropout = nn.Dropout(getattr(encoder.config, "hidden_dropout_prob", 0.0))
        self.reads_types = getattr(encoder.config, "type_vocab_size", 0) > 1

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor
    ) -> torch.Tensor:
        """Logits, float32, of the shape of `input_ids`; those of padding mean nothing."""
        given = {"token_type_ids": token_type_ids} if self.reads_types else {}
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask, **given).last_hidden_state
        states = self.dropout(states).to(self.classifier.weight.dtype)
        return self.classifier(states).squeeze(-1).float()


def load_classifier(folder: Path, new_classifier: bool = False) -> SentenceClassifier:
    """The model in `folder`: our own, the published highlighter's layout, or a base model that gets a new classifier.

    A classifier with two labels answers with the softmax of both, whose second value is the sigmoid of their
    difference: it is kept as that difference.

    Args:
        folder: with `config.json` and `model.safetensors`.
        new_classifier: a checkpoint without classifier is taken; without this it is refused.

    Raises:
        ValueError: weights are missing, or the classifier has another form.
    """
    config = transformers.AutoConfig.from_pretrained(str(folder), local_files_only=True, trust_remote_code=False)
    weights = load_file(str(folder / WEIGHTS))
    encoder = _encoder(config)
    prefix = f"{encoder.base_model_prefix}."
    own = {name.removeprefix(prefix): weight for name, weight in weights.items() if not name.startswith("classifier.")}
    own = {name: weight for name, weight in own.items() if not name.startswith(_IGNORED)}
    _check_names(folder, set(encoder.state_dict()) - {"embeddings.position_ids"}, set(own))
    encoder.load_state_dict(own, strict=False)
    classifier = _classifier(folder, weights, config.hidden_size, new_classifier)
    return SentenceClassifier(encoder, classifier).eval()


def save_classifier(model: SentenceClassifier, tokenizer: Tokenizer, options: Options, folder: Path) -> None:
    """Writes the model so that we and tools for the published highlighter load it: two labels, the first always 0."""
    folder.mkdir(parents=True, exist_ok=True)
    prefix = f"{model.encoder.base_model_prefix}."
    weights = {prefix + name: weight for name, weight in model.encoder.state_dict().items()}
    weights = {name: weight for name, weight in weights.items() if not name.endswith("position_ids")}
    weight, bias = model.classifier.weight, model.classifier.bias
    weights["classifier.weight"] = torch.cat([torch.zeros_like(weight), weight])
    weights["classifier.bias"] = torch.cat([torch.zeros_like(bias), bias])
    plain = {name: weight.detach().to("cpu", torch.float32).contiguous() for name, weight in weights.items()}
    save_file(plain, str(folder / WEIGHTS), metadata={"format": "pt"})
    config = {**model.encoder.config.to_dict(), "architectures": [ARCHITECTURE], "num_labels": 2, "dtype": "float32"}
    _write(folder / CONFIG, config)
    _write(folder / OPTIONS, dataclasses.asdict(options))
    tokenizer.save(str(folder / "tokenizer.json"))
    _write(folder / "tokenizer_config.json", _tokenizer_config(tokenizer, options.max_tokens))


def load_tokenizer(folder: Path) -> Tokenizer:
    """The fast tokenizer of a model folder, from `tokenizer.json` or `vocab.txt`, without truncation and padding."""
    loaded = transformers.AutoTokenizer.from_pretrained(str(folder), local_files_only=True, trust_remote_code=False)
    tokenizer: Tokenizer = loaded.backend_tokenizer
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def read_options(folder: Path) -> Options:
    """How the highlighter in `folder` is used.

    Raises:
        ValueError: an option that there is not.
    """
    path = folder / OPTIONS
    if not path.is_file():
        return Options()
    given = json.loads(path.read_text(encoding="utf-8"))
    known = {field.name for field in dataclasses.fields(Options)}
    if unknown := sorted(set(given) - known):
        raise ValueError(f"{path} has {', '.join(unknown)}. Valid: {', '.join(sorted(known))}.")
    return Options(**given)


def _encoder(config: Any) -> nn.Module:
    try:
        return transformers.AutoModel.from_config(config, add_pooling_layer=False)
    except TypeError:  # an encoder that has no pooling layer to leave out
        return transformers.AutoModel.from_config(config)


def _classifier(folder: Path, weights: dict[str, torch.Tensor], size: int, new_classifier: bool) -> nn.Linear:
    classifier = nn.Linear(size, 1)
    weight, bias = weights.get("classifier.weight"), weights.get("classifier.bias")
    if weight is None or bias is None:
        if not new_classifier:
            raise ValueError(f"{folder / WEIGHTS} has no classifier.weight and classifier.bias: it is no highlighter.")
        nn.init.normal_(classifier.weight, std=0.02)
        nn.init.zeros_(classifier.bias)
        return classifier
    if weight.shape not in {(1, size), (2, size)}:
        raise ValueError(f"classifier.weight has shape {tuple(weight.shape)}. Valid: (1, {size}) or (2, {size}).")
    labels = weight.shape[0]
    with torch.no_grad():
        classifier.weight.copy_((weight[1] - weight[0])[None] if labels == 2 else weight)
        classifier.bias.copy_((bias[1] - bias[0])[None] if labels == 2 else bias)
    return classifier


def _check_names(folder: Path, wanted: set[str], found: set[str]) -> None:
    if missing := sorted(wanted - found):
        raise ValueError(f"{folder / WEIGHTS} lacks {len(missing)} weights of the encoder, first {missing[0]}.")


def _tokenizer_config(tokenizer: Tokenizer, max_tokens: int) -> dict[str, Any]:
    names = {"cls_token": "[CLS]", "sep_token": "[SEP]", "pad_token": "[PAD]", "unk_token": "[UNK]"}
    known = {name: token for name, token in names.items() if tokenizer.token_to_id(token) is not None}
    return {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": max_tokens, **known}


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
