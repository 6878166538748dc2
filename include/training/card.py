"""What the model card says beside sentence-transformers' own text."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from .together import NEED_TEACHER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .parameters import Parameters
    from .query_sets import QuerySet

_CARD = """

# {model_name}: how it was made

## Data
{pairs:,} (query, document) pairs. The queries were written for the documents of one corpus, so this model is tuned to
that corpus. Documents held out from training are in none of the pairs.

## Evaluation
{evaluation}

## Base model
`{base_model_id}`, weights sha256 `{base_model_sha256}`.

## Training
{training}

## Parameters
| name | value |
|---|---|
{parameters}

## Intended use
Dense retrieval over the corpus it was tuned on: vectors of {embedding_dimension} components, compared by cosine. Texts
longer than {max_sequence_length} tokens are cut. Elsewhere, measure it against the base model first.

{prompts}

```python
model = SentenceTransformer("path/to/this/model")
scores = model.similarity(model.encode_query(["a query"]), model.encode_document(["a document"]))
```

The endpoint takes `{{"inputs": ["a query"], "input_type": "query"}}`; without `input_type` the texts are documents.
{cut}
"""

_PROMPTS = """A prompt stands before each text, and pooling is `{pooling}`. The prompts are in
`config_sentence_transformers.json`; `encode_query`, `encode_document` and the endpoint write them.

| side | prompt |
|---|---|
| query | `{query}` |
| document | `{document}` |"""

_CUT = """The vectors are the first {dimension} components of the model's, made unit length again. sentence-transformers
and the endpoint cut them (`truncate_dim`); Text Embeddings Inference and transformers give whole ones: cut those, or
ask for `dimensions`.
"""


def card_sections(parameters: Parameters, facts: Mapping[str, Any], documents: int, sets: Sequence[QuerySet]) -> str:
    """Markdown on data, split, evaluation, parameters and use, to be added to a model card.

    Args:
        parameters: of the job.
        facts: what training.json will say: of pairs, base model, prompts, pooling, loss and dimensions.
        documents: in the evaluation corpus; 0 without one.
        sets: the query sets of the evaluation.
    """
    return _CARD.format(
        model_name=parameters.model_name,
        pairs=facts["pairs_used"],
        evaluation=_evaluation(documents, sets),
        base_model_id=facts["base_model_id"],
        base_model_sha256=facts["base_model_sha256"],
        parameters="\n".join(f"| {name} | {value} |" for name, value in dataclasses.asdict(parameters).items()),
        max_sequence_length=parameters.max_sequence_length,
        embedding_dimension=facts["embedding_dimension"],
        training=_training(parameters, facts),
        prompts=_prompts(facts),
        cut=_CUT.format(dimension=facts["embedding_dimension"]) if facts["truncated_dimension"] else "",
    )


def _training(parameters: Parameters, facts: Mapping[str, Any]) -> str:
    """The loss, and what stands beside it."""
    mined, inconsistent = facts.get("hard_negatives"), facts.get("inconsistent")
    said = [
        f"- loss: `{parameters.loss}`",
        f"- hard negatives: {parameters.hard_negatives} a pair, from `{mined['from']}`" if mined else "",
        f"- teacher: `{parameters.teacher_model_id}`" if parameters.loss in NEED_TEACHER else "",
        f"- pairs dropped because nothing finds their document: {inconsistent:,}" if inconsistent is not None else "",
        f"- dimensions: {', '.join(map(str, parameters.matryoshka_dimensions))}, and the whole vector"
        if parameters.matryoshka_dimensions
        else "",
        f"- LoRA of rank {parameters.lora_rank}, merged into the weights" if parameters.lora_rank else "",
    ]
    return "\n".join(line for line in said if line)


def _prompts(facts: Mapping[str, Any]) -> str:
    query, document, pooling = facts["query_prefix"], facts["document_prefix"], facts["pooling"]
    if not (query or document):
        return f"Queries and documents are encoded alike, without a prompt; pooling is `{pooling}`."
    shown = {"query": _shown(query), "document": _shown(document)}
    return _PROMPTS.format(pooling=pooling, **shown)


def _shown(prompt: str) -> str:
    return prompt.replace("\n", "\\n").replace("|", "\\|") or " "


def _evaluation(documents: int, sets: Sequence[QuerySet]) -> str:
    if not sets:
        return "None in training: the job had no evaluation channel."
    searched = (
        f"Base and tuned model searched the same {documents:,} documents, held-out ones among them, by exact cosine:"
    )
    return "\n".join([searched, "", *(f"- `{each.name}`: {len(each.queries):,} queries" for each in sets)])
