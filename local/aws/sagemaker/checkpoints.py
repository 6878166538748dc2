"""The folder of a job's checkpoints: back from S3 before the script starts, to S3 while it runs and when it ends."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any

from local.aws import objects
from local.aws.errors import ValidationException

if TYPE_CHECKING:
    from pathlib import Path

    from local.aws.table import Record

LOCAL_PATH = "/opt/ml/checkpoints"
SECONDS = 1.0
"""Between two looks for new files."""


def check(job: Record) -> None:
    """Refuses what AWS refuses, or what the stand-in does not do.

    Raises:
        ValidationException: what is wrong.
    """
    config, limits = job.get("CheckpointConfig"), job["StoppingCondition"]
    if config and (config.get("LocalPath", LOCAL_PATH) != LOCAL_PATH or objects.parse_uri(config["S3Uri"]) is None):
        raise ValidationException(f"CheckpointConfig is {config}. The AWS stand-in keeps {LOCAL_PATH} at an S3 URI.")
    spot, wait = job.get("EnableManagedSpotTraining", False), limits.get("MaxWaitTimeInSeconds")
    if spot and wait is None:
        raise ValidationException("MaxWaitTimeInSeconds is required when EnableManagedSpotTraining is true.")
    if wait is not None and (not spot or wait < limits.get("MaxRuntimeInSeconds", 0)):
        raise ValidationException(
            "Invalid MaxWaitTimeInSeconds. It must be present if and only if EnableManagedSpotTraining is true, and "
            "equal to or greater than MaxRuntimeInSeconds."
        )
    if spot and job.get("ResourceConfig", {}).get("KeepAlivePeriodInSeconds"):
        raise ValidationException("KeepAlivePeriodInSeconds is not supported with EnableManagedSpotTraining.")


class CheckpointFolder:
    """Keeps a folder and a prefix of S3 alike, as a thread beside the script; what is deleted is deleted there too.

    https://docs.aws.amazon.com/sagemaker/latest/dg/model-checkpoints.html

    Args:
        s3: client, in the place of the job's role.
        config: `CheckpointConfig` of the job.
        folder: that stands for `/opt/ml/checkpoints`.
    """

    def __init__(self, s3: Any, config: dict[str, str], folder: Path) -> None:
        location = objects.parse_uri(config["S3Uri"])
        if location is None:
            raise ValueError(f"{config['S3Uri']} is no S3 URI.")
        self._s3, self._bucket, self._prefix = s3, location.bucket, location.key.rstrip("/") + "/"
        self._folder = folder
        self._sent: dict[str, tuple[int, int]] = {}
        self._news = False
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="checkpoints", daemon=True)

    @property
    def has_sent(self) -> bool:
        """Whether anything was sent since the script started."""
        return self._news

    def start(self) -> None:
        """Fetch what is there, then send what changes."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for key in objects.keys_below(self._s3, objects.Location(self._bucket, self._prefix)):
            objects.download(self._s3, objects.Location(self._bucket, key), self._folder / key[len(self._prefix) :])
        self._sent = self._files()
        self._thread.start()

    def stop(self) -> None:
        """Send what is left.

        Raises:
            StorageError: S3 does not take it.
        """
        self._ended.set()
        self._thread.join()
        self._send()

    def _run(self) -> None:
        while not self._ended.wait(SECONDS):
            with contextlib.suppress(objects.StorageError):  # told when the script has ended
                self._send()

    def _send(self) -> None:
        files = self._files()
        for name in [sent for sent in self._sent if sent not in files]:
            self._s3.delete_object(Bucket=self._bucket, Key=self._prefix + name)
            del self._sent[name]
        for name, state in files.items():
            with contextlib.suppress(FileNotFoundError):
                if self._sent.get(name) != state:
                    objects.upload(self._s3, self._folder / name, objects.Location(self._bucket, self._prefix + name))
                    self._sent[name] = state
                    self._news = True

    def _files(self) -> dict[str, tuple[int, int]]:
        """Size and time of every file."""
        found = {}
        for path in sorted(self._folder.rglob("*")):
            with contextlib.suppress(FileNotFoundError):
                if path.is_file():
                    told = path.stat()
                    found[path.relative_to(self._folder).as_posix()] = (told.st_size, told.st_mtime_ns)
        return found
