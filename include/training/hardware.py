"""What the container's hardware does fast."""

from __future__ import annotations

import contextlib
import os
from contextlib import AbstractContextManager
from pathlib import Path

import torch

from .errors import TrainingError

CPU_FLAGS = Path("/proc/cpuinfo")
# x86 names its bfloat16 instructions in two ways, Arm (Graviton 3 and later) in a third.
BF16_FLAGS = frozenset({"avx512_bf16", "amx_bf16", "bf16"})
_TYPES = {"bf16": torch.bfloat16, "fp16": torch.float16}


def device() -> str:
    """`cuda` if the container has a GPU, else `cpu`."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def use_all_cores(processes: int = 1) -> int:
    """Lets torch use every core that this process may run on, and shares with so many others; returns how many."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    cores = max(1, cores // processes)
    torch.set_num_threads(cores)
    return cores


def resolve_precision(asked: str, device: str) -> str:
    """`fp32`, `bf16` or `fp16`: what was asked, or for `auto` what the device computes natively.

    Raises:
        TrainingError: fp16 was asked on a CPU, or bf16 on a GPU without it.
    """
    native = _native_precision(device)
    if asked == "auto":
        return native
    if (asked == "fp16" and device == "cpu") or (asked == "bf16" and device == "cuda" and native != "bf16"):
        raise TrainingError(
            f"precision is {asked!r}, which this {device} does not compute. Valid here: auto, fp32, {native}."
        )
    return asked


def autocast(precision: str, device: str) -> AbstractContextManager[object]:
    """The context of a forward pass in `precision`; none for fp32."""
    if precision == "fp32":
        return contextlib.nullcontext()
    return torch.autocast(device, dtype=_TYPES[precision])


def _native_precision(device: str) -> str:
    if device == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp16"
    return "bf16" if BF16_FLAGS & _cpu_flags() else "fp32"


def _cpu_flags() -> frozenset[str]:
    if not CPU_FLAGS.is_file():
        return frozenset()
    for line in CPU_FLAGS.read_text(encoding="utf-8").splitlines():
        name, _, flags = line.partition(":")
        if name.strip().lower() in {"flags", "features"}:
            return frozenset(flags.split())
    return frozenset()
