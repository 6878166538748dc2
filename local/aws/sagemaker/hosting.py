"""What an endpoint runs: a model server for each production variant, replaced whole when the endpoint is updated."""

from __future__ import annotations

import random
import shutil
import threading
import time
from typing import TYPE_CHECKING, Any

from local.aws import ACCOUNT
from local.aws.clock import now
from local.aws.errors import AwsError
from local.aws.roles import SAGEMAKER_ENDPOINT
from local.aws.sagemaker.models import container_of
from local.aws.sagemaker.server import Server

if TYPE_CHECKING:
    from pathlib import Path

    from local.aws.stand_in import StandIn
    from local.aws.table import Record

LONGEST_REASON = 1024


def _container(model: Record) -> dict[str, Any]:
    """The container's definition, with what the model says about its network."""
    return {**container_of(model), "EnableNetworkIsolation": model.get("EnableNetworkIsolation", False)}


class Host:
    """The servers of one deployment of an endpoint.

    Args:
        config: the endpoint configuration.
        models: the models that it names, by name.
        deployment: tells this deployment of the endpoint from others; its folder is named so.
    """

    def __init__(
        self, stand_in: StandIn, region: str, endpoint: str, config: Record, models: dict[str, Record], deployment: str
    ) -> None:
        self._stand_in, self._region, self.endpoint = stand_in, region, endpoint
        self.folder = folder_of(stand_in, region, endpoint) / deployment
        self._variants = {variant["VariantName"]: variant for variant in config["ProductionVariants"]}
        self._lock = threading.Lock()
        self._closed = False
        self._servers = {
            name: self._make_server(name, _container(models[variant["ModelName"]]))
            for name, variant in self._variants.items()
        }

    def start(self) -> None:
        """Starts all servers that were not started before."""
        for server in self._servers.values():
            server.start()

    def wait_until_ready(self) -> str:
        """Waits for every server; the reason of the first that did not come up, or ""."""
        deadline = time.monotonic() + self._stand_in.settings.startup_seconds
        for name, server in self._servers.items():
            if not server.wait_until_ready(max(0.0, deadline - time.monotonic())):
                return (
                    f"The primary container for production variant {name} did not pass the ping health check. Please "
                    f"check CloudWatch logs for this endpoint. ({server.reason})"
                )
        return ""

    def pick(self, wanted: str | None) -> tuple[str, Server]:
        """The variant that a call goes to: the wanted one, or one by weight.

        Raises:
            AwsError: there is no such variant.
        """
        if wanted is not None and wanted not in self._servers:
            raise AwsError(f"Variant {wanted} of endpoint {self.endpoint} not found.", "ValidationError")
        names = list(self._servers)
        weights = [self._variants[name].get("InitialVariantWeight", 1.0) for name in names]
        name = wanted or (names[0] if len(names) == 1 else random.choices(names, weights)[0])  # noqa: S311 - a share of traffic
        return name, self._servers[name]

    def close(self) -> None:
        """Ends all servers; comes back when they are gone."""
        with self._lock:
            self._closed = True
        for server in self._servers.values():
            server.stop()

    def remove(self) -> None:
        """Ends all servers and deletes what they served."""
        self.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _make_server(self, variant: str, container: dict[str, Any]) -> Server:
        name = f"{variant}/i-{self.folder.name}"
        stream = self._stand_in.log_stream(self._region, SAGEMAKER_ENDPOINT, log_group(self.endpoint), name)
        place = self.folder / variant
        return Server(
            self._stand_in, self._region, place, container, stream, lambda reason: self._lost(variant, reason)
        )

    def _lost(self, variant: str, reason: str) -> None:
        """A server that was in service ended by itself: AWS would start it again, here the endpoint has failed."""
        key = self._region, self.endpoint
        with self._lock:
            in_service = self._stand_in.hosts.get(key) is self and not self._closed
            record = self._stand_in.endpoints.get(*key)
        if in_service and record and record["EndpointStatus"] == "InService":
            text = f"The container of production variant {variant} has ended. Please check CloudWatch logs"
            reason = f"{text} for this endpoint. ({reason})"[:LONGEST_REASON]
            self._stand_in.endpoints.update(*key, EndpointStatus="Failed", FailureReason=reason, LastModifiedTime=now())


def log_group(endpoint: str) -> str:
    """The log group of an endpoint."""
    return f"/aws/sagemaker/Endpoints/{endpoint}"


def log_group_arn(region: str, endpoint: str) -> str:
    """Its ARN, as a ModelError names it."""
    return f"arn:aws:logs:{region}:{ACCOUNT}:log-group:{log_group(endpoint)}"


def folder_of(stand_in: StandIn, region: str, endpoint: str) -> Path:
    """Where the deployments of an endpoint are."""
    return stand_in.data / "sagemaker" / region / "endpoints" / endpoint
