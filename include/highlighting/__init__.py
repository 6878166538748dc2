"""Semantic highlighting from the client's side: nothing is lost, nothing is silent.

`SemanticHighlighter(client, model_id).search(index, body)` is the place to begin; docs/highlighting.md tells the rest.
"""

from include.highlighting.client import SemanticHighlighter
from include.highlighting.defaults import IndexDefaults
from include.highlighting.errors import HighlightingError, InvalidHighlightError, NoQuestionError, ServerSideError
from include.highlighting.items import (
    BatchHighlightingRequest,
    BatchHighlightingResult,
    HighlightingItem,
    ItemResult,
)
from include.highlighting.metrics import HighlightingMetrics
from include.highlighting.report import HighlightedResponse, HighlightFailure, HighlightingReport
from include.highlighting.sizes import BatchLimits
from include.highlighting.spans import Span

__all__ = [
    "BatchHighlightingRequest",
    "BatchHighlightingResult",
    "BatchLimits",
    "HighlightFailure",
    "HighlightedResponse",
    "HighlightingError",
    "HighlightingItem",
    "HighlightingMetrics",
    "HighlightingReport",
    "IndexDefaults",
    "InvalidHighlightError",
    "ItemResult",
    "NoQuestionError",
    "SemanticHighlighter",
    "ServerSideError",
    "Span",
]
