from __future__ import annotations

import json
import subprocess
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch

from include.inference.highlighting.backends import ONNX, ONNX_INT8, TORCHSCRIPT
from include.inference.highlighting.classifier import load_classifier
from include.inference.highlighting.model import Highlighter
from include.inference.highlighting.requests import Item
from include.inference.highlighting.serving import Serving

from .highlighter_model import some_text, write_model

if TYPE_CHECKING:
    from include.inference.highlighting.answers import Highlight

NAMES = ["input_ids", "attention_mask", "token_type_ids"]
ITEMS = [Item("where is the river", some_text(seed, seed % 9 + 1)) for seed in range(40)]
LIMIT_MIB = 400


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of two layers with every file that a folder may have."""
    folder = write_model(tmp_path_factory.mktemp("highlighter"), layers=2)
    model = load_classifier(folder)
    ids = torch.ones((2, 9), dtype=torch.int64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.trace(model, (ids, ids, ids), check_trace=False).save(str(folder / TORCHSCRIPT))
        axes = {name: {0: "batch", 1: "tokens"} for name in [*NAMES, "logits"]}
        torch.onnx.export(
            *(model, (ids, ids, ids), str(folder / ONNX)),
            **{"input_names": NAMES, "output_names": ["logits"], "dynamic_axes": axes, "dynamo": False},
        )
        from onnxruntime.quantization import quantize_dynamic

        quantize_dynamic(folder / ONNX, folder / ONNX_INT8)
    return folder


def highlights(folder: Path, serving: Serving) -> tuple[list[list[Highlight]], list[list[Highlight]]]:
    model = Highlighter(folder, serving)
    try:
        return model.highlight(ITEMS), [model.highlight([item])[0] for item in ITEMS]
    finally:
        model.close()


@pytest.fixture(scope="module")
def expected(folder: Path) -> list[list[Highlight]]:
    return highlights(folder, Serving(precision="fp32"))[0]


@pytest.mark.parametrize("backend", ["torchscript", "onnx", "onnx-int8"])
def test_backend_batch_and_single_spans_are_identical(folder: Path, backend: str) -> None:
    together, alone = highlights(folder, Serving(backend=backend))
    assert together == alone


@pytest.mark.parametrize("backend", ["torchscript", "onnx"])
def test_backend_of_the_same_precision_highlights_the_same(
    folder: Path, backend: str, expected: list[list[Highlight]]
) -> None:
    assert highlights(folder, Serving(backend=backend))[0] == expected


@pytest.mark.parametrize(
    "serving",
    [
        pytest.param(Serving(precision="bf16"), id="bf16"),
        pytest.param(Serving(precision="int8"), id="int8"),
        pytest.param(Serving(backend="onnx-int8"), id="onnx-int8"),
    ],
)
def test_backend_of_fewer_bits_highlights_nearly_the_same(
    folder: Path, serving: Serving, expected: list[list[Highlight]]
) -> None:
    found = highlights(folder, serving)[0]
    shared = sum(len(set(one) & set(other)) for one, other in zip(found, expected, strict=True))
    assert shared >= 0.85 * max(sum(map(len, found)), sum(map(len, expected)))


@pytest.mark.parametrize("batch_tokens", [64, 4_096])
def test_backend_batch_tokens_change_memory_not_the_result(
    folder: Path, batch_tokens: int, expected: list[list[Highlight]]
) -> None:
    assert highlights(folder, Serving(precision="fp32", batch_tokens=batch_tokens))[0] == expected


def test_memory_of_the_largest_request_stays_under_the_documented_bound(tmp_path: Path) -> None:
    """How far the peak grows over a loaded, warm model, for 2,000,000 characters in 400 items, in its own process."""
    folder = write_model(tmp_path, layers=1)  # a pass frees a layer's memory before the next layer's
    script = (
        "import json, resource\n"
        "from include.inference import highlighter as h\n"
        f"model = h.model_fn({str(folder)!r})\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "item = {'question': 'what?', 'context': 'A ship! It is... ' * 293}\n"
        "body = json.dumps({'inputs': [item] * 400})\n"
        "answer = h.output_fn(h.predict_fn(h.input_fn(body), model))[0]\n"
        "after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "print(json.dumps([len(body), len(json.loads(answer)['highlights']), (after - before) / 1024]))\n"
        "model.close()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    size, items, growth_mib = json.loads(done.stdout)
    assert (size > 1_980_000, items) == (True, 400)
    assert growth_mib < LIMIT_MIB
