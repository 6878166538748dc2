"""Puts a saved model into the layout that every loader of sentence-transformers models reads.

sentence-transformers 6 writes module paths and configuration keys of its own. Its versions 2 to 6 all read the older
ones, and Text Embeddings Inference reads nothing else: it fails on a `1_Pooling/config.json` without
`pooling_mode_mean_tokens`, on a `sentence_bert_config.json` without `max_seq_length`, and on other types in
`modules.json` (router/src/lib.rs there).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

CLASSIC_TYPES = frozenset({"Transformer", "Pooling", "Dense", "Normalize"})
POOLING_MODES = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}


def write_classic_layout(folder: Path, max_sequence_length: int) -> None:
    """Rewrites the configuration files in `folder` in place; weights and vocabulary stay as they are.

    Args:
        folder: as `SentenceTransformer.save_pretrained` left it.
        max_sequence_length: tokens that the model reads; written where each loader looks for it.
    """
    modules = _read(folder / "modules.json")
    for module in modules:
        kind = module["type"].rpartition(".")[2]
        if module["type"].startswith("sentence_transformers.") and kind in CLASSIC_TYPES:
            module["type"] = f"sentence_transformers.models.{kind}"
        if kind == "Pooling":
            path = folder / module["path"] / "config.json"
            _write(path, _classic_pooling(_read(path)))
    _write(folder / "modules.json", modules)
    _write(folder / "sentence_bert_config.json", {"max_seq_length": max_sequence_length, "do_lower_case": False})
    _set_tokenizer(folder / "tokenizer.json", max_sequence_length)


def _classic_pooling(config: dict[str, Any]) -> dict[str, Any]:
    given = config["pooling_mode"]
    modes = {given} if isinstance(given, str) else set(given)
    return {
        "word_embedding_dimension": config["embedding_dimension"],
        **{key: mode in modes for key, mode in POOLING_MODES.items()},
        "include_prompt": config["include_prompt"],
    }


def _set_tokenizer(path: Path, max_sequence_length: int) -> None:
    if not path.is_file():
        return
    tokenizer = _read(path)
    # The base model's own settings would pad every text, or cut it earlier, in loaders that take them as they stand.
    tokenizer["padding"] = None
    if tokenizer.get("truncation"):
        tokenizer["truncation"]["max_length"] = max_sequence_length
    path.write_text(json.dumps(tokenizer, ensure_ascii=False), encoding="utf-8")


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
