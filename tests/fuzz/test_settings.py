"""Parameters of any name, type and value: the settings, or an error that says what to type."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from include.benchmark.settings import BenchmarkSettings
from include.errors import TerminalError
from include.parameters import parameter_schemas, read_as, read_settings
from include.plan import make_plan
from tests.fuzz.counting import fuzz
from tests.fuzz.strategies import HOSTILE, json_values, numbers, texts

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

ROLE = "arn:aws:iam::123456789012:role/x"
NEEDED = {
    "input_type": "s3",
    "s3_corpus_path": "s3://bucket/x.jsonl",
    "model_name": "m",
    "bucket": "bucket",
    "bedrock_role_arn": ROLE,
    "sagemaker_role_arn": ROLE,
}
SCHEMAS = parameter_schemas()


def values_of(schema: dict[str, Any]) -> SearchStrategy[Any]:
    """What the form would let through, what is near it, and anything else."""
    likely = [schema.get("default"), *schema.get("examples", ()), *schema.get("enum", ())]
    known = [value for value in likely if value is not None] or [None]
    near = st.one_of(st.sampled_from(known), st.sampled_from(known).map(str), st.sampled_from(known).map(lambda v: [v]))
    return st.one_of(near, near, numbers, texts, json_values)


some_parameters = st.fixed_dictionaries({}, optional={name: values_of(schema) for name, schema in SCHEMAS.items()})
few_parameters = st.dictionaries(st.sampled_from(sorted(SCHEMAS)), json_values, max_size=3)
one_parameter = st.sampled_from(sorted(SCHEMAS)).flatmap(
    lambda name: st.builds(lambda value: {name: value}, values_of(SCHEMAS[name]))
)


@fuzz(3_000, changes=st.one_of(one_parameter, few_parameters))
def test_one_parameter(changes: dict[str, Any]) -> None:
    _read({**NEEDED, **changes})


@fuzz(1_500, changes=some_parameters, others=st.dictionaries(texts, json_values, max_size=1))
def test_all_parameters(changes: dict[str, Any], others: dict[str, Any]) -> None:
    _read({**NEEDED, **changes, **others})


@fuzz(1_000, changes=st.dictionaries(st.sampled_from(sorted(parameter_schemas(BenchmarkSettings))), json_values))
def test_benchmark_parameters(changes: dict[str, Any]) -> None:
    try:
        read_as(BenchmarkSettings, changes, lambda _: [])
    except TerminalError:
        return


URIS = [name for name, schema in SCHEMAS.items() if name.endswith(("_path", "base_model_id", "teacher_model_id"))]
uris = st.one_of(
    st.builds(lambda bucket, key: f"s3://{bucket}/{key}", st.sampled_from(["bucket", "", "..", "a.b"]), texts),
    st.builds(lambda scheme, rest: f"{scheme}://{rest}", st.sampled_from(["http", "file", "s3a", "S3", ""]), texts),
    st.sampled_from(HOSTILE),
)
PLACES = [*URIS, "bucket", "prefix", "opensearch_endpoint", "index_name", "region"]


@fuzz(2_500, name=st.sampled_from(PLACES), uri=uris)
def test_uris(name: str, uri: str) -> None:
    _read({**NEEDED, name: uri})


def _read(params: dict[str, Any]) -> None:
    try:
        settings = read_settings(params)
    except TerminalError as error:
        assert str(error)
        return
    plan = make_plan(settings, "manual__1", datetime(2026, 1, 1, tzinfo=UTC), "us-east-1", "https://search")
    requests = plan.requests()
    assert requests["training_request"]["TrainingJobName"] == plan.layout.name
    plan.model_dump_json().encode()
