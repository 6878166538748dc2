"""Training and serving without a network, and base models that bring code of their own."""

from __future__ import annotations

import json
import shutil
import socket
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from include.inference import embeddings

from .conftest import TOPICS, run_here
from .tiny_model import write_tiny_model

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .conftest import Job

SMALL = ("--epochs", "1", "--batch_size", "4", "--max_sequence_length", "32")
CODE = """
from transformers import BertConfig, BertModel


class ForeignConfig(BertConfig):
    model_type = "foreign"


class ForeignModel(BertModel):
    config_class = ForeignConfig
"""
SOCKETS = ("connect", "connect_ex", "sendto")


@pytest.fixture
def attempts(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """No way out, and a list of who tried: an error alone might be caught, and the attempt go unseen."""
    tried: list[Any] = []

    def refuse(*arguments: Any, **_: Any) -> None:
        tried.append(arguments)
        raise OSError(101, "Network is unreachable")

    for name in SOCKETS:
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return tried


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("tiny"), [f"{name} {text}" for name, text in TOPICS.items()])


@pytest.fixture(scope="module")
def foreign(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model, as a class that only the code beside it knows."""
    folder = tmp_path_factory.mktemp("foreign") / "model"
    shutil.copytree(tiny, folder)
    (folder / "foreign.py").write_text(CODE, encoding="utf-8")
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    names = {"AutoConfig": "foreign.ForeignConfig", "AutoModel": "foreign.ForeignModel"}
    changed = {**config, "model_type": "foreign", "architectures": ["ForeignModel"], "auto_map": names}
    (folder / "config.json").write_text(json.dumps(changed), encoding="utf-8")
    return folder


def vectors_of(job: Job) -> np.ndarray:
    request = embeddings.input_fn(json.dumps({"inputs": job.golden()["texts"]}))
    return embeddings.predict_fn(request, embeddings.model_fn(str(job.model)))


def test_job_and_handler_reach_for_no_network(channels: Path, tiny: Path, tmp_path: Path, attempts: list[Any]) -> None:
    done = run_here(channels, tmp_path, *SMALL, SM_CHANNEL_BASE_MODEL=str(tiny))

    assert (done.status, done.errors) == (0, "")
    assert np.sum(vectors_of(done) * np.array(done.golden()["embeddings"]), axis=1).min() > 0.999
    assert attempts == []


def test_job_with_wheels_ships_those_of_the_endpoint(channels: Path, tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "wheels" / "inference").mkdir(parents=True)
    (tmp_path / "wheels" / "inference" / "small-1-py3-none-any.whl").write_bytes(b"PK")
    variables = {"SM_CHANNEL_BASE_MODEL": str(tiny), "SM_CHANNEL_WHEELS": str(tmp_path / "wheels")}

    done = run_here(channels, tmp_path, *SMALL, "--max_pairs", "8", **variables)

    assert (done.model / "code" / "wheels" / "small-1-py3-none-any.whl").is_file()


def test_base_model_with_code_of_its_own_is_refused_and_the_code_not_run(
    channels: Path, foreign: Path, tmp_path: Path
) -> None:
    (foreign / "foreign.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n{CODE}", encoding="utf-8")

    done = run_here(channels, tmp_path, *SMALL, SM_CHANNEL_BASE_MODEL=str(foreign))

    assert done.status == 1
    assert "needs code of its own repository, which is not run unless trust_remote_code is true" in done.errors
    assert done.errors.count("\n") == 1
    assert not (tmp_path / "ran").exists()


def test_base_model_with_code_of_its_own_is_trained_and_served_if_trusted(
    channels: Path, foreign: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, attempts: list[Any]
) -> None:
    (foreign / "foreign.py").write_text(CODE, encoding="utf-8")
    arguments = (*SMALL, "--trust_remote_code", "true")

    done = run_here(channels, tmp_path, *arguments, SM_CHANNEL_BASE_MODEL=str(foreign))

    assert (done.status, done.errors) == (0, "")
    assert (done.model / "foreign.py").is_file()
    with pytest.raises(ValueError, match="trust_remote_code"):
        embeddings.model_fn(str(done.model))
    monkeypatch.setattr(embeddings, "TRUST_REMOTE_CODE", True)
    assert np.sum(vectors_of(done) * np.array(done.golden()["embeddings"]), axis=1).min() > 0.999
    assert attempts == []
