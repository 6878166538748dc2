"""The state of moto's services over a restart: pickled whole, shortly after it changed.

Without the contents of objects, which are files already. A pickle, because moto's backends are made to be pickled and
have no other form; it is read back only from the stand-in's own folder, and only by the moto that wrote it.
"""

from __future__ import annotations

import logging
import os
import pickle
import threading
import time
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from moto.cloudwatch.models import cloudwatch_backends
from moto.iam.models import iam_backends
from moto.logs.models import logs_backends
from moto.s3.models import FakeKey, s3_backends
from moto.secretsmanager.models import secretsmanager_backends
from moto.sns.models import sns_backends

from local.aws.s3.body import STORE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

log = logging.getLogger(__name__)

PAUSE_SECONDS = 1.0
"""At least, between two snapshots; what a SIGKILL can lose."""
BACKENDS = {
    "cloudwatch": cloudwatch_backends,
    "iam": iam_backends,
    "logs": logs_backends,
    "s3": s3_backends,
    "secretsmanager": secretsmanager_backends,
    "sns": sns_backends,
}


class Snapshot:
    """Writes the state when it is due, and reads it back.

    Args:
        file: where it is kept.
        lock: held while the state is pickled; whoever changes the state holds it too.
    """

    def __init__(self, file: Path, lock: threading.Lock) -> None:
        self._file, self._lock = file, lock
        self._due, self._over = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._write_when_due, name="snapshot", daemon=True)

    def due(self) -> None:
        """Says that the state has changed."""
        self._due.set()

    def open(self) -> None:
        """Reads the state of the run before, if there was one, and starts to keep that of this one."""
        if self._file.exists():
            self._load()
        self._thread.start()

    def close(self) -> None:
        """Writes the state a last time."""
        self._over.set()
        self._due.set()
        self._thread.join()
        self._write()

    def _load(self) -> None:
        state = pickle.loads(self._file.read_bytes())  # noqa: S301 - see the module
        if state["moto"] != version("moto"):
            log.warning("%s was written by moto %s; starting empty", self._file, state["moto"])
            return
        for (service, account, region), backend in state["backends"].items():
            BACKENDS[service][account][region] = backend
        s3_backends.bucket_accounts.update(state["bucket_accounts"])

    def _write_when_due(self) -> None:
        while self._due.wait() and not self._over.is_set():
            self._due.clear()
            self._write()
            self._over.wait(PAUSE_SECONDS)

    def _write(self) -> None:
        started = time.monotonic()
        with self._lock:
            state = {
                "moto": version("moto"),
                "backends": {
                    (service, account, region): backend
                    for service, backends in BACKENDS.items()
                    for account, region, backend in backends.iter_backends()
                },
                "bucket_accounts": s3_backends.bucket_accounts,
            }
            pickled = pickle.dumps(state, protocol=pickle.HIGHEST_PROTOCOL)
            unused = STORE.unused({key.value.path.name for key in _keys()})
        unfinished = self._file.with_suffix(".unfinished")
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(pickled)
        unfinished.replace(self._file)
        for path in unused:  # only now: the state before this one named them
            path.unlink(missing_ok=True)
        log.debug("State of %d bytes written in %.0f ms", len(pickled), (time.monotonic() - started) * 1000)


def _keys() -> Iterator[Any]:
    """All keys that S3 holds: objects, their versions, and the parts of uploads, finished or not."""
    for _, _, backend in s3_backends.iter_backends():
        for bucket in backend.buckets.values():
            for versions in bucket.keys.lists():
                objects = [key for key in versions[1] if isinstance(key, FakeKey)]
                yield from objects
                uploads = [key.multipart for key in objects if key.multipart]
                yield from (part for upload in uploads for part in upload.parts.values())
            yield from (part for upload in bucket.multiparts.values() for part in upload.parts.values())
