from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from include.inference.highlighter import input_fn, model_fn, output_fn, predict_fn
from include.inference.highlighting.model import Highlighter
from include.inference.highlighting.requests import Item
from include.inference.highlighting.serving import Serving

from .highlighter_model import some_text, write_model

if TYPE_CHECKING:
    from collections.abc import Iterator

QUESTION = "where does the river leave the harbour"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("highlighter"))


@pytest.fixture(scope="module")
def model(folder: Path) -> Iterator[Highlighter]:
    model = model_fn(str(folder))
    yield model
    model.close()


def call(model: Highlighter, body: Any) -> dict[str, Any]:
    answer, content_type = output_fn(predict_fn(input_fn(json.dumps(body)), model))
    assert content_type == "application/json"
    return dict(json.loads(answer))


def documents(number: int, most_sentences: int = 4) -> list[dict[str, str]]:
    return [
        {"question": f"{QUESTION} {seed % 3}", "context": some_text(seed, seed % most_sentences + 1)}
        for seed in range(number)
    ]


def bare(highlights: list[dict[str, Any]]) -> list[dict[str, int]]:
    return [{"start": one["start"], "end": one["end"]} for one in highlights]


def test_single_highlights_have_utf16_offsets_text_and_position(model: Highlighter) -> None:
    context = some_text(3, 8)
    java = context.encode("utf-16-le")
    found = call(model, {"question": QUESTION, "context": context})["highlights"]
    assert found
    assert all(java[2 * one["start"] : 2 * one["end"]].decode("utf-16-le") == one["text"] for one in found)
    assert [one["position"] for one in found] == sorted({one["position"] for one in found})


def test_batch_gives_each_item_its_own_highlights_in_order(model: Highlighter) -> None:
    inputs = documents(40, most_sentences=12)
    together = call(model, {"question": "", "context": "", "inputs": inputs})["highlights"]
    assert together == [bare(call(model, item)["highlights"]) for item in inputs]
    assert call(model, {"inputs": json.dumps(inputs)})["highlights"] == together


def test_batch_bad_items_do_not_fail_the_others(model: Highlighter) -> None:
    good = documents(2)
    answer = call(model, {"inputs": [good[0], None, {"question": "q", "context": ""}, {"question": "q"}, good[1]]})
    alone = [bare(call(model, item)["highlights"]) for item in good]
    assert answer["highlights"] == [alone[0], [], [], [], alone[1]]
    assert [error["item"] for error in answer["errors"]] == [1, 3]


@pytest.mark.parametrize("precision", ["bf16", "int8", "fp32"])
def test_batch_and_single_spans_are_identical_whatever_the_precision(folder: Path, precision: str) -> None:
    model = Highlighter(folder, Serving(precision=precision))
    items = [Item(**item) for item in documents(120)]
    together = model.highlight(items)
    assert together == [model.highlight([item])[0] for item in items]
    assert sum(map(len, together)) > 40
    model.close()


def test_batch_and_single_spans_are_identical_even_if_a_pass_moved_the_logits(folder: Path) -> None:
    """Far more than any kernel does: half a hundredth, at random; the tolerance says so."""
    model = Highlighter(folder, Serving())
    items = [Item(**item) for item in documents(80)]
    expected = model.highlight(items)
    run = model.engine._queue._backend.run

    def noisy(windows: Any, threads: int) -> Any:
        alone = len(windows) == 1 and threads == 1
        return [logits + (0 if alone else 0.005 * (-1) ** len(windows)) for logits in run(windows, threads)]

    model.engine._queue._backend.run = noisy  # type: ignore[method-assign]
    model.engine.tolerance = 0.02
    assert model.highlight(items) == expected
    assert [model.highlight([item])[0] for item in items] == expected
    model.close()


def test_many_clients_at_once_get_what_one_gets(model: Highlighter) -> None:
    inputs = documents(60)
    expected = call(model, {"inputs": inputs})["highlights"]
    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(lambda item: bare(call(model, item)["highlights"]), inputs))
    assert answers == expected


def test_text_of_200_000_characters_has_highlights_to_its_end(model: Highlighter) -> None:
    context = some_text(1, 5_000)[:200_000]
    found = call(model, {"question": QUESTION, "context": context})["highlights"]
    assert found[-1]["end"] > 150_000
    assert all(one["end"] <= after["start"] for one, after in itertools.pairwise(found))


def test_torch_files_alone_refuse_the_other_backends_with_what_is_missing(folder: Path) -> None:
    with pytest.raises(ValueError, match=r"highlighter\.onnx"):
        Highlighter(folder, Serving(backend="onnx"))


def test_windows_are_not_longer_than_the_encoder_has_positions(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "model")
    path = tmp_path / "model" / "highlighter.json"
    path.write_text(json.dumps({"max_tokens": 4_096}), encoding="utf-8")
    model = Highlighter(tmp_path / "model", Serving())
    cut = model.windower.cut([(QUESTION, some_text(1, 200))])
    model.close()
    assert max(len(window.input_ids) for window in cut[0].windows) <= 512


def test_handler_stands_alone_without_network_or_this_repository(folder: Path, tmp_path: Path) -> None:
    """As the endpoint loads it: the package on the path, sockets closed, nothing else of ours."""
    source = Path(__file__).parents[2] / "include" / "inference"
    shutil.copytree(source, tmp_path / "serving", ignore=shutil.ignore_patterns("__pycache__"))
    script = (
        "import socket, json\n"
        "def closed(*_, **__): raise OSError('no network in this container')\n"
        "socket.socket.connect = closed; socket.getaddrinfo = closed\n"
        "from serving import highlighter\n"
        f"model = highlighter.model_fn({str(folder)!r})\n"
        "data = highlighter.input_fn(json.dumps({'question': 'a', 'context': 'b'}), 'application/json')\n"
        "print(highlighter.output_fn(highlighter.predict_fn(data, model), 'application/json')[0][:14])\n"
    )
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=False, cwd=tmp_path
    )
    assert (done.stdout, done.stderr) == ('{"highlights":\n', "")
