"""`_deploy` and `_undeploy` of `/_plugins/_ml/models`, also under their old names `_load` and `_unload`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.gateway.errors import refuse
from local.gateway.lookup import find_model
from local.gateway.models import BASE
from local.gateway.rest import Answer
from local.gateway.router import Route
from local.gateway.settings import CUSTOM_DEPLOYMENT, REMOTE_INFERENCE
from local.gateway.tasks import COMPLETED
from local.gateway.xcontent import read

if TYPE_CHECKING:
    from local.gateway.context import Context
    from local.gateway.deployment import Deployment
    from local.gateway.rest import RestRequest


class DeployApi:
    """Deploying and undeploying by request."""

    def __init__(self, context: Context, deployment: Deployment) -> None:
        self._context = context
        self._deployment = deployment

    def routes(self) -> list[Route]:
        """The routes of this resource."""
        one = f"{BASE}/{{model_id}}"
        deploy = [Route("POST", f"{one}/{name}", self.deploy) for name in ("_deploy", "_load")]
        undeploy = [
            Route("POST", f"{path}/{name}", self.undeploy) for path in (one, BASE) for name in ("_undeploy", "_unload")
        ]
        return deploy + undeploy

    async def deploy(self, request: RestRequest) -> Answer:
        """Deploy a model; says COMPLETED although its task is not."""
        model_id = request.params["model_id"]
        body = await self._body(request)
        await find_model(self._context, model_id)
        if not await self._context.settings.on(REMOTE_INFERENCE):
            raise refuse("remote_disabled")
        await self._check_nodes(body)
        task_id = await self._deployment.deploy(model_id)
        return Answer({"task_id": task_id, "task_type": "DEPLOY_MODEL", "status": COMPLETED})

    async def undeploy(self, request: RestRequest) -> Answer:
        """Undeploy the model of the path or those of the body; unknown ids matter only if there is one."""
        body = await self._body(request)
        await self._check_nodes(body)
        path_id = request.params.get("model_id")
        model_ids = body.get("model_ids") or ([path_id] if path_id else None)
        if model_ids is None:
            raise refuse("undeploy_without_ids")
        if len(model_ids) == 1:
            await find_model(self._context, model_ids[0])
        stats = await self._deployment.undeploy(model_ids)
        return Answer({await self._context.node.id(): {"stats": stats}})

    async def _body(self, request: RestRequest) -> dict[str, list[str]]:
        """The lists of ids in the body, read in their order; everything else is dropped."""
        if not request.body:
            return {}
        body = await read(request.content(), self._context.upstream)
        lists = ("node_ids", "model_ids") if "undeploy" in request.path or "unload" in request.path else ("node_ids",)
        return {name: [item.text() for item in value.array()] for name, value in body.object() if name in lists}

    async def _check_nodes(self, body: dict[str, list[str]]) -> None:
        if body.get("node_ids") and not await self._context.settings.on(CUSTOM_DEPLOYMENT):
            raise refuse("custom_deployment")
