"""The demo's query writer has the same price under compose."""

from __future__ import annotations

import json

import yaml

from local import PROJECT
from local.services import PRICES


def test_airflow_under_compose_knows_the_price_of_the_query_writer() -> None:
    text = (PROJECT / "docker-compose.yaml").read_text("utf-8")
    environment = yaml.safe_load(text)["x-airflow"]["environment"]

    assert json.loads(environment["AIRFLOW_VAR_FINETUNE_SEARCH_MODEL_PRICES"]) == PRICES
