"""Linear layers in 8 bits, with a scale a token."""

from __future__ import annotations

import torch
from torch import nn

LARGEST = 127


class Int8Linear(nn.Module):
    """A linear layer whose weights have a scale an output and whose inputs have a scale a token.

    PyTorch's and ONNX Runtime's own dynamic quantisation take one scale for a whole batch: a text's answer then depends
    on the texts beside it, and one outlier costs all of them precision. Here a token's answer is its own: the sums are
    of integers, so exact in any order.

    Args:
        linear: what is replaced.
        dtype: of the answers.
    """

    def __init__(self, linear: nn.Linear, dtype: torch.dtype) -> None:
        super().__init__()
        weight = linear.weight.detach().float()
        scale = weight.abs().amax(dim=1).clamp_min(1e-9) / LARGEST
        # A transposed view, which the kernel reads as fast and which spares a copy.
        self.weight = (weight / scale[:, None]).round().to(torch.int8).t()
        self.scale = scale
        self.bias = linear.bias.detach().float()
        self.dtype = dtype

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """The answers, of shape (..., outputs)."""
        rows = states.reshape(-1, states.shape[-1]).float()
        scale = rows.abs().amax(dim=-1, keepdim=True).clamp_min(1e-9) / LARGEST
        sums = torch._int_mm((rows / scale).round_().to(torch.int8), self.weight)
        answers = sums.float().mul_(scale).mul_(self.scale).add_(self.bias)
        return answers.to(self.dtype).reshape(*states.shape[:-1], -1)


def quantise(encoder: nn.Module, dtype: torch.dtype) -> None:
    """Replaces every linear layer of an encoder, in place."""
    for module in list(encoder.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, nn.Linear):
                setattr(module, name, Int8Linear(child, dtype))
