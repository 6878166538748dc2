"""Something that a run left behind, and nobody needs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

# In the order in which they can be deleted: first the ways to a model, then the model, then what serves it.
PIPELINES, MODEL, CONNECTOR, GROUP, INDEX = "pipelines", "model", "connector", "model group", "temporary index"
TRAINING_JOB, BATCH_JOB = "training job", "batch inference job"
ENDPOINT, ENDPOINT_CONFIG, SAGEMAKER_MODEL = "endpoint", "endpoint configuration", "SageMaker model"
UPLOAD = "unfinished upload"
KINDS = (
    *(TRAINING_JOB, BATCH_JOB, PIPELINES, MODEL, CONNECTOR, GROUP),
    *(ENDPOINT, ENDPOINT_CONFIG, SAGEMAKER_MODEL, INDEX, UPLOAD),
)


@dataclass(frozen=True)
class Orphan:
    """One thing.

    Attributes:
        kind: one of `KINDS`.
        name: by which a person knows it.
        run: that made it, `{model_name}/{run}`; of a model group only the model's name.
        identifier: by which it is deleted, if that is not the name.
    """

    kind: str
    name: str
    run: str
    identifier: str = ""

    @property
    def id(self) -> str:
        """By which it is deleted."""
        return self.identifier or self.name

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def in_order(orphans: list[Orphan]) -> list[Orphan]:
    """By kind, in the order in which they can be deleted, and by name."""
    return sorted(orphans, key=lambda orphan: (KINDS.index(orphan.kind), orphan.name))
