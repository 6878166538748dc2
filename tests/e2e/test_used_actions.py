"""Least privilege: what each role used over the runs of this session, against the policies of infra/policies.

Runs after the others (files go by name), so that there is something to look at; by itself it makes its own runs.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from local.aws.bedrock.model_ids import QUERY_WRITER
from local.demo.inputs import BEDROCK_ROLE, BUCKET, ROLE
from tests.e2e.conftest import PROJECT
from tests.e2e.test_highlighter import SMALL
from tests.policies import Use, roles, statements_of, unused

if TYPE_CHECKING:
    from tests.e2e.conftest import World

ACCOUNT = "123456789012"
VALUES: dict[str, Any] = {
    "Account": ACCOUNT,
    "Region": "us-east-1",
    "Bucket": BUCKET,
    "Prefix": "search-models",
    "ModelName": "e2e-*",
    "InputPrefix": ["e2e", "base-models/"],
    "BenchmarkPrefix": "highlighting-benchmarks",
    "BedrockModelId": QUERY_WRITER,
    "BedrockFoundationModelId": QUERY_WRITER,
    "BedrockBatchRoleArn": BEDROCK_ROLE,
    "SageMakerRoleArn": ROLE,
    "ImageAccount": "763104351884",
    "DomainName": "search",
}
ALWAYS = {"aws:ResourceAccount": ACCOUNT}
OTHERS = {"tests", "example"}
"""Who else calls the stand-in: the tests themselves, and the example of the operators."""
MISTYPED = ("arn:aws:s3:::no-such-bucket-here", "nothing")
"""A bucket and a prefix that tests of bad input ask for."""
DEMO_ONLY = "demo-base-model"
"""An endpoint of the demo's, which serves the base model for its example searches; no run makes it."""


@pytest.fixture(scope="module")
def uses(world: World) -> list[Use]:
    """All of this session, which `.local/actions.json` keeps."""
    names = {job["TrainingJobName"].rpartition("-")[0] for job in _trainings(world)}
    if not any(name.startswith("e2e-search") for name in names):
        world.trigger()
    if not any(name.startswith("e2e-highlighter") for name in names):
        world.trigger(**SMALL)
    found = httpx.get(f"{world.environment['AWS_ENDPOINT_URL']}/_local/actions").raise_for_status().json()
    (PROJECT / ".local").mkdir(exist_ok=True)
    (PROJECT / ".local" / "actions.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    assert found["complete"]
    return [Use.read(fields) for fields in found["uses"]]


def _trainings(world: World) -> list[Any]:
    return list(world.client("sagemaker").list_training_jobs(MaxResults=100)["TrainingJobSummaries"])


def test_nobody_calls_aws_but_the_roles_that_have_a_policy(uses: list[Use]):
    assert {use.role for use in uses} - OTHERS == set(roles())


def _is_of_a_test(use: Use) -> bool:
    prefix = dict(use.context).get("s3:prefix", "").rstrip("/")
    return use.resource in MISTYPED or prefix in MISTYPED or DEMO_ONLY in use.resource


@pytest.mark.parametrize("role", roles())
def test_role_is_allowed_everything_that_it_used(uses: list[Use], role: str):
    statements = statements_of(role, VALUES)
    refused = [
        use
        for use in uses
        if use.role == role
        and not _is_of_a_test(use)
        and not any(statement.allows(use, ALWAYS) for statement in statements)
    ]
    assert not refused, "\n".join(
        f"{use.role} used {use.action} on {use.resource} {dict(use.context)}, which infra/policies/{role}.json does "
        "not allow. Do without it, or add it to the statement that fits and explain it in infra/policies/README.md."
        for use in refused
    )


@pytest.mark.parametrize("role", roles())
def test_role_used_everything_that_it_is_allowed_or_there_is_a_reason(uses: list[Use], role: str):
    mine = [use for use in uses if use.role == role]
    idle = sorted(
        {
            (statement.sid, action)
            for statement in statements_of(role, VALUES)
            for action in statement.actions
            if action not in unused().get(role, {})
            and not any(use.action == action and statement.allows(use, ALWAYS) for use in mine)
        }
    )
    assert not idle, "\n".join(
        f"infra/policies/{role}.json allows {action} ({sid}), and no run used it. Take it out, or say in "
        "infra/policies/unused.json when it is used and by which test."
        for sid, action in idle
    )
