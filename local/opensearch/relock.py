"""`python -m local.opensearch.relock`: resolve the coordinates of parts.py again and rewrite the lock.

Run it after a change of parts.py, read the difference, commit both. It is the only step that trusts the repository:
the checksums that it writes are what every later download is held to.
"""

from __future__ import annotations

import logging
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from jgo.maven import MavenContext

from local.opensearch.artifacts import LOCK, SECURITY_LOCK, Artifact, sha256_of, split, write_lock
from local.opensearch.parts import (
    KNN,
    KNN_EXTRAS,
    KNN_FOLDER,
    LIB,
    MODULES,
    SECURITY,
    SECURITY_EXTRAS,
    SECURITY_FOLDER,
    SERVER,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

log = logging.getLogger(__name__)


def resolve(context: MavenContext) -> set[tuple[str, str]]:
    """Pairs of folder and coordinates for everything in parts.py with its runtime dependencies."""
    lib = _closure(context, SERVER)
    provided = {_project(coordinates) for coordinates in lib}
    placed = {(LIB, coordinates) for coordinates in lib}
    for module in MODULES:
        # A class that a module has a second time stops the server ("jar hell").
        own = {it for it in _closure(context, [module.coordinates]) if _project(it) not in provided}
        placed |= {(module.folder, coordinates) for coordinates in own}
    return placed | {(KNN_FOLDER, coordinates) for coordinates in (KNN, *KNN_EXTRAS)}


def relock() -> list[Artifact]:
    """Resolve, download and hash everything, then write the locks; needs the network, takes about a minute."""
    security = {(SECURITY_FOLDER, it) for it in (SECURITY, *SECURITY_EXTRAS)}
    with tempfile.TemporaryDirectory() as folder:
        context = MavenContext(repo_cache=Path(folder), timeout=60)
        artifacts, secured = _lock(context, resolve(context)), _lock(context, security)
    write_lock(artifacts)
    write_lock(secured, SECURITY_LOCK)
    return [*artifacts, *secured]


def _lock(context: MavenContext, placed: Iterable[tuple[str, str]]) -> list[Artifact]:
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(lambda pair: _hashed(context, *pair), placed))


def _closure(context: MavenContext, coordinates: Iterable[str]) -> set[str]:
    roots = [context.create_dependency(it) for it in coordinates]
    for root in roots:
        # Else jgo lets every root manage the versions of the others, as Maven does not: log4j-core's Jackson 2.15.2
        # came in place of the server's 2.18.2.
        root.raw = True
    inputs, transitive = context.resolver.resolve(roots)
    return {
        f"{it.groupId}:{it.artifactId}:{it.version}"
        for it in inputs + transitive
        if it.scope in (None, "compile", "runtime") and not it.optional
    }


def _project(coordinates: str) -> str:
    return coordinates.rpartition(":")[0]


def _hashed(context: MavenContext, folder: str, coordinates: str) -> Artifact:
    group, name, version, packaging = split(coordinates)
    path = context.project(group, name).at_version(version).artifact(packaging=packaging).resolve()
    return Artifact(folder, coordinates, path.stat().st_size, sha256_of(path))


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    log.info("%d artifacts locked in %s and %s", len(relock()), LOCK, SECURITY_LOCK)
