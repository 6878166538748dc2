"""A deployment that serves the same archive in the same way is used again, under the name of the run that made it."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from include import layout as at
from include.promotion.record import live, promotions_uri
from include.promotion.store import read_promotions
from include.registry.connector import connector_body, invocation_url, spec_digest
from include.registry.sides import QUERY, query_name
from include.requests.scaling import scaling_requests
from include.reuse.content import etag_of
from include.reuse.key import digest

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker import SageMakerClient

    from include.plan import Plan
    from include.promotion.record import Entry

log = logging.getLogger(__name__)

NOBODY = "run"


def as_deployed(s3: S3Client, sagemaker: SageMakerClient, plan: Plan, sha256: str) -> Plan:
    """The plan under whose name the model is deployed: the run's own, or that of the promoted run that did the same.

    Args:
        s3: client.
        sagemaker: client.
        plan: of the run.
        sha256: of the model archive.
    """
    if plan.settings.run.reuse == "never":
        return plan
    layout = plan.layout
    entries = live(read_promotions(s3, promotions_uri(layout.bucket, layout.prefix, layout.model_name)))
    reason = _why_not(s3, sagemaker, plan, sha256, entries[-1]) if entries else "nothing is deployed yet"
    if reason:
        log.info("deployment: done anew, because %s.", reason)
        return plan
    log.info("deployment: that of run %s is used again: the same model, served in the same way.", entries[-1]["run"])
    return plan.model_copy(update={"run": entries[-1]["run"]})


def deployment_bodies(plan: Plan, runtime_url: str) -> dict[str, Any]:
    """The requests of SageMaker and the connectors' bodies, without credentials, under the name of the plan's run.

    Args:
        plan: of the run that is deployed.
        runtime_url: where endpoints are called.
    """
    name, requests = plan.layout.name, plan.requests()
    connector = partial(
        connector_body,
        url=invocation_url(runtime_url, name),
        region=plan.region,
        credential={},
        model_type=plan.settings.model.model_type,
    )
    return {
        **{kind: requests[kind] for kind in ("model_request", "endpoint_config_request", "endpoint_request")},
        "connector_body": connector(name),
        "query_connector_body": connector(query_name(name), input_type=QUERY),
    }


def serving_key(plan: Plan) -> str:
    """64 digits of how a model is served and registered, whoever's run it is."""
    settings = plan.settings
    nobody = plan.model_copy(update={"run": NOBODY})
    bodies, scaling = deployment_bodies(nobody, ""), scaling_requests(settings, nobody.layout)
    return digest(
        {
            **{kind: body for kind, body in bodies.items() if kind.endswith("request")},
            **{kind: spec_digest(body) for kind, body in bodies.items() if kind.endswith("body")},
            # Only where there is any, so that what was deployed before there was such a setting is still the same.
            **({"scaling": scaling} if scaling else {}),
            "region": plan.region,
            "opensearch_url": plan.opensearch_url,
            "opensearch_conn_id": settings.corpus.opensearch_conn_id,
            "text_field": settings.corpus.text_field,
            "connector_role_arn": settings.registration.connector_role_arn,
            "signs": settings.registration.connector_aws_conn_id or settings.run.aws_conn_id,
        }
    )


def _why_not(s3: S3Client, sagemaker: SageMakerClient, plan: Plan, sha256: str, entry: Entry) -> str:
    """Why the current promotion does not serve this run; empty if it does."""
    if entry["sha256"] != sha256:
        return f"the model is another one than that of run {entry['run']}"
    if entry.get("serving") != serving_key(plan):
        return f"endpoint, connector or cluster are set otherwise than for run {entry['run']}"
    if etag_of(s3, f"{entry['folder']}{at.TRAINING_OUTPUT}/golden.json") is None:
        return f"the folder of run {entry['run']} is gone"
    status = _status(sagemaker, entry["endpoint_name"])
    return "" if status == "InService" else f"the endpoint of run {entry['run']} is {status}"


def _status(sagemaker: SageMakerClient, endpoint: str) -> str:
    from botocore.exceptions import ClientError

    try:
        return str(sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointStatus"])
    except ClientError as error:
        if "could not find" not in error.response["Error"]["Message"].lower():
            raise
        return "not there"
