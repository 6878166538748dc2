from __future__ import annotations

import json
from typing import Any

import pytest

from tests.policies import FOLDER, PLACEHOLDER, Use, matches, roles, statements_of, unused

VALUES: dict[str, Any] = {
    "Account": "123456789012",
    "Region": "us-east-1",
    "Bucket": "bucket",
    "Prefix": "search-models",
    "ModelName": ["articles", "products"],
    "InputPrefix": "input/",
    "BenchmarkPrefix": "highlighting-benchmarks",
    "BedrockModelId": "eu.amazon.nova-lite-v1:0",
    "BedrockFoundationModelId": "amazon.nova-lite-v1:0",
    "BedrockBatchRoleArn": "arn:aws:iam::123456789012:role/batch",
    "SageMakerRoleArn": "arn:aws:iam::123456789012:role/sagemaker",
    "ImageAccount": "763104351884",
    "DomainName": "search",
    "MetricsLogGroup": "/metrics",
    "NotifyTopicArn": "arn:aws:sns:us-east-1:123456789012:alarms",
    "KmsKeyArn": "arn:aws:kms:us-east-1:123456789012:key/1",
    "ConnectorRoleArn": "arn:aws:iam::123456789012:role/connector",
}
BEDROCK, OWN_BEDROCK = "arn:aws:bedrock:us-east", "arn:aws:bedrock:us-east-1:123456789012"
TRAINING_LOG = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/sagemaker/TrainingJobs"
ALWAYS = {"aws:ResourceAccount": "123456789012"}
README = (FOLDER / "README.md").read_text("utf-8")
WITHOUT_RESOURCES = {"ecr:GetAuthorizationToken", "cloudwatch:PutMetricData"}
FILES = sorted(path for path in FOLDER.rglob("*.json") if path.name != "unused.json")
OPTIONAL = sorted(f"optional/{path.stem}" for path in FOLDER.glob("optional/*.json"))


def allowed(role: str, action: str, resource: str, **context: str) -> bool:
    use = Use(role, action, resource, tuple(context.items()))
    return any(statement.allows(use, ALWAYS) for statement in statements_of(role, VALUES))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_policy_uses_no_placeholder_that_the_readme_does_not_explain(path: Any) -> None:
    assert {name for name in PLACEHOLDER.findall(path.read_text("utf-8")) if f"`${{{name}}}`" not in README} == set()


@pytest.mark.parametrize("role", roles())
def test_policy_has_each_statement_explained_and_no_action_for_everything(role: str) -> None:
    for statement in statements_of(role, VALUES):
        assert f"`{statement.sid}`" in README, statement.sid
        assert not any("*" in action for action in statement.actions)
        if "*" in statement.resources:
            wide = {a for a in statement.actions if ":List" not in a and a not in WITHOUT_RESOURCES}
            assert wide == set(), "knows resources: name them"


@pytest.mark.parametrize("policy", OPTIONAL)
def test_optional_policy_is_of_a_known_role_and_each_statement_is_explained(policy: str) -> None:
    assert policy.removeprefix("optional/").partition(".")[0] in roles()
    for statement in statements_of(policy, VALUES):
        assert f"`{statement.sid}`" in README, statement.sid
        assert not any("*" in action for action in statement.actions)


@pytest.mark.parametrize("role", sorted({*roles()} - {"airflow"}))
def test_role_of_a_service_is_assumed_for_the_own_account_only(role: str) -> None:
    [found] = json.loads((FOLDER / f"{role}.trust.json").read_text("utf-8"))["Statement"]

    assert found["Action"] == "sts:AssumeRole"
    assert found["Condition"]["StringEquals"] == {"aws:SourceAccount": "${Account}"}
    assert "${Account}" in found["Condition"]["ArnLike"]["aws:SourceArn"]


def test_reasons_are_given_for_actions_that_are_allowed() -> None:
    for role, reasons in unused().items():
        known = {action for statement in statements_of(role, VALUES) for action in statement.actions}
        assert set(reasons) <= known
        assert all(len(reason) > 20 for reason in reasons.values())


@pytest.mark.parametrize(
    ("role", "action", "resource", "context", "expected"),
    [
        ("airflow", "s3:PutObject", "arn:aws:s3:::bucket/search-models/articles/run/x", {}, True),
        ("airflow", "s3:PutObject", "arn:aws:s3:::bucket/search-models/other/run/x", {}, False),
        ("airflow", "s3:PutObject", "arn:aws:s3:::bucket/input/x", {}, False),
        ("airflow", "s3:GetObject", "arn:aws:s3:::bucket/input/x", {}, True),
        ("airflow", "s3:ListBucket", "arn:aws:s3:::bucket", {"s3:prefix": "search-models/articles/run/"}, True),
        ("airflow", "s3:ListBucket", "arn:aws:s3:::bucket", {"s3:prefix": "payroll/"}, False),
        ("airflow", "s3:ListBucket", "arn:aws:s3:::bucket", {"s3:prefix": "search-models/"}, True),
        ("airflow", "s3:PutObject", "arn:aws:s3:::bucket/search-models/cleanup/20260101-000000.json", {}, True),
        ("airflow", "s3:DeleteObject", "arn:aws:s3:::bucket/search-models/cleanup/20260101-000000.json", {}, False),
        ("bedrock_batch", "s3:ListBucket", "arn:aws:s3:::bucket", {}, True),
        ("bedrock_batch", "s3:ListBucket", "arn:aws:s3:::bucket", {"s3:prefix": "payroll/"}, False),
        ("sagemaker_training", "s3:ListBucket", "arn:aws:s3:::bucket", {"s3:prefix": "payroll/"}, False),
        ("bedrock_batch", "bedrock:InvokeModel", f"{BEDROCK}-2::foundation-model/amazon.nova-lite-v1:0", {}, True),
        ("bedrock_batch", "bedrock:InvokeModel", f"{OWN_BEDROCK}:inference-profile/eu.amazon.nova-lite-v1:0", {}, True),
        ("bedrock_batch", "bedrock:InvokeModel", f"{BEDROCK}-2::foundation-model/amazon.nova-pro-v1:0", {}, False),
        ("sagemaker_training", "logs:DescribeLogStreams", f"{TRAINING_LOG}:log-stream:", {}, True),
        ("sagemaker_training", "logs:DescribeLogStreams", TRAINING_LOG, {}, True),
        ("sagemaker_training", "logs:PutLogEvents", f"{TRAINING_LOG}:log-stream:articles-1/algo-1", {}, True),
        ("sagemaker_training", "logs:PutLogEvents", f"{TRAINING_LOG}:log-stream:fraud-1/algo-1", {}, False),
        (
            "airflow",
            "iam:PassRole",
            "arn:aws:iam::123456789012:role/batch",
            {"iam:PassedToService": "bedrock.amazonaws.com"},
            True,
        ),
        (
            "airflow",
            "iam:PassRole",
            "arn:aws:iam::123456789012:role/batch",
            {"iam:PassedToService": "ec2.amazonaws.com"},
            False,
        ),
        ("airflow", "iam:PassRole", "arn:aws:iam::123456789012:role/batch", {}, False),
        (
            "airflow",
            "bedrock:TagResource",
            "arn:aws:bedrock:us-east-1:123456789012:model-invocation-job/*",
            {"aws:RequestTag/opensearch-ml-finetuning:run": "x"},
            True,
        ),
        (
            "airflow",
            "bedrock:TagResource",
            "arn:aws:bedrock:us-east-1:123456789012:model-invocation-job/*",
            {"aws:RequestTag/cost-centre": "x"},
            False,
        ),
        (
            "opensearch_connector",
            "sagemaker:InvokeEndpoint",
            "arn:aws:sagemaker:us-east-1:123456789012:endpoint/products-20260101-000000-abcdef",
            {},
            True,
        ),
        (
            "opensearch_connector",
            "sagemaker:InvokeEndpoint",
            "arn:aws:sagemaker:us-east-1:123456789012:endpoint/fraud",
            {},
            False,
        ),
    ],
)
def test_policy_allows_what_the_run_needs_and_no_neighbour(
    role: str, action: str, resource: str, context: dict[str, str], expected: bool
) -> None:
    assert allowed(role, action, resource, **context) is expected


@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [("a*c", "abbc", True), ("a*c", "ab", False), ("a?c", "abc", True), ("a.c", "abc", False), ("*", "", True)],
)
def test_pattern_matches_as_iam_does(pattern: str, value: str, expected: bool) -> None:
    assert matches(pattern, value) is expected
