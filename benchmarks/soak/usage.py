"""What the stack holds at one moment: memory, processes, handles, temporary files, and what lies in its services."""

from __future__ import annotations

import contextlib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import psutil

from local.processes import family
from local.state import State
from local.supervisor import mark

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from boto3 import Session
    from opensearchpy import OpenSearch

MEBIBYTE = 1024 * 1024
AIRFLOW = "airflow-"
ENDPOINTS = "aws endpoints"


@dataclass(frozen=True)
class Usage:
    """One look.

    Attributes:
        memory_mib: by service; shared pages are divided among the processes that share them (PSS). The scheduler is
            parted into itself and its workers, the AWS stand-in into itself and the endpoints that it serves.
        handles: open file handles by service, parted alike.
        processes: by service, parted alike.
        temporary_files: files in the stack's TMPDIR.
        indices: of the cluster that are not the corpus's or the system's.
        open_points_in_time: of the cluster.
        running_jobs: batch and training jobs.
        endpoints: in any state.
    """

    memory_mib: dict[str, float]
    handles: dict[str, int]
    processes: dict[str, int]
    temporary_files: list[str]
    indices: list[str]
    open_points_in_time: int
    running_jobs: int
    endpoints: int

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def look(directory: Path, temporary: Path, session: Session, search: OpenSearch, corpus: Iterable[str]) -> Usage:
    """What the stack in this folder holds now.

    Args:
        directory: of the stack.
        temporary: TMPDIR of its processes.
        session: of its AWS stand-in.
        search: its cluster.
        corpus: indices that are the input.
    """
    parts = _parts(directory)
    return Usage(
        memory_mib={name: round(sum(map(_pss, members)) / MEBIBYTE, 1) for name, members in parts.items()},
        handles={name: sum(map(_handles, members)) for name, members in parts.items()},
        processes={name: len(members) for name, members in parts.items()},
        temporary_files=sorted(path.relative_to(temporary).as_posix() for path in _files(temporary)),
        indices=_indices(search, set(corpus)),
        open_points_in_time=_points_in_time(search),
        running_jobs=_running_jobs(session),
        endpoints=len(session.client("sagemaker").list_endpoints(MaxResults=100)["Endpoints"]),
    )


def _parts(directory: Path) -> dict[str, list[psutil.Process]]:
    state = State.load(directory)
    parts: dict[str, list[psutil.Process]] = {}
    for name, record in state.records.items():
        members = family(record.identity, mark(state, name))
        parts[name] = [it for it in members if it.pid == record.identity.pid]
        rest = [it for it in members if it.pid != record.identity.pid]
        if name == "airflow-scheduler":
            parts["airflow-workers"] = rest
        elif name == "aws":
            parts[ENDPOINTS] = rest
        else:
            parts[name] += rest
    return {name: members for name, members in parts.items() if members}


def _pss(process: psutil.Process) -> int:
    with contextlib.suppress(psutil.Error):
        return int(process.memory_full_info().pss)
    return 0


def _handles(process: psutil.Process) -> int:
    with contextlib.suppress(psutil.Error):
        return int(process.num_fds())
    return 0


def _files(folder: Path) -> Iterable[Path]:
    # The JVM's own files, which it removes when it ends.
    return (it for it in folder.rglob("*") if it.is_file() and not _of_java(it, folder))


def _of_java(path: Path, folder: Path) -> bool:
    return path.relative_to(folder).parts[0].startswith(("hsperfdata_", "opensearch-", "jna-"))


def _indices(search: OpenSearch, corpus: set[str]) -> list[str]:
    found: list[Mapping[str, str]] = search.cat.indices(params={"format": "json", "h": "index"})
    names = {entry["index"] for entry in found} - corpus
    return sorted(name for name in names if not name.startswith("."))


def _points_in_time(search: OpenSearch) -> int:
    return len(search.transport.perform_request("GET", "/_search/point_in_time/_all").get("pits", []))


def _running_jobs(session: Session) -> int:
    training = session.client("sagemaker").list_training_jobs(StatusEquals="InProgress", MaxResults=100)
    batch = session.client("bedrock").list_model_invocation_jobs(statusEquals="InProgress")
    return len(training["TrainingJobSummaries"]) + len(batch["invocationJobSummaries"])
