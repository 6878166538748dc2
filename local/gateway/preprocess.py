"""From the texts of a prediction to the parameters of the connector's payload."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from local.gateway import painless
from local.gateway.connector import parameter_texts
from local.gateway.dataset import Dataset, Parameters, TextDocs, TextSimilarity
from local.gateway.errors import OpenSearchError, refuse
from local.gateway.java import gson
from local.gateway.java.templates import escape_json, substitute

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.gateway.upstream import Upstream

DEFAULT_EMBEDDING = "connector.pre_process.default.embedding"
BEDROCK_EMBEDDING = "connector.pre_process.bedrock.embedding"


def _texts(name: str) -> Callable[[Dataset], dict[str, Any]]:
    return lambda dataset: {name: _docs(dataset)}


def _first_text(name: str) -> Callable[[Dataset], dict[str, Any]]:
    return lambda dataset: {name: _docs(dataset)[0]}


def _docs(dataset: Dataset) -> list[str]:
    if not isinstance(dataset, TextDocs):
        raise refuse("preprocess_text_docs_only")
    return dataset.docs


def _ranking(dataset: Dataset) -> dict[str, Any]:
    if not isinstance(dataset, TextSimilarity):
        raise refuse("preprocess_similarity_only")
    return {"query": dataset.query_text, "documents": dataset.docs, "top_n": len(dataset.docs)}


def _bedrock_ranking(dataset: Dataset) -> dict[str, Any]:
    if not isinstance(dataset, TextSimilarity):
        raise refuse("preprocess_similarity_only")
    sources = [
        {"type": "INLINE", "inlineDocumentSource": {"type": "TEXT", "textDocument": {"text": doc}}}
        for doc in dataset.docs
    ]
    queries = [{"type": "TEXT", "textQuery": {"text": dataset.query_text}}]
    return {"queries": queries, "sources": sources, "numberOfResults": len(dataset.docs)}


def _text_and_image(dataset: Dataset) -> dict[str, Any]:
    docs = _docs(dataset)
    if docs == [None]:
        raise refuse("preprocess_no_text_or_image")
    return dict(zip(("inputText", "inputImage"), docs, strict=False))


BUILT_IN: dict[str, Callable[[Dataset], dict[str, Any]]] = {
    DEFAULT_EMBEDDING: _texts("input"),
    BEDROCK_EMBEDDING: _first_text("inputText"),
    "connector.pre_process.openai.embedding": _texts("input"),
    "connector.pre_process.cohere.embedding": _texts("texts"),
    "connector.pre_process.cohere.multimodal_embedding": _texts("images"),
    "connector.pre_process.bedrock.multimodal_embedding": _text_and_image,
    "connector.pre_process.bedrock.nova.text_embedding": _first_text("inputText"),
    "connector.pre_process.bedrock.nova.image_embedding": _first_text("inputImage"),
    "connector.pre_process.bedrock.nova.video_embedding": _first_text("inputVideo"),
    "connector.pre_process.bedrock.nova.audio_embedding": _first_text("inputAudio"),
    "connector.pre_process.default.rerank": _ranking,
    "connector.pre_process.cohere.rerank": _ranking,
    "connector.pre_process.bedrock.rerank": _bedrock_ranking,
}


async def prepared(
    function: str | None, dataset: Dataset, parameters: dict[str, str], upstream: Upstream
) -> dict[str, str]:
    """The parameters that `dataset` becomes, ready to be put into a JSON template.

    Args:
        function: the connector's `pre_process_function`: a built-in name, a Painless script, or None.
        dataset: what is asked.
        parameters: the connector's; a script's text may refer to them.
        upstream: runs scripts.

    Raises:
        OpenSearchError: the function does not take such a dataset, or the script fails.
    """
    if function is None and isinstance(dataset, TextDocs):
        function = DEFAULT_EMBEDDING
    if isinstance(dataset, Parameters):
        # A function is for texts: parameters go as they came, even past a script that would not compile.
        return escaped(dataset.values or {})
    if function is None:
        raise refuse("preprocess_missing")
    function = _filled(function, parameters)
    if function in BUILT_IN:
        return escaped(parameter_texts(BUILT_IN[function](dataset)))
    return escaped(await _scripted(function, dataset, upstream))


def step_size(function: str | None, parameters: dict[str, str]) -> int | None:
    """How many texts go into one call of the remote model; None for all.

    Args:
        function: the connector's `pre_process_function`.
        parameters: the connector's; `input_docs_processed_step_size` decides if given.

    Raises:
        OpenSearchError: the step size is not positive.
    """
    if "input_docs_processed_step_size" in parameters:
        size = int(parameters["input_docs_processed_step_size"])
        if size <= 0:
            raise refuse("step_size_invalid")
        return size
    one_by_one = function is not None and (function == BEDROCK_EMBEDDING or function not in BUILT_IN)
    return 1 if one_by_one else None


def escaped(parameters: dict[str, str]) -> dict[str, str]:
    """Parameters made safe for a JSON template: JSON stays, any other text is escaped (but not quoted)."""
    raw = {name.strip() for name in parameters.get("no_escape_params", "").split(",")}
    return {
        name: value if gson.is_json(value) or name in raw else escape_json(value) for name, value in parameters.items()
    }


def _filled(function: str, parameters: dict[str, str]) -> str:
    return substitute(function, {name: gson.dumps(value) for name, value in parameters.items()})


async def _scripted(script: str, dataset: TextDocs | Any, upstream: Upstream) -> dict[str, str]:
    if isinstance(dataset, TextDocs):
        dataset = TextDocs([gson.dumps(doc)[1:-1] for doc in dataset.docs], dataset.options)
    result = await painless.run(upstream, script, dataset.script_parameters())
    if result is None:
        raise refuse("preprocess_output_missing")
    return parameter_texts(_object(result).get("parameters", {}))


def _object(result: str) -> dict[str, Any]:
    try:
        value = json.loads(result)
    except ValueError:
        value = _parsed(result)
    return value if isinstance(value, dict) else {}


def _parsed(result: str) -> Any:
    try:
        return gson.parse(result, as_map=True)
    except gson.JsonSyntaxError as error:
        cause = {"type": error.cause_type, "reason": error.cause_reason}
        raise OpenSearchError(500, "json_syntax_exception", str(error), caused_by=cause) from error
