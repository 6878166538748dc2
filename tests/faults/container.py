"""Stands for the interpreter of SageMaker's containers: gives back what a real training job made of the same input.

The first job is really trained and served; `keep` puts its archives aside. Every later job "trains" by copying them,
and an endpoint answers the vectors of their golden.json: so a run takes seconds, and its content stays real. It is
started as an interpreter is: `container.py RECORDED python-of-the-containers program arguments…`.
"""

from __future__ import annotations

import io
import os
import random
import runpy
import sys
import tarfile
import threading
from pathlib import Path

MODEL, OUTPUT = "model.tar.gz", "output.tar.gz"
WEIGHTS = "model.safetensors"
WEIGHTS_BYTES = 9 * 1024 * 1024
"""In place of the real weights; more than the 8 MiB above which boto3 copies and fetches in parts."""


def main() -> None:
    """Trains, or serves, as the command line says."""
    recorded, python, program, *arguments = sys.argv[1:]
    if not (Path(recorded) / OUTPUT).exists():
        os.execv(python, [python, program, *arguments])  # noqa: S606 - the real thing
    if program.endswith("container_server.py"):
        _serve(program, arguments, recorded)
    else:
        _train(Path(recorded))


def keep(model: bytes, output: bytes, folder: Path) -> None:
    """Put the archives of a real job aside, its weights replaced by as many random bytes as a test needs."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tarfile.open(fileobj=io.BytesIO(model), mode="r:gz") as real,
        tarfile.open(folder / MODEL, "w:gz", compresslevel=1) as kept,
    ):
        for member in real:
            content = real.extractfile(member)
            if member.name.endswith(WEIGHTS):
                member.size = WEIGHTS_BYTES
                content = io.BytesIO(random.Random(0).randbytes(WEIGHTS_BYTES))
            kept.addfile(member, content)
    (folder / OUTPUT).write_bytes(output)


def _train(recorded: Path) -> None:
    slow = recorded / "seconds"
    threading.Event().wait(float(slow.read_text()) if slow.exists() else 0)
    for name, variable in ((MODEL, "SM_MODEL_DIR"), (OUTPUT, "SM_OUTPUT_DATA_DIR")):
        with tarfile.open(recorded / name) as archive:
            archive.extractall(os.environ[variable])  # noqa: S202 - made by ourselves


def _serve(program: str, arguments: list[str], recorded: str) -> None:
    arguments[arguments.index("--code") + 1] = str(Path(__file__).parent)
    arguments[arguments.index("--program") + 1] = "serving.py"
    os.environ["RECORDED"] = recorded
    sys.argv = [program, *arguments]
    runpy.run_path(program, run_name="__main__")


if __name__ == "__main__":
    main()
