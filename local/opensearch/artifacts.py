"""The lock: every file that the server is made of, with its checksum and its place."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LOCK = Path(__file__).with_name("artifacts.lock.toml")
SECURITY_LOCK = Path(__file__).with_name("security.lock.toml")


def split(coordinates: str) -> tuple[str, str, str, str]:
    """Group, artifact, version and packaging (`jar` unless it is named)."""
    group, name, version, *packaging = coordinates.split(":")
    return group, name, version, packaging[0] if packaging else "jar"


@dataclass(frozen=True, order=True)
class Artifact:
    """One file: Maven coordinates, where it goes below the server's home, size and SHA-256.

    Attributes:
        folder: relative to the home; a zip is unpacked into it.
        coordinates: `group:artifact:version` or, for anything but a jar, `group:artifact:version:packaging`.
        size: in bytes.
        sha256: in hexadecimal.
    """

    folder: str
    coordinates: str
    size: int
    sha256: str

    @property
    def packaging(self) -> str:
        """`jar` or `zip`."""
        return split(self.coordinates)[3]

    @property
    def filename(self) -> str:
        """Its name in the cache and in the home."""
        _, name, version, packaging = split(self.coordinates)
        return f"{name}-{version}.{packaging}"

    @property
    def path(self) -> Path:
        """Its place below the cache, as a Maven repository lays it out."""
        group, name, version, _ = split(self.coordinates)
        return Path(*group.split("."), name, version, self.filename)


@cache
def locked_artifacts(lock: Path = LOCK) -> tuple[Artifact, ...]:
    """Every artifact of a committed lock."""
    return tuple(Artifact(**entry) for entry in tomllib.loads(lock.read_text("utf-8"))["artifact"])


def lock_digest() -> str:
    """Changes when the lock changes: says whether an assembled home is still the right one."""
    return hashlib.sha256(LOCK.read_bytes()).hexdigest()


def write_lock(artifacts: list[Artifact], lock: Path = LOCK) -> None:
    """Replace a committed lock."""
    lines = ["# Written by `python -m local.opensearch.relock`: what to change is parts.py.\n"]
    for artifact in sorted(artifacts):
        lines.append("\n[[artifact]]\n")
        lines += [f'{key} = "{getattr(artifact, key)}"\n' for key in ("coordinates", "folder", "sha256")]
        lines.append(f"size = {artifact.size}\n")
    lock.write_text("".join(lines), "utf-8")


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
