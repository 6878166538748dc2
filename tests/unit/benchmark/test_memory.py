from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import boto3
from moto import mock_aws

from include.benchmark.memory import NAMESPACE, endpoint_memory, process_memory


def test_process_memory_of_this_process_is_some_mebibytes() -> None:
    found = process_memory(os.getpid())

    assert 10 < found["rss_mib"] <= found["rss_mib_max"]


def test_process_memory_of_no_process_is_empty() -> None:
    assert process_memory(2**30) == {}


def test_endpoint_memory_is_the_largest_of_the_time() -> None:
    now = datetime.now(UTC)
    names = [{"Name": "EndpointName", "Value": "e"}, {"Name": "VariantName", "Value": "AllTraffic"}]
    with mock_aws():
        cloudwatch = boto3.client("cloudwatch", region_name="us-east-1")
        for minutes, value in ((1, 30.0), (2, 44.0), (90, 99.0)):
            point = {"MetricName": "MemoryUtilization", "Dimensions": names, "Value": value}
            point["Timestamp"] = now - timedelta(minutes=minutes)
            cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=[point])

        found = endpoint_memory(cloudwatch, "e", "AllTraffic", now - timedelta(minutes=10), now)

        assert found == {"memory_percent_max": 44.0}
        assert endpoint_memory(cloudwatch, "other", "AllTraffic", now - timedelta(minutes=10), now) == {}
