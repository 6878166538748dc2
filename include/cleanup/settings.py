"""Every parameter of a cleanup."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from include.settings.place import PlaceSettings


class CleanupOptions(PlaceSettings):
    """Where runs left things, which of them stay, and whether the others are deleted."""

    section: ClassVar[str] = "1 Cleanup"

    delete: bool = Field(False, description="Delete what is found. False: it is only listed.")
    older_than_hours: float = Field(
        24, ge=0, le=8_760, description="What belongs to a run that began within so many hours stays."
    )
    keep: int | None = Field(
        None,
        ge=0,
        le=1_000,
        description="So many deployments before the current one stay of each model, for a rollback. Empty: all.",
    )


class CleanupSettings(BaseModel):
    """The settings of one cleanup."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    cleanup: CleanupOptions


def missing(settings: CleanupSettings) -> list[str]:
    """One sentence for each parameter that has to be given and is not."""
    return settings.cleanup.missing()
