from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from include.training.archive import copy_serving_code, copy_wheels, refuse_pickles
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


def test_copy_wheels_brings_the_endpoint_s_packages_and_no_others(tmp_path: Path) -> None:
    for name in ("training/big-1.whl", "inference/small-1.whl", "inference/notes.txt"):
        (tmp_path / "wheels" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "wheels" / name).touch()
    copy_wheels(tmp_path / "wheels", tmp_path / "code")
    assert [path.name for path in (tmp_path / "code" / "wheels").iterdir()] == ["small-1.whl"]


def test_copy_wheels_without_a_channel_does_nothing(tmp_path: Path) -> None:
    copy_wheels(None, tmp_path / "code")
    assert not (tmp_path / "code").exists()


def test_copy_wheels_of_none_for_the_endpoint_says_so(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"no inference/\*\.whl"):
        copy_wheels(tmp_path, tmp_path / "code")
