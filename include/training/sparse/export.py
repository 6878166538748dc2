"""Writes the sparse model's folder: routes for both sides, the encoder at the root, card, and the code that serves it.

The layout is that of OpenSearch's published doc models: `router_config.json` names the parts of each side, and the
encoder lies at the root, where transformers finds it.
"""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

from ...inference.weighting.model import ROUTES, load_sparse_encoder
from ..archive import copy_serving_code, refuse_pickles
from ..errors import TrainingError
from .evaluate import encode_rows

if TYPE_CHECKING:
    from pathlib import Path

    from scipy import sparse
    from sentence_transformers import SparseEncoder

    from .golden import Probes

ENTRY_POINT = "from serving.sparse import input_fn, model_fn, output_fn, predict_fn  # noqa: F401\n"
ENCODER = "_Transformer"
MOST_DIFFERENCE = 1e-3


def export_model(model: SparseEncoder, folder: Path, card: str, probes: Probes) -> None:
    """Writes the folder that becomes model.tar.gz.

    Args:
        model: the tuned model.
        folder: SM_MODEL_DIR.
        card: sections added to sentence-transformers' own model card.
        probes: texts whose weights must be the same once the model has been read back.

    Raises:
        TrainingError: a file of the model is a pickle, or the model read back gives other weights.
    """
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(str(folder), safe_serialization=True)
    move_encoder_to_root(folder)
    with (folder / "README.md").open("a", encoding="utf-8") as readme:
        readme.write(card)
    refuse_pickles(folder)
    _check_read_back(model, folder, probes)
    copy_serving_code(folder / "code", ENTRY_POINT)


def move_encoder_to_root(folder: Path) -> None:
    """Moves the one encoder of the routes to the root, and says so in `router_config.json`."""
    path = folder / ROUTES
    routes = json.loads(path.read_text(encoding="utf-8"))
    (encoder,) = (name for name in routes["types"] if name.endswith(ENCODER))
    for file in sorted((folder / encoder).iterdir()):
        shutil.move(file, folder / file.name)
    (folder / encoder).rmdir()
    moved: dict[str, Any] = {
        **routes,
        "types": {_moved(name, encoder): kind for name, kind in routes["types"].items()},
        "structure": {side: [_moved(name, encoder) for name in names] for side, names in routes["structure"].items()},
    }
    path.write_text(json.dumps(moved, indent=2) + "\n", encoding="utf-8")


def _moved(name: str, encoder: str) -> str:
    return "" if name == encoder else name


def _check_read_back(model: SparseEncoder, folder: Path, probes: Probes) -> None:
    saved = load_sparse_encoder(folder, model.device.type)
    for texts, is_query in ((probes.documents, False), (probes.queries, True)):
        own, read = (encode_rows(each, texts, is_query, "fp32") for each in (model, saved))
        if (apart := _difference(own, read)) > MOST_DIFFERENCE:
            raise TrainingError(
                f"The saved model gives other weights than the tuned one (by up to {apart:.4f}). Choose a base model "
                "of the BERT family."
            )


def _difference(one: sparse.csr_matrix, other: sparse.csr_matrix) -> float:
    return float(abs(one - other).max())
