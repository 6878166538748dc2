"""EnableNetworkIsolation: where it can be, and what the containers then need to be given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from include.requests.isolation import packages_of

if TYPE_CHECKING:
    from collections.abc import Callable

ON_S3 = {"base_model_id": "s3://models/base/"}
WHEELS = {"wheels_s3_path": "s3://models/wheels"}
IMAGES = {"training_image_uri": "my/training:1", "inference_image_uri": "my/inference:1"}


@pytest.mark.parametrize(
    ("changed", "training", "endpoint"),
    [
        pytest.param({}, False, False, id="default"),
        pytest.param(ON_S3, False, False, id="model-on-s3-but-packages-from-an-index"),
        pytest.param(WHEELS, False, True, id="wheels-but-model-from-hugging-face"),
        pytest.param({**ON_S3, **WHEELS}, True, True, id="wheels"),
        pytest.param({**ON_S3, **IMAGES}, True, True, id="own-images"),
        pytest.param({**ON_S3, "training_image_uri": "my/training:1"}, False, False, id="one-own-image"),
        pytest.param({**ON_S3, **WHEELS, "endpoint_type": "serverless"}, True, False, id="serverless"),
        pytest.param({**ON_S3, **WHEELS, "network_isolation": "off"}, False, False, id="off"),
        pytest.param({**ON_S3, **WHEELS, "network_isolation": "on"}, True, True, id="on"),
        pytest.param(
            {**ON_S3, **WHEELS, "loss": "margin_mse", "hard_negatives": 1, "teacher_model_id": "a/b"},
            False,
            True,
            id="teacher-from-hugging-face",
        ),
    ],
)
def test_containers_are_isolated_where_they_need_no_network(
    make_plan: Callable[..., Any], changed: dict[str, Any], training: bool, endpoint: bool
) -> None:
    requests = make_plan(**changed).requests()

    assert requests["training_request"]["EnableNetworkIsolation"] is training
    assert requests["model_request"]["EnableNetworkIsolation"] is endpoint


def test_isolated_job_gets_its_code_and_wheels_as_channels(make_plan: Callable[..., Any]) -> None:
    """The toolkit would fetch the code from S3 inside the container, which cannot."""
    plan = make_plan(**ON_S3, **WHEELS)
    request = plan.requests()["training_request"]
    uris = {each["ChannelName"]: each["DataSource"]["S3DataSource"]["S3Uri"] for each in request["InputDataConfig"]}

    assert uris["code"] == plan.layout.uri("code/sourcedir.tar.gz")
    assert uris["wheels"] == "s3://models/wheels/"
    assert request["HyperParameters"]["sagemaker_submit_directory"] == "/opt/ml/input/data/code/sourcedir.tar.gz"


def test_job_with_a_network_fetches_its_code(make_plan: Callable[..., Any]) -> None:
    plan = make_plan()

    hyperparameters = plan.requests()["training_request"]["HyperParameters"]

    assert hyperparameters["sagemaker_submit_directory"] == plan.layout.uri("code/sourcedir.tar.gz")


@pytest.mark.parametrize(
    ("changed", "packages"),
    [
        pytest.param({}, "index", id="default"),
        pytest.param(WHEELS, "wheels", id="wheels"),
        pytest.param({**IMAGES, **WHEELS}, "wheels", id="wheels-for-own-images"),
        pytest.param(IMAGES, "image", id="own-images"),
        pytest.param({**IMAGES, "network_isolation": "off"}, "index", id="own-images-with-a-network"),
    ],
)
def test_packages_come_from(make_settings: Callable[..., Any], changed: dict[str, Any], packages: str) -> None:
    assert packages_of(make_settings(**changed)) == packages


def test_remote_code_is_run_where_it_was_asked_for_only(make_plan: Callable[..., Any]) -> None:
    plain, trusting = (make_plan(trust_remote_code=value).requests() for value in (False, True))

    assert plain["training_request"]["HyperParameters"]["trust_remote_code"] == "false"
    assert trusting["training_request"]["HyperParameters"]["trust_remote_code"] == "true"
    variable = "SERVING_TRUST_REMOTE_CODE"
    assert variable not in plain["model_request"]["PrimaryContainer"]["Environment"]
    assert trusting["model_request"]["PrimaryContainer"]["Environment"][variable] == "true"
