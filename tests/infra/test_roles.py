"""The stack's roles have the documents of infra/policies, which the end-to-end tests hold to what is really called."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from infra.policies import MANAGED_POLICY_CHARACTERS, roles
from tests import policies
from tests.infra.template import ACCOUNT, LONGEST, REGION, TOPIC

if TYPE_CHECKING:
    from tests.infra.template import Made

CONSTRUCTS = {
    "bedrock_batch": "BedrockBatchRole",
    "sagemaker_training": "SageMakerRole",
    "sagemaker_endpoint": "SageMakerRole",
    "opensearch_connector": "ConnectorRole",
}
INLINE_CHARACTERS = 10_240


def values_of(made: Made) -> dict[str, Any]:
    """What the placeholders of the documents stand for in a deployment, told by other means than the stack's."""
    large = "ConnectorRole" in made.template["Resources"]
    role = f"arn:aws:iam::{ACCOUNT}:role"
    return {
        "Account": ACCOUNT,
        "Region": "eu-central-1" if large else REGION,
        "Bucket": "acme-search-models" if large else "made-up-bucket",
        "Prefix": "search-models",
        "ModelName": ["articles", "search-*"] if large else "search-model",
        "InputPrefix": "inputs/",
        "BenchmarkPrefix": "highlighting-benchmarks",
        "BedrockModelId": "eu.amazon.nova-lite-v1:0" if large else "amazon.nova-lite-v1:0",
        "BedrockFoundationModelId": "amazon.nova-lite-v1:0",
        "BedrockBatchRoleArn": f"{role}/BedrockBatchRole",
        "SageMakerRoleArn": f"{role}/SageMakerRole",
        "ConnectorRoleArn": f"{role}/ConnectorRole",
        "ImageAccount": "763104351884",
        "DomainName": "search",
        "KmsKeyArn": "arn:aws:kms:eu-central-1:111122223333:key/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
        "MetricsLogGroup": "/opensearch-ml-finetuning/metrics",
        "NotifyTopicArn": TOPIC,
        "AirflowPrincipalArn": "arn:aws:iam::111122223333:role/airflow-workers",
    }


def documents_of(made: Made, role: str) -> list[dict[str, Any]]:
    if role == "airflow":
        return [found["PolicyDocument"] for found in made.of_type("AWS::IAM::ManagedPolicy").values()]
    held = made.of_type("AWS::IAM::Role").get(CONSTRUCTS[role], {"Policies": []})["Policies"]
    return [found["PolicyDocument"] for found in held if found["PolicyName"] == role]


ALWAYS = ("metrics", "notify")


def written(role: str, values: dict[str, Any], large: bool) -> dict[str, policies.Statement]:
    """The documents, as the tests of used actions read them."""
    folder = policies.FOLDER / "optional"
    names = [path.stem for path in sorted(folder.glob(f"{role}.*.json"))]
    extra = [name for name in names if large or name.endswith(ALWAYS)]
    found = [*policies.statements_of(role, values)]
    for name in extra:
        found += policies.statements_of(f"optional/{name}", values)
    return {statement.sid: statement for statement in found}


@pytest.mark.parametrize("role", roles())
def test_role_has_the_statements_of_its_document_and_no_others(made: Made, role: str) -> None:
    documents = documents_of(made, role)
    large = "ConnectorRole" in made.template["Resources"]
    if role == "opensearch_connector" and not large:
        assert documents == []
        return

    deployed = [found for document in documents for found in document["Statement"]]
    wanted = written(role, values_of(made), large)
    assert sorted(found["Sid"] for found in deployed) == sorted(wanted)
    for found in deployed:
        statement = wanted[found["Sid"]]
        assert found["Effect"] == "Allow"
        assert tuple(policies.listed(found["Action"])) == statement.actions
        assert sorted(policies.listed(found["Resource"])) == sorted(statement.resources)
        condition = {
            operator: {key: policies.listed(wanted) for key, wanted in keys.items()}
            for operator, keys in found.get("Condition", {}).items()
        }
        assert condition == statement.condition


@pytest.mark.parametrize("role", sorted({*roles()} - {"airflow"}))
def test_role_is_assumed_by_its_service_for_this_account_only(largest: Made, role: str) -> None:
    [found] = largest.of_type("AWS::IAM::Role")[CONSTRUCTS[role]]["AssumeRolePolicyDocument"]["Statement"]

    [written] = json.loads((policies.FOLDER / f"{role}.trust.json").read_text("utf-8"))["Statement"]
    assert found["Principal"] == written["Principal"]
    assert found["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}
    assert f":eu-central-1:{ACCOUNT}:" in found["Condition"]["ArnLike"]["aws:SourceArn"]


def test_airflow_role_is_assumed_by_who_was_named(largest: Made) -> None:
    [found] = largest.of_type("AWS::IAM::Role")["AirflowRole"]["AssumeRolePolicyDocument"]["Statement"]
    assert found["Principal"] == {"AWS": "arn:aws:iam::111122223333:role/airflow-workers"}


def test_airflow_role_nobody_named_is_not_made(smallest: Made) -> None:
    assert "AirflowRole" not in smallest.template["Resources"]


def test_roles_are_passed_to_their_own_service_only(largest: Made) -> None:
    passed = {
        found["Resource"].rpartition("/")[2]: found["Condition"]["StringEquals"]["iam:PassedToService"]
        for document in documents_of(largest, "airflow")
        for found in document["Statement"]
        if found["Action"] == "iam:PassRole"
    }
    assert passed == {
        "BedrockBatchRole": "bedrock.amazonaws.com",
        "SageMakerRole": "sagemaker.amazonaws.com",
        "ConnectorRole": ["opensearchservice.amazonaws.com", "es.amazonaws.com"],
    }


def test_policies_fit_the_limits_of_iam_with_the_longest_names(made: Made) -> None:
    def length(document: Any) -> int:
        text = json.dumps(document, separators=(",", ":")).replace("made-up-bucket", LONGEST[:63])
        text = text.replace(REGION, "ap-southeast-1").replace(":role/", f":role/{LONGEST[:44]}")
        return len(text.replace("arn:aws:", "arn:aws-us-gov:"))

    for found in made.of_type("AWS::IAM::ManagedPolicy").values():
        assert length(found["PolicyDocument"]) <= MANAGED_POLICY_CHARACTERS
    for found in made.of_type("AWS::IAM::Role").values():
        assert sum(length(each["PolicyDocument"]) for each in found.get("Policies", ())) <= INLINE_CHARACTERS


def test_nothing_is_allowed_by_a_wildcard_of_actions(made: Made) -> None:
    for role in roles():
        for document in documents_of(made, role):
            assert not [found for found in document["Statement"] if "*" in str(found["Action"])]
