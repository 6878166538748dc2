from __future__ import annotations

import pytest

from include.errors import TerminalError
from infra.settings import StackSettings, read_context


def test_context_of_a_command_line_is_read() -> None:
    settings = read_context({"model_names": "articles, search-*", "vpc": "true", "monthly_budget_usd": "200"})
    assert settings.model_names == ("articles", "search-*")
    assert (settings.vpc, settings.monthly_budget_usd) == (True, 200.0)


@pytest.mark.parametrize("name", ["a", "search-*", "*-search", "a*b", "*a*b-c*", "*"])
def test_model_name_may_be_a_pattern(name: str) -> None:
    assert read_context({"model_names": name}).model_names == (name,)


@pytest.mark.parametrize("name", ["a**", "-a", "a-", "a--b", "A", "a_b", "x" * 33])
def test_model_name_that_aws_would_not_take_is_refused(name: str) -> None:
    with pytest.raises(TerminalError, match="model_names is"):
        read_context({"model_names": name})


def test_context_of_cdk_itself_is_left_alone() -> None:
    assert read_context({"aws:cdk:enable-path-metadata": True, "@aws-cdk/core:x": True}) == StackSettings()


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        ({"kms_key": "x"}, "Did you mean 'kms_key_arn'?"),
        ({"kms_key_arn": "alias/mine"}, "kms_key_arn is 'alias/mine'"),
        ({"model_names": "Search"}, "model_names is 'Search'"),
        ({"log_days": "42"}, "log_days is 42"),
        ({"alarm_topic_arn": "arn:aws:sns:eu-west-1:111122223333:a", "alarm_email": "a@b.c"}, "subscribe to"),
        (
            {"region": "us-east-1", "opensearch_domain_arn": "arn:aws:es:eu-west-1:111122223333:domain/a"},
            "not in region 'us-east-1'",
        ),
        (
            {"region": "us-east-1", "alarm_topic_arn": "arn:aws:sns:eu-west-1:111122223333:a"},
            "alarm_topic_arn is not in region 'us-east-1'",
        ),
    ],
    ids=["unknown", "no-arn", "capital", "no-retention-of-cloudwatch", "two-topics", "two-regions", "topic-elsewhere"],
)
def test_context_that_is_wrong_is_refused_with_what_to_do(context: dict[str, str], expected: str) -> None:
    with pytest.raises(TerminalError, match="Correct it in -c name=value") as caught:
        read_context(context)
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("given", "expected"),
    [({}, "763104351884"), ({"region": "af-south-1"}, "626614931356"), ({"image_account": "1" * 12}, "1" * 12)],
    ids=["usual", "region-with-its-own", "own-images"],
)
def test_registry_is_the_one_of_the_region_unless_given(given: dict[str, str], expected: str) -> None:
    assert read_context(given).registry == expected
