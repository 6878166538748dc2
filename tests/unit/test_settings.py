"""The settings as the source of everything else: what each says about itself, and that what follows can take it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from include.parameters import parameter_schemas, phases, read_settings
from include.training.parameters import read_parameters

if TYPE_CHECKING:
    from collections.abc import Callable

    from include.settings import FinetuneSettings

SCHEMAS = parameter_schemas()
DESIGN = {
    *("input_type", "opensearch_endpoint", "index_name", "text_field", "s3_corpus_path"),
    *("model_name", "model_type", "base_model_id", "embedding_dimension", "max_documents"),
}


def bounds(schema: dict[str, Any]) -> list[Any]:
    """The least and the most that a number may be."""
    return [schema[name] for name in ("minimum", "maximum") if name in schema]


@pytest.mark.parametrize("name", SCHEMAS)
def test_parameter_says_what_it_is(name: str) -> None:
    schema = SCHEMAS[name]

    assert schema["section"][0].isdigit()
    assert "default" in schema
    assert schema["title"] == name
    assert len(schema["description"]) > 15
    assert schema["description"].strip().endswith((".", ").", "`."))


def test_parameters_have_the_names_of_the_design() -> None:
    assert SCHEMAS.keys() >= DESIGN


def test_parameters_have_one_name_each() -> None:
    assert len(SCHEMAS) == sum(len(model.model_fields) for model in phases().values())


def test_parameters_stand_section_by_section() -> None:
    sections = [schema["section"] for schema in SCHEMAS.values()]

    assert sections == sorted(sections)


def test_parameters_defaults_are_those_of_the_design(make_settings: Callable[..., FinetuneSettings]) -> None:
    settings = make_settings()

    assert settings.corpus.max_documents == 20_000
    assert settings.model.base_model_id == "BAAI/bge-base-en-v1.5"
    assert (settings.training.warmup_ratio, settings.training.seed) == (0.1, 42)
    assert settings.endpoint.serverless_memory_mb == 4_096
    assert settings.endpoint.serverless_max_concurrency == 10
    assert settings.queries.queries_per_document == 2


@pytest.mark.parametrize("model_type", ["dense", "sparse", "highlighter"])
def test_parameters_that_are_empty_have_the_defaults_that_the_form_tells(
    make_settings: Callable[..., FinetuneSettings], model_type: str
) -> None:
    from include.layout import Layout
    from include.requests.training import training_request

    settings = make_settings(model_type=model_type)
    request = training_request(settings, Layout("bucket", "prefix", "model", "run"), "us-east-1")
    given = {name: text for name, text in request["HyperParameters"].items() if not name.startswith("sagemaker_")}
    taken = read_parameters([word for pair in given.items() for word in (f"--{pair[0]}", pair[1])], {})

    assert taken.batch_size == settings.batch_size
    for name in ("epochs", "batch_size", "learning_rate", "max_sequence_length"):
        told = SCHEMAS[name]["description"].rpartition("Empty: ")[2].rstrip(".")
        dense, highlighter = told.split(", of a highlighter ")
        assert getattr(taken, name) == float(highlighter if model_type == "highlighter" else dense)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param(name, value, id=f"{name}={value}")
        for name, schema in SCHEMAS.items()
        for value in bounds(schema)
        if name in phases()["training"].model_fields | phases()["model"].model_fields
    ],
)
def test_parameter_at_its_bounds_is_taken_by_the_training_container(
    name: str, value: Any, params: dict[str, Any]
) -> None:
    """A value that the form accepts must not be refused after the queries were paid for."""
    from include.layout import Layout
    from include.requests.training import training_request

    with_value = {**params, name: value}
    if name == "batch_size":
        with_value["max_pairs"] = None
    if name == "max_wait_hours":
        with_value |= {"use_spot": True, "max_runtime_hours": min(value, 120)}
    settings = read_settings(with_value)
    request = training_request(settings, Layout("bucket", "prefix", "model", "run"), "us-east-1")

    given = {name: text for name, text in request["HyperParameters"].items() if not name.startswith("sagemaker_")}
    parameters = read_parameters([word for pair in given.items() for word in (f"--{pair[0]}", pair[1])], {})

    if hasattr(parameters, name):
        assert getattr(parameters, name) == pytest.approx(value)


def test_settings_cannot_be_changed(make_settings: Callable[..., FinetuneSettings]) -> None:
    with pytest.raises(ValueError, match="frozen"):
        make_settings().training.epochs = 5  # type: ignore[misc]


def test_settings_survive_json(make_settings: Callable[..., FinetuneSettings]) -> None:
    settings = make_settings(embedding_dimension=768, serverless_memory_mb=2048)

    assert type(settings).model_validate_json(settings.model_dump_json()) == settings
