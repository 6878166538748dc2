"""How many GPUs an instance has: as many processes train on it."""

from __future__ import annotations

MANY = {
    **{f"{family}.{size}": 4 for family in ("g5", "g6", "g6e") for size in ("12xlarge", "24xlarge")},
    **{f"{family}.48xlarge": 8 for family in ("g5", "g6", "g6e", "p5", "p5e", "p5en", "p6-b200")},
    **{"g4dn.12xlarge": 4, "p3.8xlarge": 4, "p3.16xlarge": 8, "p3dn.24xlarge": 8},
    **{"p4d.24xlarge": 8, "p4de.24xlarge": 8},
}
"""Those with more than one."""


def gpus_of(instance_type: str) -> int:
    """GPUs of an instance.

    Example:
        >>> gpus_of("ml.g5.xlarge"), gpus_of("ml.g5.12xlarge"), gpus_of("ml.m5.4xlarge")
        (1, 4, 0)
    """
    name = instance_type.removeprefix("ml.")
    return MANY.get(name, 1 if name.startswith(("g", "p")) else 0)
