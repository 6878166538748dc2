"""Queries that need a model, with one call of it each: `neural` becomes a k-NN query, `neural_sparse` a sum."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from local.gateway import sparse
from local.gateway.dense import dense_docs, dense_vectors
from local.gateway.errors import UpstreamError, refuse
from local.gateway.parse_errors import at_end, at_name, at_value
from local.gateway.search_pipelines import with_default_models
from local.gateway.two_phase import DEFAULT_SIZE, TwoPhase, rescored, split_clauses, two_phase_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.gateway.context import Context
    from local.gateway.positions import Path
    from local.gateway.predict import Predictions
    from local.gateway.token_weights import Tokens

NAME = "neural"
NAMES = (NAME, sparse.NAME)
DEFAULT_K = 10
KNN_FIELD_TYPES = ("knn_vector", "semantic")
_TARGETS = ("k", "max_distance", "min_score")
_PASSED_ON = (*_TARGETS, "filter", "expand_nested_docs", "method_parameters", "rescore", "boost", "_name")
_OPTIONS = ("query_text", "query_image", "model_id", "semantic_field_search_analyzer", "query_tokens", *_PASSED_ON)
_SPARSE_ONLY = ("semantic_field_search_analyzer", "query_tokens")


class NeuralQueries:
    """Rewrites the `neural` and `neural_sparse` clauses of a query."""

    def __init__(self, context: Context, predictions: Predictions) -> None:
        self._upstream = context.upstream
        self._predictions = predictions
        self._sparse = sparse.SparseQueries(context, predictions)

    def check_syntax(self, query: Any, document: str) -> None:
        """Refuse clauses that neural search's parser refuses.

        Args:
            query: of a search, nested as deep as it may be.
            document: the text of the request, for positions in errors.

        Raises:
            OpenSearchError: 400, a clause is wrong.
        """
        for name, path, clause in _clauses(query, ("query",)):
            (_check_syntax if name == NAME else sparse.check_syntax)(clause, path, document)

    async def rewritten(self, body: dict[str, Any], index: str, pipeline: dict[str, Any]) -> dict[str, Any]:
        """`body` with every `neural` clause of its query replaced by a `knn` one, every `neural_sparse` one by a sum.

        Args:
            body: of a search, its syntax checked.
            index: what is searched, for the types of the fields.
            pipeline: of the search; may name default models, and split sparse clauses in two phases.

        Raises:
            OpenSearchError: a clause's field is no vector, or its model failed.
        """
        query = body.get("query")
        clauses = _clauses(query, ("query",))
        with_default_models([clause for _, _, clause in clauses], pipeline)
        for name, _, clause in clauses:
            if name == NAME:
                await self._check_field(next(iter(clause)), index)
        asked = await asyncio.gather(*(self._asked(name, clause) for name, _, clause in clauses))
        answers = list(zip([clause for _, _, clause in clauses], asked, strict=True))
        phases = _Phases(two_phase_of(pipeline), query)
        replacements = [
            {"knn": _knn(clause, found)}
            if name == NAME
            else await self._sparse.replacement(clause, found, index, phases.heavy(clause))
            for (name, _, _), (clause, found) in zip(clauses, answers, strict=True)
        ]
        light = [
            await self._sparse.replacement(phases.boosted(clause), found, index, phases.light)
            for clause, found in answers
            if phases.splits(clause)
        ]
        search = {**body, "query": _replaced(query, iter(replacements))} if clauses else body
        return phases.rescored(search, light) if light else search

    async def _asked(self, name: str, clause: dict[str, Any]) -> Any:
        """The vector, or the tokens, that a clause's model makes of its text."""
        if name != NAME:
            return await self._sparse.tokens(clause)
        ((_, options),) = clause.items()
        _check_options(options)
        text, image = (str(options.get(name) or "") for name in ("query_text", "query_image"))
        return await self.embedding(
            options["model_id"], text if text.strip() else None, image if image.strip() else None
        )

    async def embedding(self, model_id: str, text: str | None, image: str | None = None) -> list[float]:
        """The vector of a text, an image or both; empty if the model answers without one."""
        docs = [text] if image is None else [text, image]
        results = await self._predictions.run(model_id, dense_docs(docs))
        return next(iter(dense_vectors(results)), [])

    async def _check_field(self, field: str, index: str) -> None:
        """Refuse a field that is mapped to something else than a vector; an unmapped one is the shards' business."""
        path = f"/{quote(index, safe=',*')}/_mapping/field/{quote(field, safe='')}?ignore_unavailable=true"
        try:
            found = await self._upstream.call("GET", path)
        except UpstreamError:
            return
        for mapped in found.values():
            for details in mapped["mappings"].values():
                if any(leaf.get("type") not in KNN_FIELD_TYPES for leaf in details["mapping"].values()):
                    raise refuse("neural_field_type", field=field)


class _Phases:
    """Which sparse clauses of a query are split in two phases, and how."""

    def __init__(self, two_phase: TwoPhase | None, query: Any) -> None:
        self._two_phase = two_phase or TwoPhase()
        split = split_clauses(query) if two_phase and two_phase.on else []
        self._boosts = {id(clause): boost for clause, boost in split}

    def splits(self, clause: dict[str, Any]) -> bool:
        return id(clause) in self._boosts

    def heavy(self, clause: dict[str, Any]) -> Callable[[Tokens], Tokens]:
        if not self.splits(clause):
            return lambda tokens: tokens
        return lambda tokens: self._two_phase.split(tokens)[0]

    def light(self, tokens: Tokens) -> Tokens:
        return self._two_phase.split(tokens)[1]

    def boosted(self, clause: dict[str, Any]) -> dict[str, Any]:
        ((field, options),) = clause.items()
        return {field: {**options, "boost": self._boosts[id(clause)]}}

    def rescored(self, search: dict[str, Any], light: list[dict[str, Any]]) -> dict[str, Any]:
        return rescored(search, light, self._two_phase.window(int(search.get("size", DEFAULT_SIZE))))


def _clauses(node: Any, path: Path) -> list[tuple[str, Path, dict[str, Any]]]:
    """The bodies of all clauses of a query that need a model, in order, with their kinds and places in the request."""
    if isinstance(node, list):
        return [found for number, item in enumerate(node) for found in _clauses(item, (*path, number))]
    if not isinstance(node, dict):
        return []
    found = []
    for name, value in node.items():
        if name in NAMES and isinstance(value, dict):
            found.append((name, (*path, name), value))
            value = [options.get("filter") for options in value.values() if isinstance(options, dict)]
        found += _clauses(value, (*path, name))
    return found


def _replaced(node: Any, replacements: Iterator[dict[str, Any]]) -> Any:
    """`node` with a replacement for each clause that `_clauses` finds, in the same order."""
    if isinstance(node, list):
        return [_replaced(item, replacements) for item in node]
    if not isinstance(node, dict):
        return node
    replaced = {}
    for name, value in node.items():
        if name not in NAMES or not isinstance(value, dict):
            replaced[name] = _replaced(value, replacements)
            continue
        clause = next(replacements)
        if "knn" in clause:
            ((field, knn),) = clause["knn"].items()
            clause = {"knn": {field: _replaced(knn, replacements) if "filter" in knn else knn}}
        replaced |= clause
    return replaced


def _knn(clause: dict[str, Any], vector: list[float]) -> dict[str, Any]:
    ((field, options),) = clause.items()
    knn = {"vector": vector, **{key: options[key] for key in _PASSED_ON if key in options}}
    if not any(target in knn for target in _TARGETS):
        knn["k"] = DEFAULT_K
    return {field: knn}


def _check_syntax(clause: dict[str, Any], path: Path, document: str) -> None:
    fields = list(clause)
    if not fields:
        raise at_end(refuse("neural_not_an_object"), document, path)
    if len(fields) > 1:
        raise at_name(refuse("neural_two_fields", first=fields[0], second=fields[1]), document, (*path, fields[1]))
    for field, options in clause.items():
        for name in options if isinstance(options, dict) else ():
            if name not in _OPTIONS:
                raise at_value(refuse("neural_unknown_option", name=name), document, (*path, field, name))


def _check_options(options: dict[str, Any]) -> None:
    errors = []
    if not str(options.get("query_text") or "").strip() and not str(options.get("query_image") or "").strip():
        errors.append("Either query_text or query_image must be provided.")
    if sum(options.get(name) is not None for name in _TARGETS) > 1:
        errors.append("Only one of k, max_distance, or min_score can be provided")
    if options.get("model_id") == "":
        errors.append("model_id field can not be empty")
    if options.get("model_id") is None:
        errors.append("model_id must be provided.")
    errors += [
        f"Target field is a KNN field using a dense model. {name} is not supported since it is for the sparse model."
        for name in _SPARSE_ONLY
        if options.get(name) is not None
    ]
    if errors:
        raise refuse("neural_invalid", errors="; ".join(errors))
