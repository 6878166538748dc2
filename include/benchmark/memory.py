"""The memory of what serves the model: of a SageMaker endpoint from CloudWatch, or of a process of this machine."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

NAMESPACE = "/aws/sagemaker/Endpoints"
METRICS = {"MemoryUtilization": "memory_percent_max", "GPUMemoryUtilization": "gpu_memory_percent_max"}
PERIOD_SECONDS = 60


def endpoint_memory(cloudwatch: Any, endpoint: str, variant: str, since: datetime, until: datetime) -> dict[str, float]:
    """Largest share of an instance's memory that was in use, in percent; empty where CloudWatch has no data.

    CloudWatch has a minute's data about two minutes later: the last minutes of a short run are missing.

    Args:
        cloudwatch: boto3 client.
        endpoint: name of the SageMaker endpoint.
        variant: its production variant.
        since: begin of the run.
        until: its end.
    """
    found = {}
    for metric, name in METRICS.items():
        answer = cloudwatch.get_metric_statistics(
            Namespace=NAMESPACE,
            MetricName=metric,
            Dimensions=[{"Name": "EndpointName", "Value": endpoint}, {"Name": "VariantName", "Value": variant}],
            StartTime=since - timedelta(seconds=PERIOD_SECONDS),
            EndTime=until + timedelta(seconds=PERIOD_SECONDS),
            Period=PERIOD_SECONDS,
            Statistics=["Maximum"],
        )
        values = [point["Maximum"] for point in answer["Datapoints"]]
        if values:
            found[name] = max(values)
    return found


def process_memory(pid: int) -> dict[str, float]:
    """Resident memory of a process, now and at most so far, in MiB; empty where the system does not say (no Linux)."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text("ascii", errors="replace").splitlines()
    except OSError:
        return {}
    fields: dict[str, Any] = dict(line.split(":", 1) for line in lines if ":" in line)
    names = {"VmRSS": "rss_mib", "VmHWM": "rss_mib_max"}
    return {name: int(fields[key].split()[0]) / 1024 for key, name in names.items() if key in fields}
