"""training.json: what the job did, for the worker's manifest and report."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import json
import platform
import resource
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .parameters import Parameters

LIBRARIES = ("sentence-transformers", "transformers", "torch", "datasets", "accelerate", "numpy")


def library_versions() -> dict[str, str]:
    """Versions of Python and of the libraries that decide what a model becomes."""
    return {"python": platform.python_version()} | {name: importlib.metadata.version(name) for name in LIBRARIES}


def write_report(path: Path, parameters: Parameters, facts: Mapping[str, Any]) -> None:
    """Writes the job's facts with its parameters and library versions."""
    path.parent.mkdir(parents=True, exist_ok=True)
    report = {**facts, "parameters": dataclasses.asdict(parameters), "versions": library_versions()}
    path.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def peak_memory_mib() -> int:
    """Most memory that this process has had at once."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
