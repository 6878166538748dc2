"""SageMaker models, configurations and endpoints: whether what is there is what is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.errors import RetryableError, TerminalError
from include.jobs.calls import find
from include.jobs.reasons import may_pass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_sagemaker import SageMakerClient

BUSY = ("Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting")
NOT_COMPARED = ("Tags",)


def check_same(what: str, asked: Mapping[str, Any], found: Mapping[str, Any]) -> None:
    """Nothing, if everything that is asked for is found so; what AWS adds by itself is not compared.

    Raises:
        TerminalError: the members that differ.
    """
    asked = {name: value for name, value in asked.items() if name not in NOT_COMPARED}
    different = list(_differences(asked, found))
    if different:
        raise TerminalError(
            f"{what} is there already and is not what is asked for: {'; '.join(different)}. Delete it if nothing uses "
            "it, or trigger a new run, which has names of its own."
        )


def describe_endpoint(sagemaker: SageMakerClient, name: str) -> dict[str, Any] | None:
    """What `DescribeEndpoint` says; None if there is no such endpoint."""
    return find(sagemaker.describe_endpoint, EndpointName=name)


def check_served(endpoint: Mapping[str, Any], config_name: str) -> None:
    """Nothing, if the endpoint is in service with the configuration that was asked for.

    Raises:
        RetryableError: it failed for a reason that passes; the next try deletes it and creates it again.
        TerminalError: it failed for a reason that comes again, or serves another configuration: an update was rolled
            back.
    """
    name, status = endpoint["EndpointName"], endpoint["EndpointStatus"]
    reason = endpoint.get("FailureReason", "").rstrip(".") or "no reason was given"
    if status == "InService" and endpoint["EndpointConfigName"] == config_name:
        return
    if status == "InService":
        raise TerminalError(
            f"Endpoint {name} serves its configuration before, {endpoint['EndpointConfigName']}, instead of "
            f"{config_name}: the update was rolled back ({reason}). Its log in CloudWatch, group "
            f"/aws/sagemaker/Endpoints/{name}, says more."
        )
    text = f"Endpoint {name} is {status}: {reason}"
    if status == "Failed" and may_pass(reason):
        raise RetryableError(f"{text}. The next try deletes it and creates it again.")
    raise TerminalError(
        f"{text}. Its log in CloudWatch, group /aws/sagemaker/Endpoints/{name}, says more. Correct the cause and clear "
        "this task, which creates it again."
    )


def delete_unfinished(sagemaker: SageMakerClient, name: str) -> bool:
    """Ask for the end of an endpoint that never served; False if there is none, or it serves.

    While it is being created AWS refuses to delete it, with an error.
    """
    endpoint = describe_endpoint(sagemaker, name)
    unfinished = endpoint is not None and endpoint["EndpointStatus"] in ("Creating", "Failed")
    if unfinished:
        sagemaker.delete_endpoint(EndpointName=name)
    return unfinished


def _differences(asked: Any, found: Any, path: str = "") -> Iterator[str]:
    if isinstance(asked, dict) and isinstance(found, dict):
        for name, value in asked.items():
            yield from _differences(value, found.get(name), f"{path}.{name}" if path else name)
    elif isinstance(asked, list) and isinstance(found, list) and len(asked) == len(found):
        for number, (one, other) in enumerate(zip(asked, found, strict=True)):
            yield from _differences(one, other, f"{path}[{number}]")
    elif asked != found:
        yield f"{path} is {found!r}, asked for was {asked!r}"
