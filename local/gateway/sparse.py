"""The `neural_sparse` query: text or tokens in, a sum of `rank_feature` queries out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from local.gateway import wordpiece
from local.gateway.dataset import TextDocs
from local.gateway.errors import OpenSearchError, UpstreamError, refuse
from local.gateway.java import gson
from local.gateway.java.floats import shown, single
from local.gateway.parse_errors import after, at_name, at_value
from local.gateway.shards import failed_query
from local.gateway.token_weights import token_weights

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.gateway.context import Context
    from local.gateway.positions import Path
    from local.gateway.predict import Predictions
    from local.gateway.token_weights import Tokens

NAME = "neural_sparse"
FIELD_TYPE = "rank_features"
DEFAULT_ANALYZER = wordpiece.NAME
LARGEST_WEIGHT = 64.0
_VALUES = ("_name", "boost", "query_text", "model_id", "analyzer", "max_token_score")
_PASSED_ON = ("boost", "_name")
_TOKENS = {dict: "START_OBJECT", list: "START_ARRAY"}


class SparseQueries:
    """Makes of `neural_sparse` clauses what the server understands."""

    def __init__(self, context: Context, predictions: Predictions) -> None:
        self._upstream = context.upstream
        self._predictions = predictions

    async def tokens(self, clause: dict[str, Any]) -> Tokens | None:
        """The tokens of a clause, from its model if need be; None if an analyzer on the shards is to find them.

        Args:
            clause: body of the query, `{field: options}`.

        Raises:
            OpenSearchError: neither model nor analyzer fits, or the model failed.
        """
        ((_, options),) = clause.items()
        given = options.get("query_tokens")
        if given is not None:
            return {token: float(weight) for token, weight in given.items()}
        model, analyzer = options.get("model_id"), options.get("analyzer")
        if model is not None and analyzer is not None:
            raise refuse("sparse_model_and_analyzer", model=model, analyzer=analyzer)
        if model is None:
            return None
        if not str(options["query_text"]).strip() or not str(model).strip():
            raise refuse("sparse_blank")
        found = token_weights(await self._predictions.run(model, text_docs([options["query_text"]])))
        return found[0]

    async def replacement(
        self,
        clause: dict[str, Any],
        tokens: Tokens | None,
        index: str,
        part: Callable[[Tokens], Tokens] = lambda tokens: tokens,
    ) -> dict[str, Any]:
        """The query for the server.

        Args:
            clause: body of the query, `{field: options}`.
            tokens: what `tokens` returned.
            index: what is searched.
            part: says which of the tokens the query is to have.

        Raises:
            OpenSearchError: no shard could build the query.
        """
        ((field, options),) = clause.items()
        try:
            await self._check_field(field, index)
            if tokens is None:
                tokens = await self._analyzed(options["query_text"], options.get("analyzer", DEFAULT_ANALYZER), index)
            tokens = part(tokens)
            _check_weights(tokens)
        except UpstreamError:
            raise
        except OpenSearchError as error:
            raise await failed_query(self._upstream, index, error) from error
        passed_on = {name: options[name] for name in _PASSED_ON if name in options}
        features = [
            {"rank_feature": {"field": f"{field}.{token}", "linear": {}, "boost": weight}}
            for token, weight in tokens.items()
        ]
        # A `bool` without clauses would match everything.
        return {"bool": {"should": features, **passed_on}} if features else {"match_none": passed_on}

    async def _check_field(self, field: str, index: str) -> None:
        """Refuse a field that no index has as `rank_features`."""
        path = f"/{quote(index, safe=',*')}/_mapping/field/{quote(field, safe='')}?ignore_unavailable=true"
        found = await self._upstream.call("GET", path)
        types = [
            leaf.get("type")
            for mapped in found.values()
            for details in mapped["mappings"].values()
            for leaf in details["mapping"].values()
        ]
        if FIELD_TYPE not in types:
            raise _argument(f"[{NAME}] query only works on [{FIELD_TYPE}] fields")

    async def _analyzed(self, text: str, analyzer: str, index: str) -> Tokens:
        if analyzer == wordpiece.NAME:
            path = wordpiece.table_path()
            if not path.is_file():
                raise _unwrapped(refuse("sparse_weights_file", analyzer=analyzer, file=path.name, folder=path.parent))
            return wordpiece.weighted(text, wordpiece.load(path))
        body = {"analyzer": analyzer, "text": text}
        try:
            found = await self._upstream.call("POST", f"/{quote(index.split(',')[0], safe='')}/_analyze", body)
        except UpstreamError as error:
            raise _argument(f"Analyzer [{analyzer}] not found in shard context. ") from error
        return {each["token"]: 1.0 for each in found["tokens"]}


def text_docs(texts: list[str]) -> TextDocs:
    """What a sparse model is asked: the same as a dense one, but for any tensor."""
    options = {"return_bytes": False, "return_number": True}
    return TextDocs(texts, {"algorithm": "TEXT_EMBEDDING", **options})


def check_syntax(clause: dict[str, Any], path: Path, document: str) -> None:
    """Refuse what neural search's parser refuses.

    Args:
        clause: body of the query, `{field: options}`.
        path: of the clause in the document.
        document: the text of the request, for positions in errors.

    Raises:
        OpenSearchError: 400.
    """
    fields = list(clause)
    options = clause[fields[0]] if fields else {}
    for name, value in options.items() if isinstance(options, dict) else ():
        _check_option(name, value, (*path, fields[0], name), document)
    if len(fields) > 1:
        raise at_name(refuse("sparse_two_fields", first=fields[0], second=fields[1]), document, (*path, fields[1]))
    missing = _missing(options if isinstance(options, dict) else {})
    if missing is not None:
        raise after(missing, document, path)


def _check_option(name: str, value: Any, path: Path, document: str) -> None:
    if isinstance(value, (dict, list)):
        if name not in ("query_tokens", "method_parameters"):
            raise at_value(refuse("sparse_unknown_token", token=_TOKENS[type(value)], name=name), document, path)
    elif name not in _VALUES:
        raise at_value(refuse("sparse_unknown_option", name=name), document, path)


def _missing(options: dict[str, Any]) -> OpenSearchError | None:
    if options.get("query_tokens") is None and options.get("query_text") is None:
        return refuse("sparse_empty")
    empty = next((name for name in ("query_text", "model_id", "analyzer") if options.get(name) == ""), None)
    return refuse("sparse_empty_field", name=empty) if empty else None


def _check_weights(tokens: Tokens) -> None:
    for weight in map(single, tokens.values()):
        if not 0 < weight <= LARGEST_WEIGHT:
            raise _argument(f"weight must be in (0, {LARGEST_WEIGHT}], got: {gson.java_double(shown(weight))}")


def _argument(reason: str) -> OpenSearchError:
    return OpenSearchError(400, "illegal_argument_exception", reason)


def _unwrapped(error: OpenSearchError) -> UpstreamError:
    """A limit of the stand-in is said as it is, not as the failure of a shard."""
    return UpstreamError(error.status, error.body())
