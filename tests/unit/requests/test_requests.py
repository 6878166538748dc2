"""The requests to AWS against botocore's service models: valid, also at the bounds of every parameter."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from include import layout as at
from include.parameters import parameter_schemas
from include.training.together import NEED_TEACHER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OPERATIONS = {
    "training_request": "CreateTrainingJob",
    "model_request": "CreateModel",
    "endpoint_config_request": "CreateEndpointConfig",
    "endpoint_request": "CreateEndpoint",
}
SCHEMAS = parameter_schemas()
BOUNDS = [
    pytest.param(name, schema[limit], id=f"{name}={schema[limit]}")
    for name, schema in SCHEMAS.items()
    for limit in ("minimum", "maximum")
    if limit in schema
]
CHOICES = [
    pytest.param(name, value, id=f"{name}={value}")
    for name, schema in SCHEMAS.items()
    for value in schema.get("enum", ())
    if name != "input_type"
]


@pytest.fixture(scope="session")
def model() -> Callable[[str], Any]:
    """Input shape of an operation."""
    session = botocore.session.get_session()
    services = {name: session.get_service_model(name) for name in ("sagemaker", "bedrock")}

    def shape(operation: str) -> Any:
        service = services["bedrock" if "Invocation" in operation else "sagemaker"]
        return service.operation_model(operation).input_shape

    return shape


def complaints(value: Any, shape: Any, path: str = "") -> Iterator[str]:
    """What botocore's validator leaves to the service: patterns and enumerations."""
    if shape.type_name == "structure":
        for name, inner in value.items():
            yield from complaints(inner, shape.members[name], f"{path}.{name}")
    elif shape.type_name == "list":
        for inner in value:
            yield from complaints(inner, shape.member, f"{path}[]")
    elif shape.type_name == "map":
        for name, inner in value.items():
            yield from complaints(name, shape.key, f"{path}.{name}")
            yield from complaints(inner, shape.value, f"{path}.{name}")
    else:
        pattern, allowed = shape.metadata.get("pattern"), getattr(shape, "enum", ())
        if pattern and "\\p{" not in pattern and not re.fullmatch(pattern, str(value)):
            yield f"{path}: {value!r} does not match {pattern}"
        if allowed and value not in allowed:
            yield f"{path}: {value!r} is none of {allowed}"


def check(request: dict[str, Any], shape: Any) -> None:
    report = ParamValidator().validate(request, shape)
    assert not report.has_errors(), report.generate_report()
    assert list(complaints(request, shape)) == []


@pytest.mark.parametrize(("name", "value"), [*BOUNDS, *CHOICES])
def test_requests_are_valid_at_the_bounds_of_every_parameter(
    make_plan: Callable[..., Any], model: Callable[[str], Any], name: str, value: Any
) -> None:
    changed = {name: value}
    if name == "record_format":
        changed["bedrock_model_id"] = "anthropic.claude-x-v1:0"
    if name == "loss":
        changed["hard_negatives"] = 1
        changed["teacher_model_id"] = "owner/model" if value in NEED_TEACHER else None
    if name == "max_wait_hours":
        changed |= {"use_spot": True, "max_runtime_hours": min(value, 120)}
    if value == "on":
        changed |= {"base_model_id": "s3://models/base", "wheels_s3_path": "s3://models/wheels"}
    requests = make_plan(**changed).requests()

    for kind, operation in OPERATIONS.items():
        check(requests[kind], model(operation))


def test_requests_longest_names_are_valid(make_plan: Callable[..., Any], model: Callable[[str], Any]) -> None:
    plan = make_plan(model_name="a" * 32, bucket="b" * 63, prefix="p" * 100)

    for kind, operation in OPERATIONS.items():
        check(plan.requests()[kind], model(operation))
    batch = model("CreateModelInvocationJob").members
    assert re.fullmatch(batch["jobName"].metadata["pattern"], f"{plan.layout.name}-099")
    assert len(f"{plan.layout.name}-099") <= batch["jobName"].metadata["max"]


def test_batch_job_is_valid(s3: Any, make_plan: Callable[..., Any], model: Callable[[str], Any]) -> None:
    """As Airflow's operator sends the arguments that we give it."""
    from include.corpus.document import Document
    from include.phases.corpus import finish_corpus
    from include.phases.queries import write_jobs
    from include.storage import write_lines

    plan = make_plan()
    documents = (Document(str(number), f"text {number}") for number in range(100))
    write_lines(s3, plan.layout.uri(at.DOCUMENTS), (document.to_line() for document in documents))
    write_lines(s3, plan.layout.uri(at.JUDGED_DOCUMENTS), [])
    finish_corpus(s3, plan, {"read": 100, "empty": 0, "duplicate": 0, "sampled": 100})

    (job,) = write_jobs(s3, plan)

    request = {
        "jobName": job["job_name"],
        "roleArn": plan.settings.queries.bedrock_role_arn,
        "modelId": plan.settings.queries.bedrock_model_id,
        "inputDataConfig": {"s3InputDataConfig": {"s3Uri": job["input_uri"]}},
        "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": job["output_uri"]}},
        **job["invoke_kwargs"],
    }
    check(request, model("CreateModelInvocationJob"))
    assert request["timeoutDurationInHours"] == 168
    assert request["tags"][0]["value"] == f"search-bucket/search-models/search-model/{plan.run}"


def test_training_request_names_its_channels(make_plan: Callable[..., Any]) -> None:
    plan = make_plan(base_model_id="s3://models/base/")
    channels = {
        channel["ChannelName"]: channel["DataSource"]["S3DataSource"]["S3Uri"]
        for channel in plan.requests()["training_request"]["InputDataConfig"]
    }

    assert channels == {
        "train": plan.layout.uri("training-data/training_data.jsonl"),
        "corpus": plan.layout.uri("raw-corpus/"),
        "evaluation": plan.layout.uri("evaluation-sets/"),
        "base_model": "s3://models/base/",
    }


def test_training_request_held_out_pairs_are_in_no_channel_but_the_evaluation(make_plan: Callable[..., Any]) -> None:
    """`train` is one file, not the folder beside it."""
    (train,) = [
        channel["DataSource"]["S3DataSource"]["S3Uri"]
        for channel in make_plan().requests()["training_request"]["InputDataConfig"]
        if channel["ChannelName"] == "train"
    ]

    assert train.endswith("/training_data.jsonl")


def test_training_request_empty_parameters_are_left_to_the_container(make_plan: Callable[..., Any]) -> None:
    given = make_plan().requests()["training_request"]["HyperParameters"]

    assert "max_pairs" not in given
    assert "embedding_dimension" not in given
    assert all(isinstance(value, str) for value in given.values())


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        pytest.param(
            {"endpoint_type": "realtime", "endpoint_instance_type": "ml.m5.large", "endpoint_instance_count": 2},
            {"InstanceType": "ml.m5.large", "InitialInstanceCount": 2, "InitialVariantWeight": 1.0},
            id="realtime",
        ),
        pytest.param(
            {"endpoint_type": "serverless", "serverless_memory_mb": 6144, "serverless_max_concurrency": 5},
            {"ServerlessConfig": {"MemorySizeInMB": 6144, "MaxConcurrency": 5}},
            id="serverless",
        ),
    ],
)
def test_endpoint_config_request_capacity(make_plan: Callable[..., Any], changed: Any, expected: Any) -> None:
    plan = make_plan(**changed)
    (variant,) = plan.requests()["endpoint_config_request"]["ProductionVariants"]

    assert variant == {"VariantName": "AllTraffic", "ModelName": plan.layout.name, **expected}


SPOT = [
    pytest.param({"max_runtime_hours": 3}, 6 * 3600, id="twice-the-runtime"),
    pytest.param({"max_runtime_hours": 3, "max_wait_hours": 5}, 5 * 3600, id="as-given"),
]


@pytest.mark.parametrize(("given", "longest"), SPOT)
def test_training_request_spot_waits_and_keeps_checkpoints_of_the_run(
    make_plan: Callable[..., Any], model: Callable[[str], Any], given: Any, longest: int
) -> None:
    plan = make_plan(use_spot=True, **given)
    request = plan.requests()["training_request"]

    check(request, model("CreateTrainingJob"))
    assert request["EnableManagedSpotTraining"] is True
    assert request["StoppingCondition"] == {"MaxRuntimeInSeconds": 3 * 3600, "MaxWaitTimeInSeconds": longest}
    assert request["CheckpointConfig"]["LocalPath"] == "/opt/ml/checkpoints"
    assert request["CheckpointConfig"]["S3Uri"] == plan.layout.uri("model-artifacts/checkpoints/")


def test_training_request_warm_pool_keeps_the_instance(
    make_plan: Callable[..., Any], model: Callable[[str], Any]
) -> None:
    request = make_plan(warm_pool_minutes=60).requests()["training_request"]

    check(request, model("CreateTrainingJob"))
    assert request["ResourceConfig"]["KeepAlivePeriodInSeconds"] == 3600


def test_training_request_asks_for_as_many_instances_as_train_together(
    make_plan: Callable[..., Any], model: Callable[[str], Any]
) -> None:
    request = make_plan(training_instance_count=4, base_model_id="BAAI/bge-large-en-v1.5").requests()

    check(request["training_request"], model("CreateTrainingJob"))
    resources = request["training_request"]["ResourceConfig"]
    assert (resources["InstanceType"], resources["InstanceCount"]) == ("ml.g6e.xlarge", 4)


def test_training_request_says_nothing_of_what_was_not_asked_for(make_plan: Callable[..., Any]) -> None:
    request = make_plan(training_instance_fallbacks=["ml.g6.xlarge"]).requests()["training_request"]

    assert not {"EnableManagedSpotTraining", "CheckpointConfig"} & request.keys()
    assert request["StoppingCondition"].keys() == {"MaxRuntimeInSeconds"}
    assert request["ResourceConfig"].keys() == {"InstanceType", "InstanceCount", "VolumeSizeInGB"}


def test_model_request_serves_the_archive_without_network(make_plan: Callable[..., Any]) -> None:
    plan = make_plan()
    container = plan.requests()["model_request"]["PrimaryContainer"]

    assert container["ModelDataUrl"] == plan.layout.uri(at.MODEL)
    assert container["Environment"]["SAGEMAKER_PROGRAM"] == "inference.py"
    assert container["Environment"]["HF_HUB_OFFLINE"] == "1"


@pytest.mark.parametrize(
    ("region", "changed", "image"),
    [
        pytest.param("us-east-1", {}, "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-inference:", id="default"),
        pytest.param("eu-south-1", {}, "692866216735.dkr.ecr.eu-south-1.amazonaws.com/", id="opt-in-region"),
        pytest.param("cn-north-1", {}, "727897471807.dkr.ecr.cn-north-1.amazonaws.com.cn/", id="china"),
        pytest.param("us-east-1", {"endpoint_instance_type": "ml.m5.large"}, "-cpu-", id="cpu-instance"),
        pytest.param("us-east-1", {"endpoint_instance_type": "ml.inf2.xlarge"}, "-cpu-", id="not-a-gpu"),
        pytest.param("us-east-1", {"endpoint_instance_type": "ml.p4d.24xlarge"}, "-gpu-", id="gpu-instance"),
        pytest.param("us-east-1", {"endpoint_type": "serverless"}, "-cpu-", id="serverless-has-no-gpu"),
        pytest.param("us-east-1", {"inference_image_uri": "my/image:1"}, "my/image:1", id="own-image"),
    ],
)
def test_model_request_image(make_settings: Callable[..., Any], region: str, changed: Any, image: str) -> None:
    from include.layout import Layout
    from include.requests.endpoint import model_request

    request = model_request(make_settings(**changed), Layout("bucket", "prefix", "model", "run"), region)

    assert image in request["PrimaryContainer"]["Image"]


def test_requests_of_a_highlighter_set_formats_and_largest_batch(make_plan: Callable[..., Any]) -> None:
    plan = make_plan(
        model_type="highlighter",
        export_formats=["onnx", "torchscript"],
        max_batch_items=64,
        highlighter_backend="onnx",
    )
    requests = plan.requests()

    assert requests["training_request"]["HyperParameters"]["model_type"] == "highlighter"
    assert requests["training_request"]["HyperParameters"]["export_formats"] == "onnx,torchscript"
    assert requests["model_request"]["PrimaryContainer"]["Environment"]["SERVING_MAX_ITEMS"] == "64"
    assert requests["model_request"]["PrimaryContainer"]["Environment"]["SERVING_BACKEND"] == "onnx"
