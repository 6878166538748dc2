from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from include.training.layout import write_classic_layout

if TYPE_CHECKING:
    from pathlib import Path


def write(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A folder as sentence-transformers 6.2 saves it."""
    types = [
        "sentence_transformers.base.modules.transformer.Transformer",
        "sentence_transformers.sentence_transformer.modules.pooling.Pooling",
        "sentence_transformers.base.modules.normalize.Normalize",
    ]
    paths = ["", "1_Pooling", "2_Normalize"]
    modules = [
        {"idx": n, "name": str(n), "path": path, "type": kind}
        for n, (path, kind) in enumerate(zip(paths, types, strict=True))
    ]
    write(tmp_path / "modules.json", modules)
    pooling = {"embedding_dimension": 384, "pooling_mode": "mean", "include_prompt": True}
    write(tmp_path / "1_Pooling" / "config.json", pooling)
    write(tmp_path / "sentence_bert_config.json", {"transformer_task": "feature-extraction"})
    write(tmp_path / "tokenizer.json", {"truncation": {"max_length": 128}, "padding": {"strategy": {"Fixed": 128}}})
    return tmp_path


def test_layout_module_types_are_those_that_all_loaders_know(saved: Path) -> None:
    write_classic_layout(saved, 64)
    kinds = [module["type"].removeprefix("sentence_transformers.models.") for module in read(saved / "modules.json")]
    assert kinds == ["Transformer", "Pooling", "Normalize"]


@pytest.mark.parametrize(
    ("mode", "key"),
    [
        pytest.param("mean", "pooling_mode_mean_tokens", id="mean"),
        pytest.param("cls", "pooling_mode_cls_token", id="cls"),
        pytest.param("lasttoken", "pooling_mode_lasttoken", id="last_token"),
    ],
)
def test_layout_pooling_has_the_flags_that_tei_needs(saved: Path, mode: str, key: str) -> None:
    path = saved / "1_Pooling" / "config.json"
    write(path, {"embedding_dimension": 8, "pooling_mode": mode, "include_prompt": True})
    write_classic_layout(saved, 64)
    pooling = read(path)
    flags = {name for name, value in pooling.items() if name.startswith("pooling_mode") and value}
    assert (flags, pooling["word_embedding_dimension"]) == ({key}, 8)
    assert {"pooling_mode_cls_token", "pooling_mode_mean_tokens", "pooling_mode_max_tokens"} <= pooling.keys()


def test_layout_sequence_length_is_where_each_loader_looks(saved: Path) -> None:
    write_classic_layout(saved, 64)
    assert read(saved / "sentence_bert_config.json")["max_seq_length"] == 64
    tokenizer = read(saved / "tokenizer.json")
    assert (tokenizer["truncation"]["max_length"], tokenizer["padding"]) == (64, None)


def test_layout_module_of_another_package_is_left_alone(saved: Path) -> None:
    modules = [*read(saved / "modules.json"), {"idx": 3, "name": "3", "path": "3_Own", "type": "own.Own"}]
    write(saved / "modules.json", modules)
    write_classic_layout(saved, 64)
    assert read(saved / "modules.json")[3]["type"] == "own.Own"
