"""How far other windows in a pass move a window's logits, measured on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .engine import Engine
    from .windows import Windower

LEAST_TOLERANCE = 1e-4
# Of the largest difference that was seen.
SAFETY = 8
_SENTENCE = "The harbour of the town lies in the north, and {} ships leave it for the islands every day. "


def measured_tolerance(engine: Engine, windower: Windower) -> tuple[float, float]:
    """The tolerance for a backend, and the largest difference between logits of windows alone and together.

    It also warms the model up: every kernel has run, with small and large passes.
    """
    texts = ["".join(_SENTENCE.format(number) for number in range(count)) for count in (1, 2, 3, 5, 6, 9, 17, 40)]
    documents = windower.cut([("how many ships leave the harbour", text) for text in texts])
    together, alone = engine.logits(documents), engine.logits(documents, alone=True)
    difference = max(
        float(np.abs(one[: len(other)] - other[: len(one)]).max())
        for ones, others in zip(together, alone, strict=True)
        for one, other in zip(ones, others, strict=True)
    )
    return max(LEAST_TOLERANCE, SAFETY * difference), difference
