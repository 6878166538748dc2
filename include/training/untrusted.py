"""What in a model's folder would run code when it is loaded: pickles, and modules of its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .archive import PICKLES
from .errors import TrainingError

if TYPE_CHECKING:
    from pathlib import Path

CONVERT = (
    "Convert them where you trust them, SentenceTransformer(folder).save_pretrained(other) with a current "
    "sentence-transformers, and give that folder on S3."
)
LIBRARY = "sentence_transformers."
# Of the sparse models that are tuned here; it is the class of this package that is run, wherever it was saved.
OURS = ".LexicalWeights"


def check_weights(parameter: str, folder: Path) -> list[Path]:
    """The weights at the root of a model's folder.

    Args:
        parameter: that names the model, for messages.
        folder: of the model.

    Raises:
        TrainingError: there are none but pickled ones, at the root or in the folder of one of its modules.
    """
    weights = sorted(folder.glob("*.safetensors"))
    if pickled := [name for place in _places(folder) for name in _only_pickled(place, folder)]:
        raise TrainingError(
            f"The model of {parameter} in {folder} has no *.safetensors beside {', '.join(pickled)}; pickled weights "
            f"are never loaded. {CONVERT}"
        )
    if not weights or not (folder / "config.json").is_file():
        raise TrainingError(
            f"The model of {parameter} in {folder} has no config.json or no *.safetensors. Valid: a model saved with "
            "safetensors; pickled weights are never loaded. Save it with a current sentence-transformers."
        )
    return weights


def check_modules(parameter: str, folder: Path) -> None:
    """Nothing, if the model is made of the library's modules alone.

    Raises:
        TrainingError: names those that would be imported from elsewhere.
    """
    named = [*_types(folder / "modules.json", _of_modules), *_types(folder / "router_config.json", _of_routes)]
    if foreign := sorted({name for name in named if not name.startswith(LIBRARY) and not name.endswith(OURS)}):
        raise TrainingError(f"The model of {parameter} is made of {', '.join(map(ascii, foreign))}: {wants_code()}")


def wants_code() -> str:
    """The end of the sentence about a model that brings code of its own."""
    return (
        "code of its own repository, which is not run unless trust_remote_code is true. Read that code and set it, or "
        "choose another base model."
    )


def _places(folder: Path) -> list[Path]:
    """The folders that are loaded: the root, and those of its modules."""
    modules = folder / "modules.json"
    named = json.loads(modules.read_text(encoding="utf-8")) if modules.is_file() else []
    return [folder, *(place for module in named if (place := folder / module["path"]) != folder and place.is_dir())]


def _only_pickled(place: Path, folder: Path) -> list[str]:
    if any(place.glob("*.safetensors")):
        return []
    return [path.relative_to(folder).as_posix() for path in sorted(place.iterdir()) if path.suffix in PICKLES]


def _types(path: Path, names: Any) -> list[str]:
    return [str(name) for name in names(json.loads(path.read_text(encoding="utf-8")))] if path.is_file() else []


def _of_modules(content: list[dict[str, Any]]) -> list[str]:
    return [module["type"] for module in content]


def _of_routes(content: dict[str, Any]) -> list[str]:
    return list(content["types"].values())
