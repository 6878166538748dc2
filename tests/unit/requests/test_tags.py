"""Tags: whose run something is of."""

from __future__ import annotations

from include.layout import Layout
from include.requests.tags import RUN_TAG, bedrock_tags, run_tags


def test_run_tags_name_bucket_prefix_model_and_run() -> None:
    layout = Layout("bucket", "a/b", "model", "run")

    assert run_tags(layout) == [{"Key": RUN_TAG, "Value": "bucket/a/b/model/run"}]
    assert bedrock_tags(layout) == [{"key": RUN_TAG, "value": "bucket/a/b/model/run"}]


def test_run_tags_hold_only_what_aws_allows_in_a_tag() -> None:
    (tag,) = run_tags(Layout("bucket", "it's(a)*prefix!/" + "x" * 300, "model", "run"))

    assert len(tag["Value"]) == 256
    assert tag["Value"].endswith("x/model/run")
    assert run_tags(Layout("b", "it's!", "m", "r"))[0]["Value"] == "b/it_s_/m/r"
