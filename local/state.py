"""stack.json: the ports and the processes of one stack, in one file."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from local import LocalError
from local.processes import Identity

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILE = "stack.json"
LOCK_FILE = "stack.lock"


@dataclass(frozen=True)
class Record:
    """A service that was started.

    Attributes:
        identity: the process.
        started: seconds since 1970.
        log: where its output goes.
        url: where it answers, for people; empty if nowhere.
        health: the address that answers 200 while it is healthy; empty if there is none.
        digest: of its command and environment: tells whether it still is what it should be.
        uses: the services that it needs or uses; it is stopped before them.
        was_healthy: whether it has been healthy since it was started.
    """

    identity: Identity
    started: float
    log: str
    url: str
    health: str
    digest: str
    uses: tuple[str, ...] = ()
    was_healthy: bool = False


@dataclass
class State:
    """What stack.json says; `save` after every change."""

    directory: Path
    ports: dict[str, int] = field(default_factory=dict)
    records: dict[str, Record] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """The file."""
        return self.directory / FILE

    @classmethod
    def load(cls, directory: Path) -> State:
        """What the file says, or an empty state where there is none.

        Raises:
            LocalError: the file is not what was written here.
        """
        state = cls(directory)
        if not state.path.exists():
            return state
        try:
            content = json.loads(state.path.read_text("utf-8"))
            state.ports = dict(content["ports"])
            state.records = {name: _record(entry) for name, entry in content["services"].items()}
        except (ValueError, KeyError, TypeError) as error:
            raise LocalError(
                f"{state.path} cannot be read ({error!r}). It lists what runs: end those processes, then delete it."
            ) from error
        return state

    def save(self) -> None:
        """Write the file in one step, so that a reader never sees half of it."""
        self.directory.mkdir(parents=True, exist_ok=True)
        content = {"ports": self.ports, "services": {name: asdict(record) for name, record in self.records.items()}}
        draft = self.path.with_suffix(".draft")
        draft.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
        draft.replace(self.path)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep others from starting or stopping services of this stack meanwhile.

        Raises:
            LocalError: another `python -m local` is at it.
        """
        self.directory.mkdir(parents=True, exist_ok=True)
        with (self.directory / LOCK_FILE).open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                file.seek(0)
                raise LocalError(
                    f"Process {file.read() or '?'} starts or stops services in {self.directory} right now. "
                    "Wait for it, or set LOCAL_DIR to another folder for a second stack."
                ) from error
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield


def _record(entry: dict[str, Any]) -> Record:
    return Record(**{**entry, "identity": Identity(**entry["identity"]), "uses": tuple(entry["uses"])})
