from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from include.inference.embeddings import input_fn, model_fn, output_fn, predict_fn

if TYPE_CHECKING:
    from include.inference.encoder import Encoder

    from .conftest import Job

TEXTS = [f"{'long text about rivers and mountains ' * (n % 7)}number {n}" for n in range(40)]


@pytest.fixture(scope="module")
def encoder(job: Job) -> Encoder:
    return model_fn(str(job.model))


def embed(encoder: Encoder, inputs: Any) -> list[list[float]]:
    body, content_type = output_fn(predict_fn(input_fn(json.dumps({"inputs": inputs})), encoder))
    assert content_type == "application/json"
    return list(json.loads(body)["embeddings"])


def test_serving_gives_the_golden_vectors_of_the_training_container(encoder: Encoder, job: Job) -> None:
    golden = job.golden()
    found, expected = np.array(embed(encoder, golden["texts"])), np.array(golden["embeddings"])
    assert np.sum(found * expected, axis=1).min() >= 0.999


def test_serving_keeps_the_order_whatever_the_lengths(encoder: Encoder) -> None:
    together = np.array(embed(encoder, TEXTS))
    alone = np.array([embed(encoder, text)[0] for text in TEXTS])
    assert together.shape == (40, 384)
    assert np.sum(together * alone, axis=1).min() > 0.999


def test_serving_vectors_are_of_unit_length(encoder: Encoder) -> None:
    assert np.allclose(np.linalg.norm(embed(encoder, TEXTS), axis=1), 1.0, atol=1e-5)


def test_serving_nothing_gives_nothing(encoder: Encoder) -> None:
    assert embed(encoder, []) == []


def test_serving_takes_a_list_that_is_written_as_a_string(encoder: Encoder) -> None:
    assert embed(encoder, '["a", "b"]') == embed(encoder, ["a", "b"])


def test_serving_text_longer_than_the_model_reads_is_cut_not_refused(encoder: Encoder) -> None:
    long = "one two three four five six seven eight " * 500
    assert np.dot(embed(encoder, long)[0], embed(encoder, long[:400])[0]) > 0.999


def test_serving_eight_threads_at_once_get_what_one_gets(encoder: Encoder) -> None:
    expected = np.array(embed(encoder, TEXTS))
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: embed(encoder, TEXTS), range(16)))
    assert all(np.sum(np.array(answer) * expected, axis=1).min() > 0.999 for answer in answers)


def test_serving_model_code_stands_alone_without_network_or_this_repository(job: Job) -> None:
    """As the endpoint loads it: `code/` on the path, sockets closed, nothing else of ours."""
    script = (
        "import socket, sys, json\n"
        "def closed(*_, **__): raise OSError('no network in this container')\n"
        "socket.socket.connect = closed; socket.getaddrinfo = closed\n"
        f"sys.path.insert(0, {str(job.model / 'code')!r})\n"
        "import inference\n"
        f"model = inference.model_fn({str(job.model)!r})\n"
        "data = inference.input_fn(json.dumps({'inputs': ['a']}), 'application/json')\n"
        "print(inference.output_fn(inference.predict_fn(data, model), 'application/json')[0][:15])\n"
    )
    environment = {"PATH": os.environ["PATH"], "HOME": str(job.output), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=False, cwd=job.output
    )
    assert (done.stdout, done.stderr) == ('{"embeddings":[\n', "")


def test_serving_entry_point_has_the_four_functions(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.syspath_prepend(str(job.model / "code"))
    module = importlib.import_module("inference")
    assert all(callable(getattr(module, name)) for name in ("model_fn", "input_fn", "predict_fn", "output_fn"))
