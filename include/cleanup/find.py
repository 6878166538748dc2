"""Everything that runs left behind, wherever it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.cleanup.aws import bedrock_orphans, sagemaker_orphans, upload_orphans
from include.cleanup.cluster import cluster_orphans
from include.cleanup.orphan import Orphan, in_order

if TYPE_CHECKING:
    from include.cleanup.delete import Clients
    from include.cleanup.runs import Runs


def find_orphans(clients: Clients, runs: Runs) -> list[Orphan]:
    """What belongs to runs that have ended and whose model is not deployed, in the order in which it can be deleted."""
    return in_order(
        [
            *sagemaker_orphans(clients.sagemaker, runs),
            *bedrock_orphans(clients.bedrock, runs),
            *cluster_orphans(clients.cluster, runs),
            *upload_orphans(clients.s3, runs),
        ]
    )
