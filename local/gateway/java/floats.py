"""Java's `float`: 32 bits, and printed with as few digits as tell it apart."""

from __future__ import annotations

import struct


def single(number: float) -> float:
    """`number` rounded to 32 bits."""
    return float(struct.unpack("f", struct.pack("f", number))[0])


def shown(number: float) -> float:
    """The shortest decimal that is the same 32-bit number, as `Float.toString` finds it."""
    rounded = single(number)
    for digits in range(1, 10):
        candidate = float(f"{rounded:.{digits}g}")
        if single(candidate) == rounded:
            return candidate
    return rounded
