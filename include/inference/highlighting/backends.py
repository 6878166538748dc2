"""What computes the logits: PyTorch, TorchScript or ONNX Runtime."""

from __future__ import annotations

import threading
import warnings
from typing import TYPE_CHECKING, Protocol

import numpy as np
import onnxruntime
import torch
from torch import nn

from ..hardware import cores, native_precision
from .classifier import load_classifier
from .int8 import quantise
from .packing import PACKABLE, pack, packed_logits
from .scores import pad

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from .classifier import SentenceClassifier
    from .serving import Serving
    from .windows import Window

TORCHSCRIPT, ONNX, ONNX_INT8 = "highlighter.ts", "highlighter.onnx", "highlighter.int8.onnx"
TYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
# Tokens of one forward pass. More leave a CPU's caches and are shared worse among its cores; a GPU wants more.
BATCH_TOKENS = {"cpu": 2_048, "cuda": 65_536}


class Backend(Protocol):
    """Logits of windows; safe to call from several threads.

    Attributes:
        name: for logs and reports.
        device: `cpu` or `cuda`.
        padded: windows are padded to the longest of their pass.
        alone: each window wants a pass of its own, because others would change its logits by more than rounding.
    """

    name: str
    device: str
    padded: bool
    alone: bool

    def run(self, windows: Sequence[Window], threads: int) -> list[np.ndarray]:
        """For each window its logits: float32, shape (its tokens or more,).

        Args:
            windows: of one pass.
            threads: that the pass may keep busy.
        """
        ...


class TorchBackend:
    """The model in PyTorch: packed on a CPU if its encoder can be, else padded.

    Args:
        model: of `load_classifier`.
        precision: `fp32`, `bf16`, `fp16`, or `int8`: weights and inputs of linear layers.
        device: `cpu` or `cuda`.
    """

    alone = False

    def __init__(self, model: SentenceClassifier, precision: str, device: str) -> None:
        self.device = device
        self.padded = device != "cpu" or getattr(model.encoder.config, "model_type", "") not in PACKABLE
        self.name = f"torch {precision} {'padded' if self.padded else 'packed'}"
        dtype = TYPES[native_precision(device) if precision == "int8" else precision]
        model.encoder.to(device=device, dtype=dtype)
        model.classifier.to(device=device)
        if precision == "int8":
            quantise(model.encoder, dtype)
        if not self.padded:
            pack(model)
        self._model = model
        self._threads = _Threads()

    def run(self, windows: Sequence[Window], threads: int) -> list[np.ndarray]:
        """For each window its logits."""
        self._threads.use(threads)
        with torch.inference_mode():
            if self.padded:
                return list(_padded_logits(self._model, windows, self.device))
            return packed_logits(self._model, windows)


class TorchScriptBackend:
    """The model as a TorchScript file."""

    padded, alone = True, False

    def __init__(self, path: Path, device: str) -> None:
        self.name, self.device = "torchscript", device
        with warnings.catch_warnings():
            # Whoever exports to TorchScript has decided; PyTorch says so at every start.
            warnings.filterwarnings("ignore", message=".*torch.jit.load.*deprecated", category=FutureWarning)
            self._model = torch.jit.load(str(path), map_location=device).eval()
        self._threads = _Threads()

    def run(self, windows: Sequence[Window], threads: int) -> list[np.ndarray]:
        """For each window its logits."""
        self._threads.use(threads)
        with torch.inference_mode():
            return list(_padded_logits(self._model, windows, self.device))


class OnnxBackend:
    """The model as an ONNX file.

    Args:
        path: of the file.
        threads: of one pass; ONNX Runtime wants to know them beforehand.
        alone: its quantisation takes one scale for a whole batch.
    """

    padded = True

    def __init__(self, path: Path, threads: int, alone: bool) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        wanted = ("CUDAExecutionProvider", "CPUExecutionProvider")
        providers = [name for name in wanted if name in onnxruntime.get_available_providers()]
        self._session = onnxruntime.InferenceSession(str(path), options, providers=providers)
        self.device = "cuda" if self._session.get_providers()[0].startswith("CUDA") else "cpu"
        self.name, self.alone = f"onnx {path.name}", alone
        self._inputs = {node.name for node in self._session.get_inputs()}

    def run(self, windows: Sequence[Window], threads: int) -> list[np.ndarray]:
        """For each window its logits."""
        batch = {name: value for name, value in _batch(windows).items() if name in self._inputs}
        return list(np.asarray(self._session.run(None, batch)[0], dtype=np.float32))


def load_backend(folder: Path, serving: Serving) -> Backend:
    """The backend that `serving` asks for, with the model of `folder`.

    Raises:
        ValueError: the folder lacks the file of that backend, or the device cannot do that precision.
    """
    device = "cuda" if torch.cuda.is_available() else "cpu"
    if serving.backend == "torchscript":
        return TorchScriptBackend(_file(folder, TORCHSCRIPT, serving.backend), device)
    if serving.backend.startswith("onnx"):
        path = _file(folder, ONNX_INT8 if serving.backend == "onnx-int8" else ONNX, serving.backend)
        return OnnxBackend(path, max(1, cores() // (serving.workers or cores())), alone=path.name == ONNX_INT8)
    precision = native_precision(device) if serving.precision == "auto" else serving.precision
    if precision == "int8" and device != "cpu":
        raise ValueError("SERVING_PRECISION is 'int8' on a GPU. Valid there: auto, fp32, bf16, fp16.")
    return TorchBackend(load_classifier(folder), precision, device)


class _Threads(threading.local):
    """PyTorch's threads, which each thread that calls it has its own of."""

    count = 0

    def use(self, count: int) -> None:
        if count != self.count:
            torch.set_num_threads(count)
            self.count = count


def _padded_logits(model: nn.Module, windows: Sequence[Window], device: str) -> np.ndarray:
    batch = _batch(windows)
    names = ("input_ids", "attention_mask", "token_type_ids")
    tensors = (torch.from_numpy(batch[name]) for name in names)
    if device == "cuda":
        tensors = (tensor.pin_memory().to(device, non_blocking=True) for tensor in tensors)
    logits: np.ndarray = model(*tensors).float().cpu().numpy()
    return logits


def _batch(windows: Sequence[Window]) -> Mapping[str, np.ndarray]:
    # Hidden by the mask, so any id does.
    return pad(windows, padding_id=0)


def _file(folder: Path, name: str, backend: str) -> Path:
    path = folder / name
    if not path.is_file():
        found = ", ".join(sorted(file.name for file in folder.iterdir() if file.is_file())) or "nothing"
        raise ValueError(f"SERVING_BACKEND is {backend!r}, which needs {name}; {folder} has {found}.")
    return path
