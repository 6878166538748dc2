from __future__ import annotations

import pytest

from local.aws.errors import ValidationException
from local.aws.sagemaker.metrics import Metrics
from local.aws.sagemaker.training_run import JobFailed, name_in_channel


@pytest.mark.parametrize(
    ("prefix", "key", "name"),
    [
        pytest.param("train/", "train/a.jsonl", "a.jsonl", id="folder"),
        pytest.param("train", "train/b/a.jsonl", "b/a.jsonl", id="folder_without_slash"),
        pytest.param("data/train.jsonl", "data/train.jsonl", "train.jsonl", id="object"),
        pytest.param("data/part-", "data/part-1.jsonl", "part-1.jsonl", id="beginning"),
        pytest.param("", "a.jsonl", "a.jsonl", id="bucket"),
        pytest.param("train", "training/a.jsonl", "training/a.jsonl", id="longer_name"),
    ],
)
def test_name_in_channel_is_what_the_prefix_leaves(prefix: str, key: str, name: str) -> None:
    assert name_in_channel(prefix, key) == name


def test_name_in_channel_that_leaves_the_folder_is_refused() -> None:
    with pytest.raises(JobFailed, match="leaves the channel's folder"):
        name_in_channel("train/", "train/../../etc/passwd")


def metrics(**regexes: str) -> Metrics:
    definitions = [{"Name": name, "Regex": regex} for name, regex in regexes.items()]
    return Metrics({"AlgorithmSpecification": {"MetricDefinitions": definitions}})


def test_metrics_keep_the_last_value_of_each() -> None:
    found = metrics(loss=r"loss=(\S+)", epoch=r"epoch=(\d+)")
    for line in ("epoch=1 loss=0.5", "loss=0.25", "loss=nothing yet", "unrelated"):
        found.read(line)
    assert {metric["MetricName"]: metric["Value"] for metric in found.final()} == {"loss": 0.25, "epoch": 1.0}


@pytest.mark.parametrize("regex", [pytest.param("loss=(", id="broken"), pytest.param("loss", id="no_group")])
def test_metrics_with_an_unusable_expression_are_refused(regex: str) -> None:
    with pytest.raises(ValidationException, match="of metric 'loss'"):
        metrics(loss=regex)
