"""The sparse model before training: from whatever base model there is, to one route for queries and one for documents.

| the base model has | documents | queries, `doc-only` | queries, `bi-encoder` |
|---|---|---|---|
| routes already (an OpenSearch doc model, or one tuned here) | as they are | its own table | as documents |
| a masked-language head (BERT, SPLADE) | SPLADE | inverse document frequency | as documents |
| neither (MiniLM, BGE) | BM25's weights, to be learnt | inverse document frequency | refused |
"""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

from sentence_transformers import SparseEncoder
from sentence_transformers.base.modules import Router, Transformer
from sentence_transformers.sparse_encoder.modules import SparseStaticEmbedding, SpladePooling

from ...inference.weighting.lexical import LexicalWeights
from ...inference.weighting.model import ROUTES, load_sparse_encoder
from ..base_model import PADDED_TO, check_length, find_base_model
from ..errors import TrainingError
from .frequency import Frequencies, count_frequencies
from .neighbours import nearest_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from ..parameters import Parameters

DOC_ONLY = "doc-only"
LEXICAL, SPLADE = "lexical", "splade"


@dataclasses.dataclass(frozen=True)
class SparseBase:
    """A sparse model before training, and what identifies what it was made of.

    Attributes:
        model: with a Router as its one module.
        start: `lexical` or `splade`: what makes the documents' weights.
    """

    model: SparseEncoder
    start: str
    model_id: str
    weights_sha256: str


def load_sparse_base(
    parameters: Parameters, channel: Path | None, texts: Callable[[], Iterable[str]], device: str
) -> SparseBase:
    """The sparse model to train.

    Args:
        parameters: which base model, how many tokens it reads, and how queries are weighted.
        channel: folder of the channel base_model; None downloads `base_model_id` from Hugging Face.
        texts: streams the corpus, whose frequencies the untrained weights are made of.
        device: `cpu` or `cuda`.

    Raises:
        TrainingError: no model there, a sequence length that it has no positions for, or no way to weigh queries by it.
    """
    folder, weights_sha256 = find_base_model(parameters, channel)
    if (folder / ROUTES).is_file():
        routes = load_sparse_encoder(folder, "cpu")[0].sub_modules
        documents, table = list(routes["document"]), list(routes["query"])
    else:
        documents, table = _document_modules(folder, parameters), []
    check_length(parameters, documents[0].auto_model)
    _read_tokens(documents[0], parameters.max_sequence_length)
    start = LEXICAL if _is_lexical(documents) else SPLADE
    if not table or not isinstance(table[0], SparseStaticEmbedding):
        table = [_with_frequencies(documents, _frequencies(documents[0], texts, parameters.max_sequence_length))]
    queries = table if parameters.sparse_mode == DOC_ONLY else _encoded_queries(parameters, documents, start)
    router = Router.for_query_document(query_modules=queries, document_modules=documents)
    return SparseBase(SparseEncoder(modules=[router], device=device), start, parameters.base_model_id, weights_sha256)


def _document_modules(folder: Path, parameters: Parameters) -> list[Any]:
    where: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    if _has_head(folder):
        own = _saved_modules(folder, where)
        return own or [Transformer(str(folder), transformer_task="fill-mask", model_kwargs=where), SpladePooling("max")]
    transformer = Transformer(str(folder), model_kwargs=where)
    tokenizer = transformer.tokenizer
    return [
        transformer,
        LexicalWeights(
            state_size=int(transformer.auto_model.config.hidden_size),
            vocabulary_size=int(transformer.auto_model.config.vocab_size),
            average_length=float(parameters.max_sequence_length),
            ignored=tokenizer.all_special_ids,
        ),
    ]


def _saved_modules(folder: Path, where: dict[str, Any]) -> list[Any]:
    """The modules of a sparse encoder in sentence-transformers' layout, as a SPLADE is published; none for another."""
    if not (folder / "modules.json").is_file():
        return []
    types = [module["type"] for module in json.loads((folder / "modules.json").read_text(encoding="utf-8"))]
    return list(SparseEncoder(str(folder), device="cpu", **where)) if types[-1].endswith("SpladePooling") else []


def _has_head(folder: Path) -> bool:
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return any(name.endswith("ForMaskedLM") for name in config.get("architectures") or ())


def _is_lexical(documents: list[Any]) -> bool:
    return isinstance(documents[-1], LexicalWeights)


def _read_tokens(transformer: Any, max_tokens: int) -> None:
    transformer.max_seq_length = max_tokens
    transformer.tokenizer.model_max_length = max_tokens
    # Few shapes instead of one for each length, as for dense models.
    text = transformer.processing_kwargs.get("text", {}) | {"pad_to_multiple_of": PADDED_TO}
    transformer.processing_kwargs = {**transformer.processing_kwargs, "text": text}


def _frequencies(transformer: Any, texts: Callable[[], Iterable[str]], max_tokens: int) -> Frequencies:
    return count_frequencies(texts(), transformer.tokenizer, int(transformer.auto_model.config.vocab_size), max_tokens)


def _with_frequencies(documents: list[Any], frequencies: Frequencies) -> SparseStaticEmbedding:
    """The queries' table; a lexical model gets the corpus' average length, and neighbours for the words in it."""
    tokenizer = documents[0].tokenizer
    if _is_lexical(documents):
        documents[-1].average_length = frequencies.average_length
        embeddings = documents[0].auto_model.get_input_embeddings().weight.detach()
        words = tokenizer.convert_ids_to_tokens(range(len(embeddings)))
        documents[-1].set_neighbours(*nearest_words(embeddings, words, frequencies.containing > 0))
    return SparseStaticEmbedding(tokenizer=tokenizer, weight=frequencies.inverse(tokenizer.all_special_ids))


def _encoded_queries(parameters: Parameters, documents: list[Any], start: str) -> list[Any]:
    if start == LEXICAL:
        raise TrainingError(
            f"sparse_mode is {parameters.sparse_mode!r}, and {parameters.base_model_id} has no masked-language head to "
            f"weigh queries with. Valid: {DOC_ONLY!r}. Choose it, or a base model such as a SPLADE or BERT checkpoint."
        )
    return documents
