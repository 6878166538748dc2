"""What is written before a query and before a document: the prompts that a model was made with.

A model that was trained with prompts finds less without them, and one that was trained without finds less with them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .parameters import Parameters

QUERY, DOCUMENT = "query", "document"
# As sentence-transformers' encode_document looks for them.
DOCUMENT_NAMES = (DOCUMENT, "passage", "corpus")

_BGE_EN = "Represent this sentence for searching relevant passages: "
_INSTRUCT = "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery: "


class Prompts(NamedTuple):
    """What stands before each text of either side; empty for nothing."""

    query: str = ""
    document: str = ""


# By the model's Hugging Face id. BGE, E5 (query, passage) and nomic were looked up; the others could not be checked.
# What is not listed says it in its own configuration or wants none (GTE, all-MiniLM, bge-m3).
FAMILIES: tuple[tuple[str, Prompts], ...] = (
    (r"baai/bge-(small|base|large)-en(-v1\.5)?", Prompts(_BGE_EN)),
    (r"baai/bge-(small|base|large)-zh(-v1\.5)?", Prompts("为这个句子生成表示以用于检索相关文章：")),  # noqa: RUF001
    (r"intfloat/multilingual-e5-large-instruct", Prompts(_INSTRUCT)),
    (r"intfloat/(multilingual-)?e5-(small|base|large)(-v2|-unsupervised)?", Prompts("query: ", "passage: ")),
    (r"nomic-ai/nomic-embed-text-v(1|1\.5|2-moe)", Prompts("search_query: ", "search_document: ")),
    (r"mixedbread-ai/mxbai-embed-large-v1", Prompts(_BGE_EN)),
    (r"snowflake/snowflake-arctic-embed-(xs|s|m|l|m-long|m-v1\.5)", Prompts(_BGE_EN)),
    (r"snowflake/snowflake-arctic-embed-[ml]-v2\.0", Prompts("query: ")),
)


def resolve_prompts(
    parameters: Parameters, own: Mapping[str, str | None], default_name: str | None, hub_id: str
) -> Prompts:
    """The prompts of a run: what was asked for, else what the base model says, else what its family is known to want.

    Args:
        parameters: `query_prefix` and `document_prefix`; None where nothing was asked for, empty for no prompt.
        own: prompts of the base model's config_sentence_transformers.json, by name.
        default_name: the name there of the prompt that is used where none is named.
        hub_id: Hugging Face id that the model was downloaded by; empty for another source.
    """
    said = _said(own, default_name)
    stated = said if any(said) else family_prompts(hub_id)
    return Prompts(
        stated.query if parameters.query_prefix is None else parameters.query_prefix,
        stated.document if parameters.document_prefix is None else parameters.document_prefix,
    )


def family_prompts(hub_id: str) -> Prompts:
    """The prompts that a published model wants; none for an id that is not in `FAMILIES`."""
    name = hub_id.partition("@")[0].lower()
    return next((prompts for pattern, prompts in FAMILIES if re.fullmatch(pattern, name)), Prompts())


def _said(own: Mapping[str, str | None], default_name: str | None) -> Prompts:
    of_a_side = default_name in (None, QUERY, *DOCUMENT_NAMES)
    default = "" if of_a_side else own.get(default_name or "") or ""
    document = next((prompt for name in DOCUMENT_NAMES if (prompt := own.get(name))), default)
    return Prompts(own.get(QUERY) or default, document)
