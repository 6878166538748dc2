"""One entry of `retraining.yaml`, checked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from include.errors import TO_DO, TerminalError
from include.parameters import read_as
from include.settings import FinetuneSettings

if TYPE_CHECKING:
    from collections.abc import Collection

FILE = "retraining.yaml"
NAME = r"^[A-Za-z0-9_.-]{1,100}$"
PRESETS = ("@hourly", "@daily", "@weekly", "@monthly", "@quarterly", "@yearly")
VALID_SCHEDULE = (
    f"Valid: a cron expression in quotes, such as '0 3 * * 0' (UTC), one of {', '.join(PRESETS)} in quotes, "
    "`asset: NAME` or `asset: URI`, or null for a DAG that only you start."
)


class AssetSchedule(BaseModel):
    """A run after each update of an asset.

    Attributes:
        asset: its name or URI, as whoever updates it names it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    asset: Annotated[str, StringConstraints(pattern=r"^\S(.*\S)?$", max_length=1_500)]


class Entry(BaseModel):
    """One model that is trained again by itself.

    Attributes:
        name: of the DAG, after `retrain_`.
        schedule: cron expression or preset (UTC), or an asset; null: only when somebody triggers it.
        min_change: share of documents that must be new, changed or deleted since the last finished run.
        parameters: of `finetune_search_model`, as one would type them into its form.
        enabled: false makes no DAG.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, StringConstraints(pattern=NAME)]
    schedule: str | AssetSchedule | None
    min_change: float = Field(0.05, ge=0, le=1)
    parameters: dict[str, Any] = Field(default_factory=dict)
    enabled: bool = True

    @field_validator("schedule", mode="before")
    @classmethod
    def _is_schedule(cls, value: Any) -> Any:
        is_asset = isinstance(value, dict) and set(value) == {"asset"} and bool(value["asset"])
        if value is None or is_asset or (isinstance(value, str) and _is_cron(value)):
            return value
        raise ValueError(VALID_SCHEDULE)


@dataclass(frozen=True)
class Broken:
    """An entry that cannot be understood.

    Attributes:
        name: its own if it has one, else its number.
        problem: what was received, what is valid, what to do.
    """

    name: str
    problem: str


def read_entry(fields: Any, number: int, taken: Collection[str], file: str = FILE) -> Entry | Broken:
    """The entry of a list's item, or what is wrong with it; never raises.

    Args:
        fields: what the file holds.
        number: of the entry in the file, from 1.
        taken: names of the entries before.
        file: where it is to be corrected.
    """
    name, here = _name(fields, number), f"Correct it in {file}."
    if name in taken:
        return Broken(
            f"{name}_{number}", f"Entry {number} is named {name!r} as one before it. Give it another name in {file}."
        )
    try:
        entry = Entry.model_validate(fields)
        read_as(FinetuneSettings, entry.parameters, lambda _: [])
    except ValidationError as error:
        return Broken(name, "\n".join(_sentences(name, error, here)))
    except TerminalError as error:
        return Broken(name, f"Parameters of entry {name!r}: {str(error).replace(TO_DO, here)}")
    return entry


def _name(fields: Any, number: int) -> str:
    name = fields.get("name") if isinstance(fields, dict) else None
    return name if isinstance(name, str) and re.match(NAME, name) else f"entry_{number}"


def _is_cron(text: str) -> bool:
    from croniter import croniter

    return text in PRESETS or (not text.startswith("@") and croniter.is_valid(text))


def _sentences(name: str, error: ValidationError, here: str) -> list[str]:
    valid = f"An entry has: {', '.join(Entry.model_fields)}. {here}"
    return [*(_sentence(name, detail) for detail in error.errors()), valid]


def _sentence(name: str, detail: Any) -> str:
    field = ".".join(str(part) for part in detail["loc"] if part != "AssetSchedule") or "the entry"
    message = str(detail["msg"]).removeprefix("Value error, ")
    if detail["type"] == "missing":
        return f"Entry {name!r} has no {field}."
    return f"Entry {name!r}: {field} is {detail['input']!r:.200}. {message}"
