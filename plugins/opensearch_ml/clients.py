"""AWS and OpenSearch clients, from Airflow's connections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.hooks.base_aws import AwsGenericHook

from include.errors import TerminalError
from opensearch_ml.airflow_versions import AirflowNotFoundException, BaseHook
from opensearch_ml.hooks.ml_commons import OpenSearchMLHook
from opensearch_ml.wire_logs import keep_bodies_out_of_logs

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from include.plan import Plan


def check_aws_connection(parameter: str, aws_conn_id: str | None) -> None:
    """Nothing, if Airflow has the connection, or it is the default one, for which the worker's own identity may stand.

    Airflow would take the worker's own identity for any that is missing.

    Raises:
        TerminalError: there is no such connection.
    """
    if aws_conn_id in (None, AwsGenericHook.default_conn_name):
        return
    try:
        BaseHook.get_connection(aws_conn_id)
    except AirflowNotFoundException as error:
        raise TerminalError(
            f"{parameter} is {aws_conn_id!r}, and Airflow has no such connection. Create it, or correct the name."
        ) from error


def aws_client(service: str, aws_conn_id: str | None, region: str | None) -> Any:
    """A boto3 client of the connection; its region is the connection's if none is given."""
    keep_bodies_out_of_logs()
    return AwsGenericHook(aws_conn_id=aws_conn_id, region_name=region or None, client_type=service).get_conn()


def s3_of(plan: Plan) -> S3Client:
    """S3 client of a run."""
    client: S3Client = aws_client("s3", plan.settings.run.aws_conn_id, plan.region)
    return client


def hook_of(plan: Plan) -> OpenSearchMLHook:
    """Hook of a run's cluster."""
    return OpenSearchMLHook(
        plan.settings.corpus.opensearch_conn_id, plan.opensearch_url, plan.settings.run.aws_conn_id, plan.region
    )
