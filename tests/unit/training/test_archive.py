from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from include.training.archive import copy_serving_code, refuse_pickles
from include.training.errors import TrainingError

if TYPE_CHECKING:
    from pathlib import Path


def test_refuse_pickles_names_each_file(tmp_path: Path) -> None:
    (tmp_path / "1_Dense").mkdir()
    for name in ("1_Dense/pytorch_model.bin", "optimizer.pt", "model.safetensors"):
        (tmp_path / name).touch()
    with pytest.raises(TrainingError, match=r"pickled files: 1_Dense/pytorch_model.bin, optimizer.pt\."):
        refuse_pickles(tmp_path)


def test_refuse_pickles_allows_exactly_the_file_that_was_asked_for(tmp_path: Path) -> None:
    (tmp_path / "highlighter.ts").touch()
    refuse_pickles(tmp_path, {"highlighter.ts"})
    (tmp_path / "other.ts").touch()
    with pytest.raises(TrainingError, match=r"pickled files: other.ts\."):
        refuse_pickles(tmp_path, {"highlighter.ts"})
    with pytest.raises(TrainingError, match=r"pickled files: highlighter.ts, other.ts\."):
        refuse_pickles(tmp_path)


def test_copy_serving_code_carries_the_entry_point_and_what_it_imports(tmp_path: Path) -> None:
    copy_serving_code(tmp_path / "code", "from serving.embeddings import model_fn\n")
    assert (tmp_path / "code" / "inference.py").read_text(
        encoding="utf-8"
    ) == "from serving.embeddings import model_fn\n"
    assert (tmp_path / "code" / "serving" / "highlighting" / "windows.py").is_file()
    assert (tmp_path / "code" / "requirements.txt").is_file()
    assert not list(tmp_path.rglob("__pycache__"))
