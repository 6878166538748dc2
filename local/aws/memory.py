"""How this process takes memory from the system, and gives it back."""

from __future__ import annotations

import ctypes

# malloc.h of glibc.
MMAP_THRESHOLD, ARENA_MAX = -3, -8
LARGE_BYTES = 128 * 1024
ARENAS = 2


def give_back_what_is_freed() -> bool:
    """Let large blocks go back to the system when they are freed, for this process and not for those it starts.

    By default glibc keeps them: once one of up to 32 MiB was freed, blocks of that size come from its heaps, of which
    there are eight a core, one a thread. A server of many threads that reads service models and passes on objects then
    holds 55 MiB that nobody uses, and more from hour to hour (docs/benchmarks.md).

    Returns:
        False where there is no glibc: nothing is changed.
    """
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "mallopt"):
        return False
    return all(libc.mallopt(name, value) for name, value in ((MMAP_THRESHOLD, LARGE_BYTES), (ARENA_MAX, ARENAS)))
