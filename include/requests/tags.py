"""Tags by which everything that a run creates on AWS can be told from what is somebody else's."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from include.layout import Layout

RUN_TAG = "opensearch-ml-finetuning:run"


def run_tags(layout: Layout) -> list[dict[str, str]]:
    """Whose run it is, as SageMaker takes it: `{bucket}/{prefix}/{model_name}/{run}`, cut to AWS's 256."""
    owner = f"{layout.bucket}/{layout.prefix}/{layout.model_name}/{layout.run}"
    return [{"Key": RUN_TAG, "Value": owner[-256:]}]


def bedrock_tags(layout: Layout) -> list[dict[str, str]]:
    """The same, as Bedrock takes it."""
    return [{"key": tag["Key"], "value": tag["Value"]} for tag in run_tags(layout)]
