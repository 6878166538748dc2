"""The folders that a training container finds under /opt/ml."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


class Folders:
    """The same tree under another root, made empty.

    https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.code = root / "code"
        self.model = root / "model"
        self.input = root / "input"
        self.config = self.input / "config"
        self.output = root / "output"
        self.output_data = self.output / "data"
        self.intermediate = self.output / "intermediate"
        self.failure = self.output / "failure"
        self.checkpoints = root / "checkpoints"
        shutil.rmtree(root, ignore_errors=True)
        for folder in (self.code, self.model, self.config, self.output_data, self.intermediate):
            folder.mkdir(parents=True)

    def channel(self, name: str) -> Path:
        """Where the files of a channel are."""
        return self.input / "data" / name

    def write_config(self, name: str, content: Any) -> None:
        """One of the files of /opt/ml/input/config."""
        (self.config / f"{name}.json").write_text(json.dumps(content))
