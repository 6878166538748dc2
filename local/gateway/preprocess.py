"""From the texts of a prediction to the parameters of the connector's payload."""

from __future__ import annotations

from dataclasses import replace
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
# Parameters that change what a script is given: whether it runs for parameters at all, and in which form it gets them.
FOR_PARAMETERS = "pre_process_function.process_remote_inference_input"
AS_OBJECTS = "pre_process_function.convert_remote_inference_param_to_object"
AS_TEXTS = "pre_process_function.convert_input_to_json_string"


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


def _images(dataset: Dataset) -> dict[str, Any]:
    docs = _docs(dataset)
    if docs[0] is None:
        raise refuse("preprocess_no_image")
    return {"images": docs}


BUILT_IN: dict[str, Callable[[Dataset], dict[str, Any]]] = {
    DEFAULT_EMBEDDING: _texts("input"),
    BEDROCK_EMBEDDING: _first_text("inputText"),
    "connector.pre_process.openai.embedding": _texts("input"),
    "connector.pre_process.cohere.embedding": _texts("texts"),
    "connector.pre_process.cohere.multimodal_embedding": _images,
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
        return await _for_parameters(function, dataset, parameters, upstream)
    if function is None:
        raise refuse("preprocess_missing")
    function = _filled(function, parameters)
    if function in BUILT_IN:
        return escaped(parameter_texts(BUILT_IN[function](dataset)))
    values = _escaped_texts(dataset).script_parameters()
    if is_true(parameters.get(AS_TEXTS)):
        values = dict(parameter_texts(values))
    return escaped(await _scripted(function, values, upstream))


async def _for_parameters(
    function: str | None, dataset: Parameters, parameters: dict[str, str], upstream: Upstream
) -> dict[str, str]:
    """Parameters go as they came, even past a script that would not compile, unless they ask for it themselves."""
    given = escaped(dataset.values or {})
    everything = {**parameters, **given}
    function = None if function is None else _filled(function, everything)
    if function is None or function in BUILT_IN or not is_true(everything.get(FOR_PARAMETERS)):
        return given
    values: dict[str, Any] = dict(given)
    if is_true(everything.get(AS_OBJECTS)):
        values = {name: gson.parse(value) if gson.is_json(value) else value for name, value in given.items()}
    return {**escaped(await _scripted(function, values, upstream)), **given}


def is_true(text: str | None) -> bool:
    """`Boolean.parseBoolean`."""
    return text is not None and text.lower() == "true"


def step_size(function: str | None, parameters: dict[str, str]) -> int | None:
    """How many texts go into one call of the remote model; None for all.

    Args:
        function: the connector's `pre_process_function`.
        parameters: the connector's; `input_docs_processed_step_size` decides if given.

    Raises:
        OpenSearchError: the step size is not positive.
    """
    if "input_docs_processed_step_size" in parameters:
        size = _whole(parameters["input_docs_processed_step_size"])
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


def _escaped_texts(dataset: Any) -> Any:
    """The texts of a dataset as they stand between the quotes of a JSON string; of a question they stay as they are."""
    if isinstance(dataset, TextDocs):
        return replace(dataset, docs=[_inside_quotes(doc) for doc in dataset.docs])
    if isinstance(dataset, TextSimilarity):
        return TextSimilarity(_inside_quotes(dataset.query_text), [_inside_quotes(doc) for doc in dataset.docs])
    return dataset


def _inside_quotes(text: Any) -> Any:
    return None if text is None else gson.dumps(text)[1:-1]


async def _scripted(script: str, values: dict[str, Any], upstream: Upstream) -> dict[str, str]:
    result = await painless.run(upstream, script, values)
    if result is None:
        raise refuse("preprocess_output_missing")
    try:
        parameters = gson.parse_map(result).get("parameters", {})
    except gson.JsonSyntaxError as error:
        raise OpenSearchError(500, "json_syntax_exception", str(error), caused_by=gson.cause(error)) from error
    return parameter_texts(parameters if isinstance(parameters, dict) else {})


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise OpenSearchError(400, "number_format_exception", f'For input string: "{text}"') from error
