"""Every parameter of a rollback."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from include.settings import ModelName
from include.settings.place import PlaceSettings


class RollbackOptions(PlaceSettings):
    """Which model goes back by one, and where it is."""

    section: ClassVar[str] = "1 Rollback"

    model_name: ModelName = Field(
        "search-model",
        description="Name of the tuned model, as its runs were given it.",
    )
    remove: bool = Field(
        False,
        description="Delete what is gone back from: endpoint, connectors, models and pipelines. False: its model is "
        "undeployed and its endpoint runs on, and is paid. Its artifact stays in any case.",
    )


class RollbackSettings(BaseModel):
    """The settings of one rollback."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    rollback: RollbackOptions


def missing(settings: RollbackSettings) -> list[str]:
    """One sentence for each parameter that has to be given and is not."""
    return settings.rollback.missing()
