"""The model for other runtimes, each checked to answer as the model itself does."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from ...inference.highlighting.scores import choose, pad, sentence_probabilities
from ..errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ...inference.highlighting.windows import Document
    from ..parameters import Parameters
    from .base import HighlighterBase

TORCHSCRIPT, ONNX = "highlighter.ts", "highlighter.onnx"
FILES = {"torchscript": TORCHSCRIPT, "onnx": ONNX}
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
MOST_DIFFERENCE = 1e-3
ONNX_OPSET = 18
# A batch of arrays by name into logits of its shape.
Runtime = Callable[[Mapping[str, np.ndarray]], np.ndarray]


def export_formats(
    base: HighlighterBase, folder: Path, probes: Sequence[tuple[str, str]], parameters: Parameters
) -> dict[str, float]:
    """Writes the formats of `parameters.export_formats` below `folder`.

    Each takes int64 `input_ids`, `attention_mask` and `token_type_ids` of shape (batch, tokens), both free, and gives
    `logits`, float32 of that shape. What is written is loaded again and asked the probes, alone and in one batch.

    Returns:
        For each format the largest difference from the model's own logits, which is at most `MOST_DIFFERENCE`.

    Raises:
        TrainingError: a format cannot be written, or answers otherwise.
    """
    model = base.model.to("cpu").eval()
    documents = base.windower.cut(probes)
    found = {}
    for name in parameters.export_formats:
        path = folder / FILES[name]
        try:
            runtime = _WRITERS[name](model, path)
        except (RuntimeError, ValueError, TypeError, torch.onnx.errors.OnnxExporterError) as error:
            reason = str(error).partition("\n")[0][:300]
            raise TrainingError(
                f"The model could not be exported as {name} ({type(error).__name__}: {reason}). Take {name} out of "
                "export_formats, or choose another base model."
            ) from error
        found[name] = _check(name, _runtime(model), runtime, documents, base.ids.padding, parameters)
    return found


def _torchscript(model: torch.nn.Module, path: Path) -> Runtime:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch.jit is deprecated, and tracing warns of every shape it reads
        traced = torch.jit.trace(model, tuple(_example().values()), strict=False, check_trace=False)
        torch.jit.save(torch.jit.freeze(traced), str(path))
        return _runtime(torch.jit.load(str(path)))


def _onnx(model: torch.nn.Module, path: Path) -> Runtime:
    import onnxruntime  # heavy, and only needed for this

    free = {0: torch.export.Dim("batch", min=1), 1: torch.export.Dim("tokens", min=2)}
    level = logging.getLogger("torch.onnx").level
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of deprecated calls inside the exporter
        program = torch.onnx.export(
            model,
            tuple(_example().values()),
            input_names=list(INPUTS),
            output_names=["logits"],
            dynamic_shapes=dict.fromkeys(INPUTS, free),
            opset_version=ONNX_OPSET,
            dynamo=True,
            verbose=False,
        )
    logging.getLogger("torch.onnx").setLevel(level)
    program.save(str(path), external_data=False)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    known = {each.name for each in session.get_inputs()}

    def run(given: Mapping[str, np.ndarray]) -> np.ndarray:
        inputs = {name: array for name, array in given.items() if name in known}
        return np.asarray(session.run(["logits"], inputs)[0])

    return run


_WRITERS: dict[str, Callable[[torch.nn.Module, Path], Runtime]] = {"torchscript": _torchscript, "onnx": _onnx}


def _runtime(model: Any) -> Runtime:
    def run(given: Mapping[str, np.ndarray]) -> np.ndarray:
        with torch.inference_mode():
            return np.asarray(model(*(torch.from_numpy(given[name]) for name in INPUTS)).numpy())

    return run


def _example() -> dict[str, torch.Tensor]:
    """A batch of two rows, the second with padding, so that nothing of the mask is left out as constant."""
    ids = torch.full((2, 16), 1, dtype=torch.int64)
    mask = torch.ones_like(ids)
    mask[1, 12:] = 0
    types = torch.zeros_like(ids)
    types[:, 6:] = 1
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}


def _check(
    name: str, own: Runtime, other: Runtime, documents: Sequence[Document], padding: int, parameters: Parameters
) -> float:
    windows = [window for document in documents for window in document.windows]
    batches = [[window] for window in windows] + [windows]
    apart = 0.0
    for batch in batches:
        given = pad(batch, padding)
        real = given["attention_mask"] == 1
        apart = max(apart, float(np.abs(own(given) - other(given))[real].max()))
    chosen = [_chosen(runtime, documents, padding, parameters) for runtime in (own, other)]
    if not apart <= MOST_DIFFERENCE or chosen[0] != chosen[1]:
        raise TrainingError(
            f"The model exported as {name} answers otherwise than the model itself: logits differ by up to {apart:.4g} "
            f"(valid: {MOST_DIFFERENCE:g}) on {len(documents)} probes. Take {name} out of export_formats."
        )
    return apart


def _chosen(runtime: Runtime, documents: Sequence[Document], padding: int, parameters: Parameters) -> list[list[int]]:
    probabilities = [
        sentence_probabilities(each, [runtime(pad([window], padding))[0] for window in each.windows])
        for each in documents
    ]
    return [choose(each, parameters.threshold, parameters.fallback_threshold) for each in probabilities]
