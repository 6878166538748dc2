"""Tags by which everything that a run creates on AWS can be told from what is somebody else's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from include.layout import Layout

RUN_TAG = "opensearch-ml-finetuning:run"
INTERMEDIATE_TAG = ("opensearch-ml-finetuning:content", "intermediate-text")
"""Of objects with texts that nobody needs once the run has ended; infra/ lets them expire."""
LONGEST = 256
_NOT_IN_TAGS = re.compile(r"[^A-Za-z0-9_.:/=+@-]")


def run_tags(layout: Layout) -> list[dict[str, str]]:
    """Whose run it is, as SageMaker takes it: `{bucket}/{prefix}/{model_name}/{run}`.

    Characters that a key on S3 may have and a tag may not become `_`; of a longer one the last 256 are kept.
    """
    owner = f"{layout.bucket}/{layout.prefix}/{layout.model_name}/{layout.run}"
    return [{"Key": RUN_TAG, "Value": _NOT_IN_TAGS.sub("_", owner)[-LONGEST:]}]


def bedrock_tags(layout: Layout) -> list[dict[str, str]]:
    """The same, as Bedrock takes it."""
    return [{"key": tag["Key"], "value": tag["Value"]} for tag in run_tags(layout)]
