"""Is there something to highlight, and a model that can?"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from include.errors import TerminalError

if TYPE_CHECKING:
    from opensearchpy import OpenSearch

    from include.benchmark.settings import ClusterSettings

READY = ("DEPLOYED", "PARTIALLY_DEPLOYED")


def check_highlighted(client: OpenSearch, cluster: ClusterSettings) -> None:
    """Nothing, if the index has documents and the model is deployed.

    Raises:
        TerminalError: there is no such index or model, the index is empty, or the model is not deployed.
    """
    from opensearchpy.exceptions import NotFoundError

    try:
        documents = client.count(index=cluster.index_name)["count"]
    except NotFoundError as error:
        raise TerminalError(
            f"index_name is {cluster.index_name!r}, and the cluster has no such index.{_offer(client, cluster)}"
        ) from error
    if not documents:
        raise TerminalError(f"index_name is {cluster.index_name!r}, and it is empty. Index the documents first.")
    _check_model(client, str(cluster.model_id))


def _check_model(client: OpenSearch, model_id: str) -> None:
    from opensearchpy.exceptions import NotFoundError

    try:
        model = client.plugins.ml.get_model(model_id=model_id)
    except NotFoundError as error:
        raise TerminalError(
            f"model_id is {model_id!r}, and ML Commons has no such model. Give the id that the fine-tuning run's "
            "report shows, or that GET /_plugins/_ml/models/_search finds."
        ) from error
    if model["model_state"] not in READY:
        raise TerminalError(
            f"model_id is {model_id!r}, and its state is {model['model_state']}. Valid: {', '.join(READY)}. Send POST "
            f"/_plugins/_ml/models/{model_id}/_deploy first."
        )


def _offer(client: OpenSearch, cluster: ClusterSettings) -> str:
    from opensearchpy.exceptions import TransportError

    try:
        names = [entry["index"] for entry in client.cat.indices(params={"format": "json", "h": "index"})]
    except TransportError:
        return ""
    shown = [name for name in names if not name.startswith(".")]
    close = difflib.get_close_matches(str(cluster.index_name), shown, n=1)
    return f" Did you mean '{close[0]}'?" if close else f" It has: {', '.join(sorted(shown)[:20]) or 'none'}."
