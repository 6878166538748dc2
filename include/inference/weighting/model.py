"""A sparse model's folder, read without running code that lies in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import torch
from sentence_transformers import SparseEncoder
from sentence_transformers.base.modules import Router

from .lexical import LexicalWeights
from .vectors import to_rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from scipy import sparse

ROUTES = "router_config.json"


def load_sparse_encoder(folder: Path, device: str, dtype: torch.dtype = torch.float32) -> SparseEncoder:
    """The model of a folder that `include.training.sparse.export` or sentence-transformers wrote, ready to answer.

    Args:
        folder: with `router_config.json`.
        device: `cpu` or `cuda`.
        dtype: of the encoder's weights.
    """
    types = json.loads((folder / ROUTES).read_text(encoding="utf-8"))["types"].values()
    # The name under which our own module was saved says where it was imported from, and not what is to be run here.
    ours = {name: LexicalWeights for name in types if name.rpartition(".")[2] == LexicalWeights.__name__}
    router = Router.load(
        str(folder),
        local_files_only=True,
        trust_remote_code=False,
        module_classes=ours,
        model_kwargs={"dtype": dtype},
    )
    return SparseEncoder(modules=[router], device=device).eval()


def vocabulary_of(model: SparseEncoder) -> list[str]:
    """The token of each column."""
    return list(model.tokenizer.convert_ids_to_tokens(range(int(model.get_embedding_dimension() or 0))))


def rows_of(
    model: SparseEncoder, texts: Sequence[str], is_query: bool, batch_size: int | None = None
) -> sparse.csr_matrix:
    """The weights of the texts, one row a text, in the order given.

    Args:
        model: with a route for each side.
        texts: at least one.
        is_query: which side they are of.
        batch_size: texts of a forward pass; all at once when not given.
    """
    encode = model.encode_query if is_query else model.encode_document
    weights = encode(
        list(texts),
        batch_size=batch_size or len(texts),
        show_progress_bar=False,
        convert_to_tensor=True,
        convert_to_sparse_tensor=False,
    )
    return to_rows(weights)
