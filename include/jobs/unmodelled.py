"""Fields of AWS's requests that a boto3 is too old to know: Airflow 3.0 comes with one of July 2025."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

KEPT = "unmodelled_fields"


def send_unmodelled(client: Any, operation: str, names: Sequence[str]) -> None:
    """Let a client send fields that its boto3 would refuse as unknown; nothing is done for those that it knows.

    They are taken out before boto3 checks the request, and put into its body before it is signed.

    Args:
        client: of a service that takes JSON.
        operation: as AWS writes it.
        names: fields at the top of the request, whose values are JSON.
    """
    service = client.meta.service_model
    unknown = set(names) - set(service.operation_model(operation).input_shape.members)
    if not unknown:
        return

    def take_out(params: dict[str, Any], context: dict[str, Any], **_: Any) -> dict[str, Any]:
        context[KEPT] = {name: value for name, value in params.items() if name in unknown}
        return {name: value for name, value in params.items() if name not in unknown}

    def put_in(params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        params["body"] = json.dumps({**json.loads(params["body"]), **context[KEPT]}).encode()

    event = f"{service.service_id.hyphenize()}.{operation}"
    client.meta.events.register(f"provide-client-params.{event}", take_out, unique_id=f"{KEPT}-taken-out")
    client.meta.events.register(f"before-call.{event}", put_in, unique_id=f"{KEPT}-put-in")
