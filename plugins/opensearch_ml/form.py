"""The trigger form: one Airflow param for each setting."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from airflow.sdk import Param

from include.parameters import parameter_schemas
from include.settings import FinetuneSettings

if TYPE_CHECKING:
    from pydantic import BaseModel


ESCAPED = r"\*"


def form_params(settings: type[BaseModel] = FinetuneSettings) -> dict[str, Param]:
    """Params with section, help text, range and default of each setting, in the order of the form."""
    return {name: _param(dict(schema)) for name, schema in parameter_schemas(settings).items()}


def _param(schema: dict[str, Any]) -> Param:
    default = schema.pop("default")
    schema["description_md"] = f"{_bold(schema.pop('description'))}{_range(schema)}"
    return Param(default, **schema)


def _range(schema: dict[str, Any]) -> str:
    """What Airflow's form holds a number to, and shows only once it is broken."""
    low, high = schema.get("minimum", schema.get("exclusiveMinimum")), schema.get("maximum")
    return f" From {low:,} to {high:,}." if low is not None and high is not None else ""


def _bold(text: str) -> str:
    """What is set as code: Airflow's form draws a box around that, which covers the line above."""
    return re.sub(r"`([^`]+)`", lambda code: f"**{code[1].replace('*', ESCAPED)}**", text)
