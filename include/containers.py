"""The code that runs in the containers, as the archive that SageMaker's script mode unpacks."""

from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

from include.requests.isolation import WHEELS_CHANNEL
from include.requests.training import ENTRY_POINT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from include.requests.isolation import Packages

REQUIREMENTS = "requirements.txt"
# Relative paths are those of the file's folder: pip looks there first.
WHEELS = {"training": f"{WHEELS_CHANNEL}/training", "inference": "wheels"}
HANDLER = "from serving.{} import input_fn, model_fn, output_fn, predict_fn\n"
HANDLERS = {"dense": "embeddings", "sparse": "sparse", "highlighter": "highlighter"}
LAUNCHER = (
    '"""Starts the training; SageMaker runs this file."""\n\nfrom search_model.training.main import main\n\nmain()\n'
)


def package_source(packages: Packages = "index") -> bytes:
    """`sourcedir.tar.gz`: `train.py`, and training and inference in one package; the same code, the same bytes.

    Args:
        packages: where the containers have their packages from; an `image` that has all is sent no requirements.
    """
    here = Path(__file__).parent
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as packed, tarfile.open(fileobj=packed, mode="w") as archive:
        _add(archive, ENTRY_POINT, LAUNCHER.encode())
        if packages != "image":
            _add(archive, REQUIREMENTS, _requirements("training", packages))
        _add(archive, "search_model/__init__.py", b"")
        for folder in (here / "training", here / "inference"):
            for path in _files(folder):
                if path.name != REQUIREMENTS:
                    _add(archive, f"search_model/{path.relative_to(here).as_posix()}", path.read_bytes())
        if packages != "image":
            _add(archive, f"search_model/inference/{REQUIREMENTS}", _requirements("inference", packages))
    return buffer.getvalue()


def _requirements(container: str, packages: Packages) -> bytes:
    content = (Path(__file__).parent / container / REQUIREMENTS).read_bytes()
    return f"--no-index\n--find-links {WHEELS[container]}\n".encode() + content if packages == "wheels" else content


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and "__pycache__" not in path.parts)


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))


def serving_files(model_type: str = "dense") -> dict[str, bytes]:
    """The files below `code/` of a model archive that is served without having been trained here, by name."""
    here = Path(__file__).parent
    files = {f"code/serving/{p.relative_to(here / 'inference').as_posix()}": p for p in _files(here / "inference")}
    return {
        **{name: path.read_bytes() for name, path in files.items()},
        "code/inference.py": HANDLER.format(HANDLERS[model_type]).encode(),
        "code/requirements.txt": (here / "inference" / "requirements.txt").read_bytes(),
    }
