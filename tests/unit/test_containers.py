"""The archive that SageMaker unpacks: the same code gives the same bytes, and it runs on its own."""

from __future__ import annotations

import ast
import io
import subprocess
import sys
import tarfile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest

from include.containers import package_source
from include.training.unpack import unpack

if TYPE_CHECKING:
    from pathlib import Path

    from include.requests.isolation import Packages

# What the requirements of the two containers bring, and what these need.
PROVIDED = {
    "scipy",
    "accelerate",
    "datasets",
    "huggingface_hub",
    "numpy",
    "onnxruntime",
    "peft",
    "safetensors",
    "sagemaker_inference",
    "sentence_transformers",
    "sentencex",
    "tokenizers",
    "torch",
    "transformers",
}


@pytest.fixture(scope="module")
def archive() -> tarfile.TarFile:
    return tarfile.open(fileobj=io.BytesIO(package_source()), mode="r:gz")


def test_package_source_twice_gives_the_same_bytes() -> None:
    assert package_source() == package_source()


def test_package_source_holds_the_code_and_nothing_else(archive: tarfile.TarFile) -> None:
    names = archive.getnames()

    assert {
        "train.py",
        "requirements.txt",
        "search_model/training/main.py",
        "search_model/inference/__init__.py",
    } <= set(names)
    assert len(names) == len(set(names))
    for name in names:
        assert name.endswith((".py", ".txt", "py.typed")), name
        assert ".." not in name
        assert not name.startswith(("/", ".", "include"))


def test_package_source_entries_say_nothing_of_this_machine(archive: tarfile.TarFile) -> None:
    for member in archive.getmembers():
        assert (member.mtime, member.uid, member.uname) == (0, 0, "")
        assert member.isfile()


def imports(archive: tarfile.TarFile) -> set[tuple[str, str, int]]:
    """File, imported module and level of every import in the archive."""
    found = set()
    for member in archive.getmembers():
        if not member.name.endswith(".py"):
            continue
        content = archive.extractfile(member)
        assert content
        for node in ast.walk(ast.parse(content.read())):
            if isinstance(node, ast.Import):
                found |= {(member.name, alias.name, 0) for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add((member.name, node.module or "", node.level))
    return found


def test_package_source_imports_nothing_of_this_repository(archive: tarfile.TarFile) -> None:
    for name, module, level in imports(archive):
        top = module.partition(".")[0]
        own = name == "train.py" and top == "search_model" if level == 0 else is_beside(name, module, level)
        assert own or top in PROVIDED | set(sys.stdlib_module_names), f"{name} imports {'.' * level}{module}"


def is_beside(name: str, module: str, level: int) -> bool:
    """Whether a relative import stays in the package; serving code, which is shipped alone, in its own folder."""
    folder = PurePosixPath(name).parents[level - 1]
    target = str(folder / module.replace(".", "/"))
    return target.startswith("search_model/inference" if "/inference/" in name else "search_model/")


def test_package_source_metrics_are_read_without_torch(tmp_path: Path) -> None:
    """Unpacked elsewhere, as in the container; what needs no torch is imported without it."""
    unpack(io.BytesIO(package_source()), tmp_path)
    imported = "search_model.training.metrics, search_model.training.parameters"
    script = f"import {imported}; sys.exit('torch' in sys.modules)"

    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, '.'); {script}"], cwd=tmp_path, check=False
    )

    assert done.returncode == 0


def files_of(packages: Packages) -> dict[str, str]:
    with tarfile.open(fileobj=io.BytesIO(package_source(packages)), mode="r:gz") as archive:
        texts = {name: archive.extractfile(name) for name in archive.getnames() if name.endswith("requirements.txt")}
        return {name: text.read().decode() for name, text in texts.items() if text}


def test_package_source_with_wheels_installs_from_nowhere_else() -> None:
    files = files_of("wheels")

    assert files.keys() == {"requirements.txt", "search_model/inference/requirements.txt"}
    head = "--no-index\n--find-links /opt/ml/input/data/wheels/training\nsentence-transformers"
    assert files["requirements.txt"].startswith(head)
    assert files["search_model/inference/requirements.txt"].startswith("--no-index\n--find-links wheels\n")


def test_package_source_for_an_image_that_has_all_names_no_packages() -> None:
    assert files_of("image") == {}


def test_package_source_for_an_index_names_packages_alone() -> None:
    assert all("--" not in text for text in files_of("index").values())
    assert len(files_of("index")) == 2
