"""What every model.tar.gz has beside the model: the code that serves it, and no pickles."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Collection

REQUIREMENTS = "requirements.txt"
# A TorchScript archive holds code and pickled structure as well: `.ts` is refused with them unless it was asked for.
PICKLES = frozenset({".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".ts"})


def refuse_pickles(folder: Path, allowed: Collection[str] = ()) -> None:
    """Refuses a model folder that holds a file which runs code when it is loaded.

    Args:
        folder: root of the archive.
        allowed: files that may be there all the same, by their path below the root.

    Raises:
        TrainingError: names the files.
    """
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.suffix in PICKLES)
    if pickles := sorted(set(found) - set(allowed)):
        raise TrainingError(
            f"The tuned model has pickled files: {', '.join(pickles)}. Only safetensors are shipped. "
            "Choose a base model whose modules can be saved as safetensors."
        )


def copy_wheels(wheels: Path | None, code: Path) -> None:
    """Writes the packages of an endpoint without a network beside the requirements that name them.

    Args:
        wheels: folder of the channel wheels; None if pip may fetch them.
        code: folder `code/` of the archive.

    Raises:
        TrainingError: the channel has none for the endpoint.
    """
    if wheels is None:
        return
    found = sorted((wheels / "inference").glob("*.whl"))
    if not found:
        raise TrainingError(
            "The channel wheels has no inference/*.whl, from which the endpoint would install its packages. "
            "docs/security.md has the command that makes them."
        )
    (code / "wheels").mkdir(parents=True, exist_ok=True)
    for path in found:
        shutil.copyfile(path, code / "wheels" / path.name)


def copy_serving_code(code: Path, entry_point: str) -> None:
    """Writes the folder `code/` of the archive.

    Args:
        code: the folder.
        entry_point: text of `inference.py`, which SageMaker's PyTorch container imports.
    """
    source = Path(__file__).resolve().parent.parent / "inference"
    shutil.copytree(source, code / "serving", ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
    if (source / REQUIREMENTS).is_file():  # else the image has it all
        shutil.copyfile(source / REQUIREMENTS, code / REQUIREMENTS)
    (code / "inference.py").write_text(entry_point, encoding="utf-8")
