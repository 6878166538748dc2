"""What the settings of all phases are made of."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

S3Uri = Annotated[str, StringConstraints(pattern=r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/.*)?$")]
TopicArn = Annotated[str, StringConstraints(pattern=r"^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$")]
LogGroup = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_./#-]{1,512}$")]
RoleArn = Annotated[str, StringConstraints(pattern=r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$")]
# Whatever OpenSearch takes, several names and patterns too; not "..", which in a URL means all indices.
IndexName = Annotated[
    str, StringConstraints(pattern=r"""^[^\s/\\?"<>|#]*[^\s/\\?"<>|#.][^\s/\\?"<>|#]*$""", max_length=1_000)
]
ClusterUrl = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/@]+/?$")]
ModelName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9](-?[a-z0-9])*$", max_length=32)]
BucketName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
KeyPrefix = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_!.*'()-]+(/[A-Za-z0-9_!.*'()-]+)*$")]
Region = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]$")]
Hits = Annotated[int, Field(ge=1, le=1_000)]
Clients = Annotated[int, Field(ge=1, le=64)]
Dimension = Annotated[int, Field(ge=8, le=16_000)]
Prefix = Annotated[str, StringConstraints(max_length=500, strip_whitespace=False)]
SubnetId = Annotated[str, StringConstraints(pattern=r"^subnet-[0-9a-f]{8,17}$")]
SecurityGroupId = Annotated[str, StringConstraints(pattern=r"^sg-[0-9a-f]{8,17}$")]
InstanceType = Annotated[str, StringConstraints(pattern=r"^ml\.[a-z0-9-]+\.[a-z0-9]+$")]


class PhaseSettings(BaseModel):
    """What is common to the settings of every phase."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())
    section: ClassVar[str]
