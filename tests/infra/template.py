"""A synthesized template, and what it would be once deployed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from infra.app import STACK

ACCOUNT, REGION, PARTITION = "111122223333", "ap-southeast-1", "aws"
PSEUDO = {"AWS::AccountId": ACCOUNT, "AWS::Region": REGION, "AWS::Partition": PARTITION, "AWS::NoValue": None}
PSEUDO["AWS::StackName"] = STACK
LONGEST = "x" * 64
"""A name that CloudFormation makes up is no longer."""
TOPIC = f"arn:{PARTITION}:sns:{REGION}:{ACCOUNT}:Alarms04B5A0BF"
"""Who is told."""


@dataclass(frozen=True)
class Made:
    """The template as JSON."""

    template: dict[str, Any]

    def of_type(self, kind: str) -> dict[str, dict[str, Any]]:
        """The properties of all resources of a type, with references filled in, by logical id."""
        found = self.template["Resources"].items()
        return {name: self.filled(each.get("Properties", {})) for name, each in found if each["Type"] == kind}

    @property
    def outputs(self) -> dict[str, str]:
        """Values of the outputs, by name."""
        return {name: self.filled(each["Value"]) for name, each in self.template["Outputs"].items()}

    def filled(self, value: Any) -> Any:
        """A value with its references filled in, as a deployment would."""
        if isinstance(value, list):
            return [self.filled(each) for each in value]
        if not isinstance(value, dict):
            return value
        match value:
            case {"Ref": str(name)}:
                return PSEUDO[name] if name in PSEUDO else self._reference(name)
            case {"Fn::GetAtt": [name, attribute]}:
                return self._attribute(name, attribute)
            case {"Fn::Join": [separator, parts]}:
                return separator.join(self.filled(parts))
        return {name: self.filled(each) for name, each in value.items()}

    def _reference(self, name: str) -> str:
        kind = self.template["Resources"][name]["Type"]
        if kind == "AWS::S3::Bucket":
            return str(self.template["Resources"][name]["Properties"].get("BucketName", "made-up-bucket"))
        if kind == "AWS::EC2::Subnet":
            return "subnet-0123456789abcdef0"
        if kind == "AWS::SNS::Topic":
            return f"arn:{PARTITION}:sns:{REGION}:{ACCOUNT}:{name}"
        return f"arn:{PARTITION}:iam::{ACCOUNT}:policy/{name}" if kind == "AWS::IAM::ManagedPolicy" else name.lower()

    def _attribute(self, name: str, attribute: str) -> str:
        kind = self.template["Resources"][name]["Type"]
        if (kind, attribute) == ("AWS::IAM::Role", "Arn"):
            return f"arn:{PARTITION}:iam::{ACCOUNT}:role/{name}"
        if (kind, attribute) == ("AWS::S3::Bucket", "Arn"):
            return f"arn:{PARTITION}:s3:::{self._reference(name)}"
        return "sg-0123456789abcdef0" if attribute == "GroupId" else f"{name}.{attribute}"
