"""On what, and with what, was it measured?"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

import psutil

from benchmarks.highlighting.floor import PROJECT, PYTHON, container_environment

TRAINED, UNTRAINED = PROJECT / ".local" / "highlighter-squad", PROJECT / ".local" / "untrained-highlighter"


def machine() -> dict[str, Any]:
    """Processor, cores, memory, Python, and the containers' PyTorch with its GPU if there is one."""
    gpu_name = "torch.cuda.is_available() and torch.cuda.get_device_name()"
    script = f"import json, torch; print(json.dumps([torch.__version__, {gpu_name}]))"
    done = subprocess.run([PYTHON, "-c", script], capture_output=True, text=True, check=True)
    torch, gpu = json.loads(done.stdout)
    return {
        "cpu": _cpu(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "python": platform.python_version(),
        "torch": torch,
        "gpu": gpu or None,
    }


def model_folder(given: Path | None) -> Path:
    """The given model, the one that the quality benchmark trained, or an untrained one that is made now."""
    folder = given or (TRAINED if TRAINED.is_dir() else UNTRAINED)
    if not (folder / "model.safetensors").is_file():
        if given:
            raise SystemExit(
                f"--model is {given}, and that folder has no model.safetensors. Give a highlighter's folder."
            )
        command = [str(PYTHON), "-m", "benchmarks.highlighting.untrained", str(folder)]
        subprocess.run(command, cwd=PROJECT, env=container_environment(), check=True)
    return folder.resolve()


def described(folder: Path) -> dict[str, Any]:
    """Name and digest of the model, and whether it was trained."""
    digest = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()[:12]
    return {"name": folder.name, "digest": digest, "trained": folder != UNTRAINED.resolve()}


def _cpu() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text("utf-8").splitlines() if path.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
