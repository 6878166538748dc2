"""No code of the package loads a pickle, or runs what is not its own: looked up in its syntax, call by call."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
# What production runs; the AWS stand-in keeps its own memory of S3 as a pickle, on the machine that it runs on.
FILES = sorted(path for ring in ("dags", "plugins", "include") for path in (PROJECT / ring).rglob("*.py"))
PICKLING = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "pandas"}
# `torch.jit.load` reads the TorchScript that the same run has written, where export_formats asks for it.
LOADERS = {"torch.load", "joblib.load", "pandas.read_pickle", "yaml.load", "yaml.unsafe_load", "torch.hub.load"}
RUNNERS = {"eval", "exec"}


def imported(tree: ast.AST) -> set[str]:
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    from_ = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and not node.level}
    return {name.partition(".")[0] for name in names | from_}


def keyword(call: ast.Call, name: str) -> str | None:
    return next((ast.unparse(each.value) for each in call.keywords if each.arg == name), None)


def faults(tree: ast.AST) -> list[str]:
    found = [f"imports {name}" for name in imported(tree) & PICKLING]
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        called = ast.unparse(call.func)
        if called in LOADERS | RUNNERS:
            found.append(f"line {call.lineno} calls {called}")
        if keyword(call, "allow_pickle") not in (None, "False"):
            found.append(f"line {call.lineno} allows pickles")
        if keyword(call, "trust_remote_code") == "True":
            found.append(f"line {call.lineno} trusts remote code, whoever asks")
        if called.endswith(".from_pretrained") and keyword(call, "trust_remote_code") is None:
            found.append(f"line {call.lineno} does not say whether it trusts remote code")
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PROJECT)))
def test_code_loads_no_pickle_and_runs_nothing_foreign(path: Path) -> None:
    assert faults(ast.parse(path.read_text("utf-8"))) == []


@pytest.mark.parametrize(
    "code",
    [
        "import pickle",
        "from joblib import load",
        "torch.load('x', weights_only=True)",
        "np.load('x', allow_pickle=True)",
        "exec(text)",
        "SentenceTransformer('x', trust_remote_code=True)",
        "AutoModel.from_pretrained('x')",
    ],
)
def test_the_search_finds(code: str) -> None:
    assert faults(ast.parse(code)) != []
