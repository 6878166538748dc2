"""The flat parameters that a user gives, and the settings of the phases: one turns into the other here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from include.contradictions import contradictions
from include.errors import TO_DO, TerminalError, unknown_value
from include.settings import FinetuneSettings, PhaseSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

S = TypeVar("S", bound=BaseModel)


def phases(settings: type[BaseModel] = FinetuneSettings) -> dict[str, type[PhaseSettings]]:
    """Phase name to its settings model, in the order of the form."""
    return {name: field.annotation for name, field in settings.model_fields.items()}  # type: ignore[misc]


def parameter_schemas(settings: type[BaseModel] = FinetuneSettings) -> dict[str, dict[str, Any]]:
    """JSON schema of each parameter, in the order of the form, with `default`, `section` and `description`."""
    return {name: schema for model in phases(settings).values() for name, schema in _schemas(model)}


def read_settings(params: Mapping[str, Any]) -> FinetuneSettings:
    """The settings that flat parameters mean; what is missing has its default.

    Raises:
        TerminalError: unknown parameters, wrong values and contradictions, all in one message.
    """
    return read_as(FinetuneSettings, params, contradictions)


def read_as(kind: type[S], params: Mapping[str, Any], problems_of: Callable[[S], list[str]]) -> S:
    """The settings of one DAG that flat parameters mean; what is missing has its default.

    Args:
        kind: model of the settings, phase by phase.
        params: by name, whatever their phase.
        problems_of: sentences about values that do not fit together.

    Raises:
        TerminalError: unknown parameters, wrong values and those problems, all in one message.
    """
    phase_of = {name: phase for phase, model in phases(kind).items() for name in model.model_fields}
    problems = [unknown_value("A parameter", name, phase_of) for name in params if name not in phase_of]
    nested: dict[str, dict[str, Any]] = {phase: {} for phase in phases(kind)}
    for name in params.keys() & phase_of.keys():
        nested[phase_of[name]][name] = params[name]
    try:
        settings = kind.model_validate(nested)
        problems += problems_of(settings)
    except ValidationError as error:
        schemas = parameter_schemas(kind)
        problems += [_sentence(detail, schemas) for detail in error.errors()]
    if problems:
        raise TerminalError("\n".join(problems))
    return settings


def _schemas(model: type[PhaseSettings]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, schema in model.model_json_schema()["properties"].items():
        nullable = schema.pop("anyOf", None)
        if nullable:
            schema |= next(option for option in nullable if option != {"type": "null"})
            schema["type"] = ["null", schema["type"]]
            if "enum" in schema:
                schema["enum"] = [None, *schema["enum"]]
        yield name, {**schema, "title": name, "section": model.section}


def _sentence(detail: Any, schemas: Mapping[str, dict[str, Any]]) -> str:
    # The place is phase, parameter and, in a list, the item's number.
    name, received = detail["loc"][1], detail["input"]
    if detail["type"] == "string_pattern_mismatch":
        return f"{name} is {_without_password(received)!r}. Valid: {_form(schemas[name])} {TO_DO}"
    if detail["type"] == "literal_error":
        return f"{name} is {received!r}. Valid values: {detail['ctx']['expected']}. {TO_DO}"
    return f"{name} is {received!r}: {detail['msg']}. {TO_DO}"


def _form(schema: dict[str, Any]) -> str:
    examples = ", ".join(f"'{example}'" for example in schema.get("examples", ()))
    return f"{schema['description']} For example {examples}." if examples else schema["description"]


def _without_password(url: str) -> str:
    return re.sub(r"//[^/]*@", "//***@", url)
