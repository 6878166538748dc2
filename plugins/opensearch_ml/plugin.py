"""The package as an Airflow plugin, found by its entry point or in the plugins folder."""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin

from opensearch_ml.links import (
    BatchJobLink,
    EndpointLink,
    OpenSearchModelLink,
    ReportLink,
    S3ObjectLink,
    TrainingJobLink,
    TrainingLogLink,
)


class OpenSearchMLPlugin(AirflowPlugin):
    """Registers the links; operators and sensors are imported by name."""

    name = "opensearch_ml"
    operator_extra_links = [  # noqa: RUF012 - as Airflow declares it
        OpenSearchModelLink(),
        S3ObjectLink(),
        ReportLink(),
        TrainingJobLink(),
        TrainingLogLink(),
        EndpointLink(),
        BatchJobLink(),
    ]
