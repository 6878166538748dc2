"""Bring the locked artifacts into the cache: in parallel, each held to its checksum, each downloaded once."""

from __future__ import annotations

import logging
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import TYPE_CHECKING

from local import LocalError
from local.opensearch.artifacts import LOCK, Artifact, sha256_of, split

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jgo.maven import MavenContext

log = logging.getLogger(__name__)

PARALLEL = 8
ATTEMPTS = 3
MIRROR = "LOCAL_MAVEN_REPOSITORY"


def missing(artifacts: Sequence[Artifact], cache: Path) -> list[Artifact]:
    """Those that the cache lacks or holds damaged."""
    return [it for it in artifacts if not _is_intact(cache / it.path, it)]


def download(
    artifacts: Sequence[Artifact],
    cache: Path,
    report: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Put artifacts into the cache, which never holds a file whose checksum was not right.

    Args:
        artifacts: what `missing` returned.
        cache: laid out as a Maven repository.
        report: told bytes done and bytes in all after every file.

    Raises:
        LocalError: the repository cannot be reached, lacks a file, or serves another one than the lock knows.
    """
    done, total = 0, sum(it.size for it in artifacts)
    cache.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix=".download-", dir=cache) as scratch,
        ThreadPoolExecutor(PARALLEL) as pool,
    ):
        context = _maven(Path(scratch))
        pending = {pool.submit(_fetch, context, it, cache): it for it in artifacts}
        try:
            for future in as_completed(pending):
                future.result()
                done += pending[future].size
                report(done, total)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _maven(scratch: Path) -> MavenContext:
    from jgo.maven import MavenContext  # takes 0.3 s, and most starts download nothing

    mirror = os.environ.get(MIRROR)
    return MavenContext(repo_cache=scratch, remote_repos={"mirror": mirror} if mirror else None, timeout=30)


def _fetch(context: MavenContext, artifact: Artifact, cache: Path) -> None:
    for attempt in range(1, ATTEMPTS + 1):
        path = _try_fetch(context, artifact, last=attempt == ATTEMPTS)
        if path and _is_intact(path, artifact):
            target = cache / artifact.path
            target.parent.mkdir(parents=True, exist_ok=True)
            path.chmod(0o644)
            path.replace(target)
            return
        if path and attempt < ATTEMPTS:
            log.warning("%s arrived damaged; downloading it again", artifact.coordinates)
            path.unlink()
    raise LocalError(
        f"{artifact.coordinates} has SHA-256 {sha256_of(context.repo_cache / artifact.path)} after {ATTEMPTS} "
        f"downloads, but {LOCK.name} says {artifact.sha256}. The repository serves another file than the "
        "one that was locked: do not use it. Check what answers for it (proxy, mirror)."
    )


def _try_fetch(context: MavenContext, artifact: Artifact, *, last: bool) -> Path | None:
    import requests

    group, name, version, packaging = split(artifact.coordinates)
    wanted = context.project(group, name).at_version(version).artifact(packaging=packaging)
    try:
        return Path(wanted.resolve())
    except (requests.RequestException, RuntimeError) as error:
        (context.repo_cache / artifact.path).unlink(missing_ok=True)  # jgo leaves what had arrived
        if last:
            raise LocalError(
                f"{artifact.coordinates} could not be downloaded in {ATTEMPTS} attempts: {error}. "
                f"Check the network; behind a mirror of Maven Central set {MIRROR} to its address."
            ) from error
        log.warning("%s: %s; trying again", artifact.coordinates, error)
        return None


def _is_intact(path: Path, artifact: Artifact) -> bool:
    return path.is_file() and path.stat().st_size == artifact.size and sha256_of(path) == artifact.sha256
