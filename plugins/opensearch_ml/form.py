"""The trigger form: one Airflow param for each setting."""

from __future__ import annotations

from airflow.sdk import Param

from include.parameters import parameter_schemas


def form_params() -> dict[str, Param]:
    """Params with section, help text, range and default of each setting, in the order of the form."""
    return {name: _param(dict(schema)) for name, schema in parameter_schemas().items()}


def _param(schema: dict[str, object]) -> Param:
    default = schema.pop("default")
    schema["description_md"] = schema.pop("description")
    return Param(default, **schema)
