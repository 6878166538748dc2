"""Windows of any length in one forward pass without padding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .classifier import SentenceClassifier
    from .windows import Window

NAME = "search_model_packed"
# Encoders that take position ids and hand what they do not know to their attention.
PACKABLE = frozenset({"bert"})


def pack(model: SentenceClassifier) -> None:
    """Makes a model's encoder read packed windows from now on."""
    ALL_ATTENTION_FUNCTIONS.register(NAME, _attention)
    model.encoder.set_attn_implementation(NAME)


def packed_logits(model: SentenceClassifier, windows: Sequence[Window]) -> list[np.ndarray]:
    """The logits of windows that lie one behind the other in a row.

    Everything but attention is done token by token, and attention sees each window as if it were alone. So a window's
    logits do not depend on what it is packed with: in bf16 they are the same bits on the CPUs where it was measured.

    Returns:
        for each window, float32 of shape (tokens,).
    """
    lengths = [len(window.input_ids) for window in windows]
    ids = np.concatenate([window.input_ids for window in windows])
    positions = np.concatenate([np.arange(length) for length in lengths])
    types = np.concatenate(
        [np.arange(length) >= window.question_tokens for length, window in zip(lengths, windows, strict=True)]
    )
    given = {"input_ids": ids, "position_ids": positions, "token_type_ids": types.astype(np.int64)}
    if not model.reads_types:
        del given["token_type_ids"]
    states = model.encoder(**{name: torch.from_numpy(row)[None] for name, row in given.items()}, lengths=lengths)
    # A sum a token: a matrix product with one column may add in another order for another number of tokens.
    logits = (states.last_hidden_state[0].float() * model.classifier.weight.float()).sum(-1)
    return np.split((logits + model.classifier.bias.float()).numpy(), np.cumsum(lengths)[:-1])


def _attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    lengths: Sequence[int] = (),
    **_: Any,
) -> tuple[torch.Tensor, None]:
    """Attention within each window; all tensors of shape (1, heads, tokens of all windows, size)."""
    output = torch.empty_like(query.transpose(1, 2))
    start = 0
    for length in lengths:
        part = slice(start, start + length)
        states = scaled_dot_product_attention(query[:, :, part], key[:, :, part], value[:, :, part], scale=scaling)
        output[:, part] = states.transpose(1, 2)
        start += length
    return output, None
