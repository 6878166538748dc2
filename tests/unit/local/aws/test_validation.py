from __future__ import annotations

from typing import Any

import pytest
from moto.core.utils import get_service_model

from local.aws import validation
from local.aws.errors import SerializationException, ValidationException

TRAINING = get_service_model("sagemaker").operation_model("CreateTrainingJob").input_shape
TAGS = get_service_model("sagemaker").operation_model("AddTags").input_shape
BATCH = get_service_model("bedrock").operation_model("CreateModelInvocationJob").input_shape
ARN = "arn:aws:sagemaker:us-east-1:123456789012:model/m"


def refusal(parameters: dict[str, Any], shape: Any) -> str:
    with pytest.raises(ValidationException) as refused:
        validation.check(parameters, shape)
    return str(refused.value.message)


def test_check_valid_parameters_passes() -> None:
    validation.check({"ResourceArn": ARN, "Tags": [{"Key": "run", "Value": "1"}]}, TAGS)


def test_check_operation_without_input_passes() -> None:
    validation.check({}, None)


@pytest.mark.parametrize(
    ("tags", "complaint"),
    [
        pytest.param(
            [{"Key": "k"}],
            "Value null at 'tags.1.member.value' failed to satisfy constraint: Member must not be null",
            id="null",
        ),
        pytest.param([{"Key": "", "Value": ""}], "Value '' at 'tags.1.member.key' failed", id="too_short"),
        pytest.param([{"Key": "k" * 129, "Value": ""}], "Member must have length less than or equal to 128", id="long"),
        pytest.param(
            [{"Key": "k", "Value": ""}] * 51, "at 'tags' failed to satisfy constraint: Member must", id="many"
        ),
        pytest.param([{"Key": "k;", "Value": ""}], "Member must satisfy regular expression pattern", id="pattern"),
    ],
)
def test_check_broken_constraint_is_refused_with_its_place(tags: list[dict[str, str]], complaint: str) -> None:
    assert complaint in refusal({"ResourceArn": ARN, "Tags": tags}, TAGS)


def test_check_several_broken_constraints_are_counted() -> None:
    message = refusal({"ResourceArn": "no arn", "Tags": [{"Key": "", "Value": "v"}]}, TAGS)
    assert message.startswith("2 validation errors detected: ")


def test_check_long_enum_is_cut() -> None:
    config = {"InstanceType": "ml.nothing", "InstanceCount": 1, "VolumeSizeInGB": 1}
    message = refusal({"ResourceConfig": config}, TRAINING)
    assert (
        "Value 'ml.nothing' at 'resourceConfig.instanceType' failed to satisfy constraint: Member must satisfy"
        in message
    )
    assert ", …]" in message


def test_check_maps_are_checked_by_key_and_value() -> None:
    message = refusal({"HyperParameters": {"k" * 257: "v"}}, TRAINING)
    assert (
        "'hyperParameters.key' failed to satisfy constraint: Member must have length less than or equal to 256"
        in message
    )


def test_check_hostile_name_is_refused_at_once() -> None:
    """AWS's pattern for job names is exponential in dashes that do not fit: no name is longer than it may be."""
    message = refusal({"jobName": "a" + "-" * 200 + "_"}, BATCH)
    assert "Member must have length less than or equal to 63" in message


def test_check_wrong_type_is_a_serialization_error() -> None:
    with pytest.raises(SerializationException, match="Invalid type for parameter Tags"):
        validation.check({"ResourceArn": ARN, "Tags": "none"}, TAGS)
