"""Predictions: `_predict` over REST, and for queries and processors of the gateway itself."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from local.gateway import dataset as datasets
from local.gateway.errors import OpenSearchError, refuse, with_status
from local.gateway.lookup import find_model
from local.gateway.models import BASE
from local.gateway.rest import Answer
from local.gateway.router import Route
from local.gateway.settings import AUTO_DEPLOY, REMOTE_INFERENCE
from local.gateway.xcontent import read

if TYPE_CHECKING:
    from local.gateway.context import Context
    from local.gateway.dataset import Dataset
    from local.gateway.deployment import Deployment
    from local.gateway.node import CachedModel
    from local.gateway.rest import RestRequest

ML = "/_plugins/_ml"


class Predictions:
    """Runs models."""

    def __init__(self, context: Context, deployment: Deployment) -> None:
        self._context = context
        self._node = context.node
        self._deployment = deployment

    def routes(self) -> list[Route]:
        """The routes of this resource."""
        return [
            Route("POST", f"{BASE}/{{model_id}}/_predict", self.predict),
            Route("POST", f"{ML}/_predict/{{algorithm}}/{{model_id}}", self.predict),
            Route("POST", f"{BASE}/{{model_id}}/_batch_predict", self.batch_predict),
        ]

    async def predict(self, request: RestRequest, action: str = datasets.PREDICT) -> Answer:
        """The model's answer, `{"inference_results": […]}`, one result a call of the remote model.

        Whatever is wrong with the request of a model that this node does not serve is a 404.
        """
        model_id = request.params["model_id"]
        is_served = model_id in self._node.models
        if not is_served:
            await find_model(self._context, model_id, status=404)
        try:
            dataset = await self._dataset(request, action)
        except OpenSearchError as error:
            raise error if is_served else with_status(error, 404) from error
        if dataset is None:
            raise refuse("dataset_missing")
        return Answer({"inference_results": await self.run(model_id, dataset)})

    async def batch_predict(self, request: RestRequest) -> Answer:
        """Refused: by models without such an action as the plugin does it, by others because it is not part of this."""
        return await self.predict(request, "BATCH_PREDICT")

    async def _dataset(self, request: RestRequest, action: str) -> Dataset | None:
        if not await self._context.settings.on(REMOTE_INFERENCE):
            raise refuse("remote_disabled")
        if not request.body:
            raise refuse("body_required")
        body = await read(request.content(), self._context.upstream)
        function = datasets.function_name(request.params.get("algorithm", datasets.REMOTE))
        return datasets.parsed(body, function, action)

    async def run(self, model_id: str, dataset: Dataset) -> list[dict[str, Any]]:
        """What the model makes of `dataset`: for each call of the remote model its tensors and status.

        Args:
            model_id: deployed for the call if it is not deployed.
            dataset: what is asked.

        Raises:
            OpenSearchError: the model is unknown, disabled, throttled or not deployed, or the remote model failed.
        """
        started = time.perf_counter()
        cached = self._node.models.get(model_id)
        if cached is not None and cached.is_enabled is False:
            raise refuse("model_disabled")
        if cached is None or not cached.workers:
            await self._check_auto_deploy(model_id)
        self._node.requested("predict", model_id)
        try:
            cached = await self._deployment.bring_up_for_call(model_id)
            results = await self._run(cached, dataset)
        finally:
            self._deployment.call_ended(model_id)
        await self._deployment.settle_if_first_call(model_id)
        cached.took("predict_request_stats", started)
        return results

    async def _run(self, cached: CachedModel, dataset: Dataset) -> list[dict[str, Any]]:
        if cached.predictor is None:
            raise refuse("model_not_ready")
        started = time.perf_counter()
        results = await cached.predictor.predict(dataset)
        cached.took("model_inference_stats", started)
        return results

    async def _check_auto_deploy(self, model_id: str) -> None:
        model = await find_model(self._context, model_id)
        if not await self._context.settings.on(AUTO_DEPLOY):
            raise refuse("model_not_ready")
        if (model.source.get("deploy_setting") or {}).get("is_auto_deploy_enabled") is False:
            raise refuse("auto_deploy_disabled", id=model_id)
