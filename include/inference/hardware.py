"""What the machine computes with."""

from __future__ import annotations

import os
from pathlib import Path

# x86 names its bfloat16 instructions in two ways, Arm (Graviton 3 and later) in a third.
BF16_FLAGS = frozenset({"avx512_bf16", "amx_bf16", "bf16"})


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def native_precision(device: str) -> str:
    """The 16 bits that the hardware computes, else `fp32`."""
    if device == "cuda":
        import torch

        return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp16"
    cpu = Path("/proc/cpuinfo")
    words = set(cpu.read_text(encoding="utf-8").split()) if cpu.is_file() else set()
    return "bf16" if BF16_FLAGS & words else "fp32"
