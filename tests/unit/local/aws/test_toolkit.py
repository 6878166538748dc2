from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from local.aws.sagemaker import toolkit
from local.aws.sagemaker.folders import Folders

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = {"sagemaker_program": '"train.py"', "sagemaker_submit_directory": "s3://bucket/source.tar.gz"}


def job(**changes: Any) -> dict[str, Any]:
    return {"TrainingJobName": "job", "TrainingJobArn": "arn:job", "HyperParameters": SCRIPT, **changes}


@pytest.mark.parametrize(
    ("hyperparameters", "line"),
    [
        pytest.param({"b": 2, "alpha": 1}, ["--alpha", "1", "-b", "2"], id="sorted_and_short"),
        pytest.param({"flag": True}, ["--flag", "True"], id="boolean"),
        pytest.param({"sizes": [1, "two"]}, ["--sizes", "[1, 'two']"], id="list"),
        pytest.param({"map": {"b": 1, "a": 2}}, ["--map", "a=2,b=1"], id="map"),
        pytest.param({"none": None}, ["--none", ""], id="null"),
        pytest.param({"text": "a b"}, ["--text", "a b"], id="blank"),
    ],
)
def test_arguments_are_as_the_toolkit_makes_them(hyperparameters: dict[str, Any], line: list[str]) -> None:
    assert toolkit.arguments(hyperparameters) == line


def test_script_is_read_from_decoded_hyperparameters() -> None:
    script = toolkit.read_script(
        job(HyperParameters={**SCRIPT, "epochs": "3", "name": "plain", "sagemaker_mpi": "true"})
    )
    assert (script.program, script.submit_directory) == ("train.py", "s3://bucket/source.tar.gz")
    assert script.hyperparameters == {"epochs": 3, "name": "plain"}
    assert script.framework_parameters == {"sagemaker_mpi": True}


def test_script_is_read_from_the_environment() -> None:
    environment = {"SAGEMAKER_PROGRAM": "main.py", "SAGEMAKER_SUBMIT_DIRECTORY": "s3://bucket/x.tar.gz"}
    assert toolkit.read_script(job(HyperParameters={}, Environment=environment)).program == "main.py"


def test_script_missing_says_what_must_be_set() -> None:
    with pytest.raises(ValueError, match=r"sagemaker_program .* sagemaker_submit_directory .* Received: epochs"):
        toolkit.read_script(job(HyperParameters={"epochs": "3"}))


def test_environment_values_are_encoded_as_json_but_for_text(tmp_path: Path) -> None:
    described = job(
        HyperParameters={**SCRIPT, "epochs": "3", "scheduler": '{"warmup": 0.1}'},
        InputDataConfig=[{"ChannelName": "train", "DataSource": {"S3DataSource": {}}}],
        Environment={"OWN": "1", "SM_MODEL_DIR": "elsewhere"},
    )
    folders = Folders(tmp_path / "ml")
    environment = toolkit.environment(described, toolkit.read_script(described), folders, "eu-west-1")
    assert environment["SM_HP_SCHEDULER"] == '{"warmup":0.1}'
    assert environment["SM_CHANNELS"] == '["train"]'
    assert environment["SM_CHANNEL_TRAIN"] == str(tmp_path / "ml/input/data/train")
    assert environment["SM_FRAMEWORK_MODULE"] == ""
    assert environment["SM_USER_ENTRY_POINT"] == "train.py"
    assert json.loads(environment["SM_TRAINING_ENV"])["hyperparameters"] == {"epochs": 3, "scheduler": {"warmup": 0.1}}
    assert (environment["OWN"], environment["SM_MODEL_DIR"]) == ("1", str(tmp_path / "ml/model"))
    assert environment["AWS_REGION"] == "eu-west-1"


def test_folders_are_made_empty(tmp_path: Path) -> None:
    (tmp_path / "ml" / "model").mkdir(parents=True)
    (tmp_path / "ml" / "model" / "old").touch()
    assert list(Folders(tmp_path / "ml").model.iterdir()) == []
