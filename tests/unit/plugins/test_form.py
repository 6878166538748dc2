"""The trigger form: Airflow's own Param takes every setting, refuses what the settings refuse, and shows the rest."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest
from airflow.sdk.exceptions import ParamValidationError
from hypothesis import given
from hypothesis import strategies as st

from include.errors import TerminalError
from include.parameters import parameter_schemas, phases, read_settings
from opensearch_ml.form import form_params

if TYPE_CHECKING:
    from include.settings import FinetuneSettings

FORM = form_params()
SCHEMAS = parameter_schemas()


@pytest.mark.parametrize("name", FORM)
def test_form_default_is_accepted(name: str) -> None:
    assert deepcopy(FORM[name]).resolve() == SCHEMAS[name]["default"]


@pytest.mark.parametrize("name", FORM)
def test_form_field_has_section_help_and_title(name: str) -> None:
    schema = FORM[name].schema

    assert schema["section"] == SCHEMAS[name]["section"]
    assert schema["description_md"].replace("**", "`").replace("\\", "").startswith(SCHEMAS[name]["description"])
    assert schema["title"] == name
    json.dumps(FORM[name].dump())


def test_form_help_has_no_code_which_airflow_draws_over_the_line_above() -> None:
    assert not [name for name, param in FORM.items() if "`" in param.schema["description_md"]]
    assert r"**training/\*.whl**" in FORM["wheels_s3_path"].schema["description_md"]


def test_form_help_says_the_range_of_a_number() -> None:
    assert FORM["batch_size"].schema["description_md"].endswith("From 2 to 4,096.")
    assert "From" not in FORM["bucket"].schema["description_md"]


def test_form_stands_in_the_order_of_the_phases() -> None:
    assert list(FORM) == [name for model in phases().values() for name in model.model_fields]


def outside(schema: dict[str, Any]) -> list[Any]:
    """Values just beyond what the schema allows."""
    numbers = [schema[limit] + step for limit, step in (("minimum", -1), ("maximum", 1)) if limit in schema]
    words = ["not one of them"] if "enum" in schema or "const" in schema else []
    empty = [""] if schema.get("minLength") or "pattern" in schema else []
    long = ["a" * (schema["maxLength"] + 1)] if "maxLength" in schema else []
    nothing = [] if "null" in schema["type"] else [None]
    return [*numbers, *words, *empty, *long, *nothing, {"an": "object"}]


@pytest.mark.parametrize(
    ("name", "value"),
    [pytest.param(name, value, id=f"{name}={value!r:.20}") for name in SCHEMAS for value in outside(SCHEMAS[name])],
)
def test_form_value_out_of_range_is_refused(name: str, value: Any) -> None:
    with pytest.raises(ParamValidationError):
        deepcopy(FORM[name]).resolve(value)


WORDS = st.sampled_from(
    [
        *("opensearch", "s3", "articles", "a-b", "A_b", "dense", "sparse", "realtime", "Converse", "InvokeModel"),
        *("s3://my-bucket/a.jsonl", "https://host:9200", "BAAI/bge-m3", "ml.g5.xlarge", "eu-west-1"),
        "arn:aws:iam::123456789012:role/r",
    ]
)
VALUES = WORDS | st.text(max_size=5) | st.integers(-10, 10_000) | st.floats(-1, 100) | st.booleans() | st.none()


@given(name=st.sampled_from(list(FORM)), value=VALUES)
def test_form_accepted_value_is_accepted_by_the_settings(name: str, value: Any) -> None:
    """Nothing that the form lets through may be refused as a wrong value later; contradictions are another matter."""
    try:
        deepcopy(FORM[name]).resolve(value)
    except ParamValidationError:
        return

    assert name not in {line.split(" is ")[0] for line in refusals({name: value})}


def refusals(params: dict[str, Any]) -> list[str]:
    """Complaints about values, not about what else is needed or contradicts."""
    try:
        read_settings(params)
    except TerminalError as error:
        return [
            line
            for line in str(error).splitlines()
            if line.endswith("Correct it in the trigger form, in --conf or in the Variable of defaults.")
        ]
    return []


def test_form_defaults_are_valid_settings(params: dict[str, Any]) -> None:
    defaults = {name: deepcopy(param).resolve() for name, param in FORM.items()}

    found: FinetuneSettings = read_settings({**defaults, **params})

    assert found == read_settings(params)
