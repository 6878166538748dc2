"""The `neural` query: text in, k-NN query out, with one call of the model each."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from local.gateway.dataset import TextDocs
from local.gateway.errors import OpenSearchError, UpstreamError, refuse
from local.gateway.positions import position_of
from local.gateway.search_pipelines import with_default_models

if TYPE_CHECKING:
    from local.gateway.context import Context
    from local.gateway.predict import Predictions

NAME = "neural"
DEFAULT_K = 10
KNN_FIELD_TYPES = ("knn_vector", "semantic")
_TARGETS = ("k", "max_distance", "min_score")
_PASSED_ON = (*_TARGETS, "filter", "expand_nested_docs", "method_parameters", "rescore", "boost", "_name")
_OPTIONS = ("query_text", "query_image", "model_id", "semantic_field_search_analyzer", "query_tokens", *_PASSED_ON)
_SPARSE_ONLY = ("semantic_field_search_analyzer", "query_tokens")
Path = tuple[str | int, ...]


class NeuralQueries:
    """Rewrites the `neural` clauses of a query."""

    def __init__(self, context: Context, predictions: Predictions) -> None:
        self._upstream = context.upstream
        self._predictions = predictions

    async def rewritten(self, query: Any, index: str, document: str, pipeline: dict[str, Any]) -> Any:
        """`query` with every `neural` clause replaced by a `knn` clause.

        Args:
            query: of a search, nested as deep as it may be.
            index: what is searched, for the types of the fields.
            document: the text of the request, for positions in errors.
            pipeline: of the search; may name default models.

        Raises:
            OpenSearchError: a clause is wrong, its field is no vector, or its model failed.
        """
        clauses = list(_clauses(query, ("query",)))
        for path, clause in clauses:
            _check_syntax(clause, path, document)
        with_default_models([clause for _, clause in clauses], pipeline)
        for _, clause in clauses:
            await self._check_field(next(iter(clause)), index)
        vectors = await asyncio.gather(*(self._vector(clause) for _, clause in clauses))
        return _replaced(query, iter(vectors))

    async def _vector(self, clause: dict[str, Any]) -> list[float]:
        ((_, options),) = clause.items()
        _check_options(options)
        return await self.embedding(options["model_id"], options.get("query_text") or options["query_image"])

    async def embedding(self, model_id: str, text: str) -> list[float]:
        """The vector of one text."""
        options = {"return_bytes": False, "return_number": True, "target_response": ["sentence_embedding"]}
        results = await self._predictions.run(model_id, TextDocs([text], {"algorithm": "TEXT_EMBEDDING", **options}))
        vector: list[float] = results[0]["output"][0]["data"]
        return vector

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


def _clauses(node: Any, path: Path) -> list[tuple[Path, dict[str, Any]]]:
    """The bodies of all `neural` clauses of a query, in order, with their places in the request."""
    if isinstance(node, list):
        return [found for number, item in enumerate(node) for found in _clauses(item, (*path, number))]
    if not isinstance(node, dict):
        return []
    found = []
    for name, value in node.items():
        if name == NAME and isinstance(value, dict):
            found.append(((*path, name), value))
            value = [options.get("filter") for options in value.values() if isinstance(options, dict)]
        found += _clauses(value, (*path, name))
    return found


def _replaced(node: Any, vectors: Any) -> Any:
    if isinstance(node, list):
        return [_replaced(item, vectors) for item in node]
    if not isinstance(node, dict):
        return node
    return dict(_replaced_item(name, value, vectors) for name, value in node.items())


def _replaced_item(name: str, value: Any, vectors: Any) -> tuple[str, Any]:
    if name != NAME or not isinstance(value, dict):
        return name, _replaced(value, vectors)
    ((field, options),) = value.items()
    knn = {"vector": next(vectors), **{key: options[key] for key in _PASSED_ON if key in options}}
    if "filter" in knn:
        knn["filter"] = _replaced(knn["filter"], vectors)
    if not any(target in knn for target in _TARGETS):
        knn["k"] = DEFAULT_K
    return "knn", {field: knn}


def _check_syntax(clause: dict[str, Any], path: Path, document: str) -> None:
    fields = list(clause)
    if len(fields) > 1:
        raise _at(refuse("neural_two_fields", first=fields[0], second=fields[1]), document, (*path, fields[1]))
    for field, options in clause.items():
        for name in options if isinstance(options, dict) else ():
            if name not in _OPTIONS:
                raise _at(refuse("neural_unknown_option", name=name), document, (*path, field, name))


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


def _at(error: OpenSearchError, document: str, path: Path) -> OpenSearchError:
    error.error |= position_of(document, path)._asdict()
    return error
