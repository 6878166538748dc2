"""The digest of the code that does a stage: of some modules and all of the package that they import."""

from __future__ import annotations

import ast
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PACKAGE = "include"


@lru_cache
def code_digest(*modules: str) -> str:
    """SHA-256 over the modules and what they import of this package, read and not run; types do not count."""
    files = sorted(_files_of(modules))
    found = hashlib.sha256()
    for file in files:
        found.update(f"{file.relative_to(ROOT).as_posix()}\0".encode() + file.read_bytes() + b"\0")
    return found.hexdigest()


def _files_of(modules: tuple[str, ...]) -> set[Path]:
    found: set[Path] = set()
    waiting = [file for file in map(_file, modules) if file]
    while waiting:
        file = waiting.pop()
        if file not in found:
            found.add(file)
            imported = _imports(ast.parse(file.read_bytes()).body)
            waiting += [other for name in imported if (other := _file(name))]
    return found


def _file(module: str) -> Path | None:
    """The source of a module of this package; None for a name that is no module."""
    if module.partition(".")[0] != PACKAGE:
        return None
    path = ROOT.joinpath(*module.split("."))
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)


def _imports(body: list[ast.stmt]) -> Iterator[str]:
    """Names that may be modules: of `from a import b`, b may be one of a's or something that stands in it."""
    for statement in body:
        if isinstance(statement, ast.If) and isinstance(statement.test, ast.Name):
            if statement.test.id != "TYPE_CHECKING":
                yield from _imports(statement.body)
            continue
        for node in ast.walk(statement):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
