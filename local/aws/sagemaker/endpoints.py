"""SageMaker endpoints: what is asked of them. What runs is in hosting.py, what is sent to it in invoke.py."""

from __future__ import annotations

import logging
import secrets
import threading
from typing import TYPE_CHECKING, Any

from local.aws import paging
from local.aws.clock import now
from local.aws.errors import ValidationException
from local.aws.sagemaker import endpoint_configs, hosting, models, quota, resources, scaling, tags
from local.aws.sagemaker.hosting import Host

if TYPE_CHECKING:
    from local.aws.stand_in import Call, StandIn
    from local.aws.table import Record

log = logging.getLogger(__name__)

KIND = "endpoint"
BUSY = ("Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting")
SORT = {"Name": "EndpointName", "CreationTime": "CreationTime", "Status": "EndpointStatus"}


def create(call: Call) -> dict[str, Any]:
    """CreateEndpoint: Creating, then InService or Failed."""
    name = call.parameters["EndpointName"]
    config = endpoint_configs.find(call, call.parameters["EndpointConfigName"])
    if call.stand_in.endpoints.get(call.region, name) is None:
        _check_quota(call, config, leaving=None)
    deployment = _deployment(call, config)
    record = {
        "EndpointName": name,
        "EndpointArn": call.arn("sagemaker", f"endpoint/{name}"),
        "EndpointStatus": "Creating",
        "LastModifiedTime": now(),
        **deployment,
    }
    arn = resources.create(call, call.stand_in.endpoints, KIND, f"endpoint/{name}", record)
    _deploy(call.stand_in, call.region, name, deployment)
    return {"EndpointArn": arn}


def describe(call: Call) -> Record:
    """DescribeEndpoint."""
    return resources.find(call, call.stand_in.endpoints, KIND, f"endpoint/{call.parameters['EndpointName']}")


def update(call: Call) -> dict[str, Any]:
    """UpdateEndpoint: the old servers answer until the new ones do; if those fail, the old ones stay."""
    endpoint = _not_busy(call)
    if endpoint["EndpointStatus"] != "InService":
        raise ValidationException(f'Cannot update failed endpoint "{endpoint["EndpointArn"]}".')
    config = endpoint_configs.find(call, call.parameters["EndpointConfigName"])
    _check_quota(call, config, leaving=endpoint["EndpointName"])
    deployment = _deployment(call, config)
    name = endpoint["EndpointName"]
    call.stand_in.endpoints.update(
        call.region, name, EndpointStatus="Updating", FailureReason=None, LastModifiedTime=now()
    )
    _deploy(call.stand_in, call.region, name, deployment)
    return {"EndpointArn": endpoint["EndpointArn"]}


def delete(call: Call) -> dict[str, Any]:
    """DeleteEndpoint: Deleting, then gone."""
    endpoint = _not_busy(call)
    key = call.region, endpoint["EndpointName"]
    call.stand_in.endpoints.update(*key, EndpointStatus="Deleting", LastModifiedTime=now())

    def end() -> None:
        scaling.forget(*key)
        host = call.stand_in.hosts.pop(key, None)
        if host is not None:
            host.remove()
        tags.forget(call, endpoint["EndpointArn"])
        call.stand_in.endpoints.remove(*key)

    threading.Thread(target=end, name=f"delete-{key[1]}", daemon=True).start()
    return {}


def list_(call: Call) -> dict[str, Any]:
    """ListEndpoints."""
    members = {"name": "EndpointName", "created": "CreationTime", "modified": "LastModifiedTime"}
    endpoints = call.stand_in.endpoints.records(call.region)
    found = (item for item in endpoints if paging.matches(item, call.parameters, **members, status="EndpointStatus"))
    sort_by = SORT[call.parameters.get("SortBy", "CreationTime")]
    page = paging.page(found, sort_by=sort_by, name="EndpointName", parameters=call.parameters)
    return {"Endpoints": page.records, "NextToken": page.token}


def resume(stand_in: StandIn) -> None:
    """After a restart: endpoints are there again, the newest with its server running, others at their first call."""
    newest: Host | None = None
    for region, name in sorted(stand_in.endpoints.names(), key=lambda key: _modified(stand_in, key)):
        endpoint = stand_in.endpoints.get(region, name) or {}
        if endpoint.get("EndpointStatus") == "Deleting":
            stand_in.endpoints.remove(region, name)
        elif endpoint.get("EndpointStatus") != "Failed":
            host = Host(stand_in, region, name, endpoint["_Config"], endpoint["_Models"], endpoint["_Deployment"])
            stand_in.hosts[region, name] = newest = host
            stand_in.endpoints.update(region, name, EndpointStatus="InService")
    if newest is not None:
        log.info("Starting the server of endpoint %s again", newest.endpoint)
        newest.start()


def _modified(stand_in: StandIn, key: tuple[str, str]) -> Any:
    return (stand_in.endpoints.get(*key) or {})["LastModifiedTime"]


def _deployment(call: Call, config: Record) -> Record:
    """What a deployment is made of. Kept with the endpoint: models and configurations may be deleted meanwhile."""
    names = {variant["ModelName"] for variant in config["ProductionVariants"]}
    parts = {name: resources.find(call, call.stand_in.models, models.KIND, f"model/{name}") for name in names}
    return {
        "EndpointConfigName": config["EndpointConfigName"],
        "ProductionVariants": [_summary(variant, parts) for variant in config["ProductionVariants"]],
        "_Config": config,
        "_Models": parts,
        "_Deployment": secrets.token_hex(8),
    }


def _summary(variant: dict[str, Any], parts: dict[str, Record]) -> dict[str, Any]:
    image = models.container_of(parts[variant["ModelName"]]).get("Image", "")
    summary = {
        "VariantName": variant["VariantName"],
        "DeployedImages": [{"SpecifiedImage": image, "ResolvedImage": image, "ResolutionTime": now()}],
        "CurrentWeight": variant.get("InitialVariantWeight", 1.0),
        "DesiredWeight": variant.get("InitialVariantWeight", 1.0),
    }
    if "ServerlessConfig" in variant:
        return {**summary, "CurrentServerlessConfig": variant["ServerlessConfig"]}
    count = variant.get("InitialInstanceCount", 1)
    return {**summary, "CurrentInstanceCount": count, "DesiredInstanceCount": count}


def _deploy(stand_in: StandIn, region: str, name: str, deployment: Record) -> None:
    host = Host(stand_in, region, name, deployment["_Config"], deployment["_Models"], deployment["_Deployment"])
    host.start()
    threading.Thread(
        target=_settle, args=(stand_in, region, host, deployment), name=f"deploy-{name}", daemon=True
    ).start()


def _settle(stand_in: StandIn, region: str, host: Host, deployment: Record) -> None:
    """Waits for the new servers, then puts them in the place of the old, or leaves the old where they are."""
    reason = host.wait_until_ready()[: hosting.LONGEST_REASON]
    key = region, host.endpoint
    old = stand_in.hosts.get(key)
    if not reason:
        stand_in.hosts[key] = host
        stand_in.endpoints.update(*key, EndpointStatus="InService", LastModifiedTime=now(), **deployment)
        if old is not None:
            old.remove()
        return
    log.warning("Endpoint %s: %s", host.endpoint, reason)
    status = "Failed" if old is None else "InService"
    stand_in.endpoints.update(*key, EndpointStatus=status, FailureReason=reason, LastModifiedTime=now())
    host.remove()


def _not_busy(call: Call) -> Record:
    endpoint = describe(call)
    if endpoint["EndpointStatus"] in BUSY:
        raise ValidationException(f'Cannot update in-progress endpoint "{endpoint["EndpointArn"]}".')
    return endpoint


def _check_quota(call: Call, config: Record, leaving: str | None) -> None:
    others = [item for item in call.stand_in.endpoints.records(call.region) if item["EndpointName"] != leaving]
    used = [kind for other in others for kind in _instances(other["_Config"])]
    wanted = _instances(config)
    for kind in set(wanted):
        limits = call.stand_in.settings.endpoint_instances
        quota.check(limits, "endpoint usage", kind, used, wanted.count(kind))


def _instances(config: Record) -> list[str]:
    variants = config["ProductionVariants"]
    return [v["InstanceType"] for v in variants if "InstanceType" in v for _ in range(v.get("InitialInstanceCount", 1))]
