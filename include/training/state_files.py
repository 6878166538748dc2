"""The state of a loop as two files without a pickle: its tensors, and JSON of all else with their names in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import load_file, save_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TENSORS, REST = "state.safetensors", "state.json"


def write_state(folder: Path, state: Mapping[str, Any]) -> None:
    """Writes a state of tensors, numbers, strings, None, lists and dictionaries; tuples come back as lists."""
    tensors: dict[str, torch.Tensor] = {}
    rest = _packed(state, tensors)
    save_file(tensors, folder / TENSORS)
    (folder / REST).write_text(json.dumps(rest), encoding="utf-8")


def read_state(folder: Path) -> dict[str, Any]:
    """What `write_state` wrote, on the CPU."""
    rest = json.loads((folder / REST).read_text(encoding="utf-8"))
    return dict(_unpacked(rest, load_file(folder / TENSORS)))


def _packed(value: Any, tensors: dict[str, torch.Tensor]) -> Any:
    if isinstance(value, torch.Tensor):
        name = str(len(tensors))
        tensors[name] = value.detach().contiguous()
        return {"tensor": name}
    if isinstance(value, dict):
        # As a list of pairs: an optimiser's keys are numbers, which JSON would make strings.
        return {"items": [[key, _packed(each, tensors)] for key, each in value.items()]}
    if isinstance(value, list | tuple):
        return [_packed(each, tensors) for each in value]
    return value


def _unpacked(value: Any, tensors: Mapping[str, torch.Tensor]) -> Any:
    match value:
        case {"tensor": name}:
            return tensors[name]
        case {"items": items}:
            return {key: _unpacked(each, tensors) for key, each in items}
        case list():
            return [_unpacked(each, tensors) for each in value]
    return value
