"""Whether a model treats queries and documents alike.

OpenSearch asks a remote model the same for both, so a model that does not needs a second connector for queries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

QUERY, DOCUMENT = "query", "document"


def query_name(name: str) -> str:
    """Name of connector and model for queries, beside those of `name`."""
    return f"{name}-{QUERY}"


def sides_differ(training: Mapping[str, Any]) -> bool:
    """Whether queries are encoded otherwise than documents.

    Args:
        training: what training.json says: `query_prefix`, `document_prefix`, and of a sparse model `sparse_mode`.
    """
    prefixed = bool(training.get("query_prefix")) or bool(training.get("document_prefix"))
    return prefixed or training.get("sparse_mode") == "doc-only"
