"""The plan of a run: its settings, its names and the requests that it will make, known before anything is spent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from include.cost.prices import RunPrices
from include.layout import Layout, run_id_of
from include.requests.endpoint import endpoint_config_request, endpoint_request, model_request
from include.requests.training import training_request
from include.settings import FinetuneSettings

if TYPE_CHECKING:
    from datetime import datetime


class Plan(BaseModel):
    """What every task of a run needs to know; small enough to travel as XCom.

    Attributes:
        settings: of all phases.
        run: short name of the run.
        region: where AWS is called.
        opensearch_url: of the cluster.
        dimension: of the base model's vectors, if it is known yet.
        prices: of what the run pays for, as they were when it began.
    """

    model_config = ConfigDict(frozen=True)

    settings: FinetuneSettings
    run: str
    region: str
    opensearch_url: str
    dimension: int | None = None
    prices: RunPrices = RunPrices()

    @property
    def layout(self) -> Layout:
        """Names and S3 places of the run."""
        run = self.settings.run
        return Layout(str(run.bucket), run.prefix, self.settings.model.model_name, self.run)

    def requests(self) -> dict[str, dict[str, Any]]:
        """Bodies of the SageMaker requests, by what they create."""
        settings, layout = self.settings, self.layout
        return {
            "training_request": training_request(settings, layout, self.region),
            "model_request": model_request(settings, layout, self.region),
            "endpoint_config_request": endpoint_config_request(settings, layout),
            "endpoint_request": endpoint_request(layout),
        }


def make_plan(settings: FinetuneSettings, dag_run_id: str, started: datetime, region: str, opensearch_url: str) -> Plan:
    """The plan of the DAG run that was started then; the same run has the same plan at each try."""
    return Plan(settings=settings, run=run_id_of(dag_run_id, started), region=region, opensearch_url=opensearch_url)
