"""The operators by themselves: an index to S3, and an endpoint that is there already, deployed in OpenSearch."""

from __future__ import annotations

from datetime import UTC, datetime

from airflow.sdk import DAG, Param

from include.registry.connector import connector_body, invocation_url
from opensearch_ml.operators.corpus import OpenSearchToS3Operator
from opensearch_ml.operators.registry import (
    OpenSearchConnectorOperator,
    OpenSearchDeployModelOperator,
    OpenSearchModelGroupOperator,
    OpenSearchRegisterModelOperator,
)
from opensearch_ml.sensors.model import OpenSearchModelSensor

ENDPOINT_URL = invocation_url("{{ params.runtime_url }}", "{{ params.endpoint_name }}")

with DAG(
    "example_opensearch_ml",
    doc_md=__doc__,
    schedule=None,
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    render_template_as_native_obj=True,
    params={
        "index_name": Param("articles", type="string"),
        "bucket": Param("my-bucket", type="string"),
        "endpoint_name": Param("my-embeddings", type="string"),
        "runtime_url": Param("https://runtime.sagemaker.us-east-1.amazonaws.com", type="string"),
    },
    tags=["example"],
) as dag:
    export = OpenSearchToS3Operator(
        task_id="export",
        index_name="{{ params.index_name }}",
        text_field="text",
        s3_uri="s3://{{ params.bucket }}/export/documents.jsonl",
        max_documents=1_000,
    )
    connector = OpenSearchConnectorOperator(
        task_id="connector",
        body=connector_body("example", ENDPOINT_URL, region="us-east-1", credential={}),
    )
    group = OpenSearchModelGroupOperator(task_id="group", name="example")
    model = OpenSearchRegisterModelOperator(
        task_id="model", name="example", model_group_id=group.output, connector_id=connector.output
    )
    deploy = OpenSearchDeployModelOperator(task_id="deploy", model_id=model.output)
    deployed = OpenSearchModelSensor(task_id="deployed", model_id=model.output)
    export >> connector
    deploy >> deployed
