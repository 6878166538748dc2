"""`neural_sparse_two_phase_processor`: the heavy tokens find the documents, the light ones rescore the best of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from local.gateway.errors import refuse
from local.gateway.java.floats import single
from local.gateway.token_weights import Tokens, check_prune_ratio, check_prune_type, pruned

PROCESSOR = "neural_sparse_two_phase_processor"
SPARSE = "neural_sparse"
DEFAULT_SIZE = 10
SMALLEST_WINDOW = 50
OPTIONS = {"enabled", "two_phase_parameter"}


@dataclass(frozen=True)
class TwoPhase:
    """What counts as heavy, and how many documents are rescored."""

    enabled: bool = True
    kind: str = "max_ratio"
    ratio: float = 0.4
    expansion: float = 5.0
    largest_window: int = 10_000

    @property
    def on(self) -> bool:
        """Whether anything is split."""
        return self.enabled and self.ratio != 0

    def split(self, tokens: Tokens) -> tuple[Tokens, Tokens]:
        """Heavy and light tokens.

        Raises:
            OpenSearchError: 400, a weight is not positive.
        """
        heavy = pruned(tokens, self.kind, self.ratio)
        return heavy, {token: weight for token, weight in tokens.items() if token not in heavy}

    def window(self, size: int) -> int:
        """How many documents are rescored for a page of `size`.

        Raises:
            OpenSearchError: 400, more than the largest window.
        """
        window = int(single(size * self.expansion))
        if not 0 <= window <= self.largest_window:
            raise refuse("two_phase_window", most=self.largest_window, window=window)
        return window


def two_phase_of(pipeline: dict[str, Any]) -> TwoPhase | None:
    """How a search pipeline splits sparse queries, None if it does not.

    Raises:
        OpenSearchError: 400, its configuration is wrong.
    """
    for processor in pipeline.get("request_processors") or []:
        if PROCESSOR in processor:
            config = processor[PROCESSOR] or {}
            return _read(bool(config.get("enabled", True)), config.get("two_phase_parameter") or {})
    return None


def _read(enabled: bool, parameters: dict[str, Any]) -> TwoPhase:
    kind = str(parameters.get("prune_type") or TwoPhase.kind)
    check_prune_type(kind)
    ratio = single(float(parameters.get("prune_ratio", TwoPhase.ratio)))
    if kind != "none":
        check_prune_ratio(kind, ratio)
    expansion = single(float(parameters.get("expansion_rate", TwoPhase.expansion)))
    if expansion < 1:
        raise refuse("two_phase_expansion", value=expansion)
    largest = int(parameters.get("max_window_size", TwoPhase.largest_window))
    if largest < SMALLEST_WINDOW:
        raise refuse("two_phase_largest_window", value=largest)
    return TwoPhase(enabled, kind, ratio, expansion, largest)


def split_clauses(query: Any, boost: float = 1.0) -> list[tuple[dict[str, Any], float]]:
    """The `neural_sparse` clauses that are split, with all their boosts: the query itself, or what a `bool` should."""
    if not isinstance(query, dict):
        return []
    if isinstance(query.get(SPARSE), dict):
        ((_, options),) = query[SPARSE].items()
        return [(query[SPARSE], single(boost * float(options.get("boost", 1.0))))]
    bool_query = query.get("bool")
    if not isinstance(bool_query, dict):
        return []
    should = bool_query.get("should") or []
    around = single(boost * float(bool_query.get("boost", 1.0)))
    clauses = should if isinstance(should, list) else [should]
    return [found for clause in clauses for found in split_clauses(clause, around)]


def rescored(body: dict[str, Any], light: list[dict[str, Any]], window: int) -> dict[str, Any]:
    """The search with one more rescorer: the light tokens of its clauses."""
    rescorers = body.get("rescore") or []
    rescorers = rescorers if isinstance(rescorers, list) else [rescorers]
    weight = 1.0
    for rescorer in rescorers:
        weight = single(weight * float((rescorer.get("query") or {}).get("query_weight", 1.0)))
    query = {"bool": {"should": light, "boost": weight}}
    return {**body, "rescore": [*rescorers, {"window_size": window, "query": {"rescore_query": query}}]}
