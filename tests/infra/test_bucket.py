from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk.assertions import Match, Template

from include.requests.tags import INTERMEDIATE_TAG

if TYPE_CHECKING:
    from tests.infra.template import Made


@pytest.fixture
def template(made: Made) -> Template:
    return Template.from_json(made.template)


def rules_of(made: Made) -> dict[str, dict[str, Any]]:
    [bucket] = made.of_type("AWS::S3::Bucket").values()
    return {rule["Id"]: rule for rule in bucket["LifecycleConfiguration"]["Rules"]}


def test_bucket_is_versioned_and_not_public(template: Template) -> None:
    template.resource_count_is("AWS::S3::Bucket", 1)
    template.has_resource_properties(
        "AWS::S3::Bucket",
        {
            "VersioningConfiguration": {"Status": "Enabled"},
            "PublicAccessBlockConfiguration": {
                "BlockPublicAcls": True,
                "BlockPublicPolicy": True,
                "IgnorePublicAcls": True,
                "RestrictPublicBuckets": True,
            },
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        },
    )


def test_bucket_stays_when_the_stack_is_destroyed(template: Template) -> None:
    template.has_resource("AWS::S3::Bucket", {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"})


@pytest.mark.parametrize(
    "condition",
    [{"Bool": {"aws:SecureTransport": "false"}}, {"NumericLessThan": {"s3:TlsVersion": 1.2}}],
    ids=["plain-http", "old-tls"],
)
def test_bucket_refuses_requests_that_are_not_encrypted_well(template: Template, condition: dict[str, Any]) -> None:
    statement = {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "s3:*", "Condition": condition}
    template.has_resource_properties(
        "AWS::S3::BucketPolicy",
        {"PolicyDocument": {"Statement": Match.array_with([Match.object_like(statement)])}},
    )


def test_bucket_is_encrypted_by_s3_unless_a_key_is_given(smallest: Made, largest: Made) -> None:
    def encryption(made: Made) -> dict[str, Any]:
        [bucket] = made.of_type("AWS::S3::Bucket").values()
        [rule] = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        return dict(rule)

    assert encryption(smallest) == {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    assert encryption(largest)["BucketKeyEnabled"]
    assert encryption(largest)["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"


def test_lifecycle_expires_tagged_texts_and_no_other_current_object(made: Made) -> None:
    expiring = [rule for rule in rules_of(made).values() if "ExpirationInDays" in rule]

    key, value = INTERMEDIATE_TAG
    assert [rule["TagFilters"] for rule in expiring] == [[{"Key": key, "Value": value}]]
    assert expiring[0]["ExpirationInDays"] == 90


def test_lifecycle_ends_old_versions_unfinished_uploads_and_markers(made: Made) -> None:
    rules = rules_of(made)

    assert rules["remove-old-versions"]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
    assert rules["abort-unfinished-uploads"]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}
    assert rules["remove-markers-of-removed-objects"]["ExpiredObjectDeleteMarker"] is True
    assert {rule["Status"] for rule in rules.values()} == {"Enabled"}
