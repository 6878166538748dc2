"""Who calls the stand-in: told apart by access keys, as there are no roles to assume on one machine."""

from __future__ import annotations

AIRFLOW_KEY = "local"
"""Access key of Airflow's workers."""
CONNECTOR_KEY = "local-connector"
"""Access key that OpenSearch's connectors sign with."""

BEDROCK_BATCH = "bedrock_batch"
SAGEMAKER_TRAINING = "sagemaker_training"
SAGEMAKER_ENDPOINT = "sagemaker_endpoint"

_ROLES = {AIRFLOW_KEY: "airflow", CONNECTOR_KEY: "opensearch_connector"}


def role_of(access_key: str) -> str:
    """The role that a key stands for, by the name of its policy in infra/policies; other keys are called by themselves.

    What the stand-in does in the place of a role that AWS's services assume, it signs with the role's name as the key.
    """
    return _ROLES.get(access_key, access_key)
