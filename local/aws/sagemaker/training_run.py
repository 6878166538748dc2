"""One training job while it runs: download, script, upload, as SageMaker and its toolkit do them.

Each instance that was asked for is a program of its own on this machine, with a tree of its own, and all share its
cores. Nothing is installed: the interpreter that stands for the container has the packages of requirements.txt (the
toolkit would pip install them).
"""

from __future__ import annotations

import contextlib
import logging
import shutil
import tarfile
import threading
import time
from typing import TYPE_CHECKING, Any

from local.aws import archive, objects
from local.aws.clock import now
from local.aws.roles import SAGEMAKER_TRAINING
from local.aws.sagemaker import toolkit
from local.aws.sagemaker.checkpoints import CheckpointFolder
from local.aws.sagemaker.host import LONGEST_REASON, Host
from local.aws.sagemaker.metrics import Metrics
from local.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from local.aws.stand_in import StandIn
    from local.aws.table import Record

log = logging.getLogger(__name__)

LOG_GROUP = "/aws/sagemaker/TrainingJobs"
OTHERS_SECONDS = 60.0
"""After which the other hosts of a job are ended, once one has failed: they are to notice it themselves."""
STOPPED_WITH_STAND_IN = "InternalServerError: The AWS stand-in was stopped while the job ran. Create the job again."

NO_CAPACITY = (
    "CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML instance type."
)


class JobFailed(Exception):
    """The job ends as Failed; the message is its FailureReason."""


class TrainingRun:
    """Runs a job that is kept in the table, in a thread of its own, and keeps its record true."""

    def __init__(self, stand_in: StandIn, region: str, name: str) -> None:
        self._stand_in, self._region, self._name = stand_in, region, name
        self._job = self._update()
        self._hosts = [self._host(number, host) for number, host in enumerate(toolkit.hosts_of(self._job), start=1)]
        self._first = self._hosts[0]
        self._log = self._first.log
        self._metrics = Metrics(self._job)
        self._lock = threading.RLock()
        self._stop_status: str | None = None
        self._abandoned = False
        self._interrupted = False
        self._thread = threading.Thread(target=self._run, name=f"training-{name}", daemon=True)

    def start(self) -> None:
        """Starts the job."""
        self._stand_in.running_trainings[self._region, self._name] = self
        self._thread.start()

    def stop(self, status: str = "Stopped") -> bool:
        """Ends the script; the job then ends with this secondary status. False if it is over already."""
        with self._lock:
            if self._ended() or self._stop_status:
                return not self._ended()
            self._stop_status = status
            if status == "Stopped":
                self._transition("Stopping", "Stopping the training job", TrainingJobStatus="Stopping")
        threading.Thread(target=self._end_process, daemon=True).start()
        return True

    def abandon(self) -> None:
        """Ends the script because the stand-in ends; the job has failed."""
        with self._lock:
            self._abandoned = True
        self._end_process()
        self._thread.join(timeout=self._stand_in.settings.grace_seconds + 5)

    def fail_lost(self) -> None:
        """Ends a job that a stand-in before this one left running."""
        self._end("Failed", "Failed", "Training job failed", FailureReason=STOPPED_WITH_STAND_IN)

    def _run(self) -> None:
        try:
            while self._is_interrupted(self._download()):
                self._transition("Interrupted", "AWS took the spot instance back. Waiting for another one")
            self._upload()
            self._finish()
            shutil.rmtree(self._folder, ignore_errors=True)
        except JobFailed as failure:
            self._fail(str(failure))
            for host in self._hosts:
                shutil.rmtree(host.root / "input" / "data", ignore_errors=True)  # the rest is kept to be looked at
        finally:
            if not self._ended():
                self._fail("InternalServerError: We encountered an internal error. Please try again.")
            self._stand_in.running_trainings.pop((self._region, self._name), None)

    @property
    def _folder(self) -> Path:
        return self._stand_in.data / "sagemaker" / self._region / "training" / self._name

    def _host(self, number: int, name: str) -> Host:
        stream = f"{self._name}/{name}-{int(time.time())}"
        log_stream = self._stand_in.log_stream(self._region, SAGEMAKER_TRAINING, LOG_GROUP, stream)
        return Host(name, self._folder / ("ml" if number == 1 else f"ml-{number}"), log_stream)

    def _download(self) -> toolkit.Script:
        for host in self._hosts:
            host.empty()
        folders = self._first.folders
        if self._job.get("ResourceConfig", {}).get("InstanceType") in self._stand_in.settings.no_capacity:
            raise JobFailed(NO_CAPACITY)
        self._transition("Downloading", "Downloading input data", TrainingStartTime=now())
        try:
            for channel in self._job.get("InputDataConfig", []):
                self._download_channel(channel)
        except objects.StorageError as error:
            raise JobFailed(f"ClientError: Data download failed: {error}") from error
        folders.write_config("hyperparameters", self._job.get("HyperParameters", {}))
        folders.write_config("inputdataconfig", toolkit.input_data_config(self._job))
        try:
            script = toolkit.read_script(self._job)
            archive.unpack(self._source(script), folders.code)
        except (ValueError, OSError, objects.StorageError, tarfile.TarError) as error:
            raise JobFailed(f"AlgorithmError: framework error: {error}, exit code: 1") from error
        for host in self._hosts[1:]:
            host.copy_inputs(self._first)
        for host in self._hosts:
            host.folders.write_config("resourceconfig", toolkit.resource_config(self._job, host.name))
        return script

    def _source(self, script: toolkit.Script) -> Path:
        """The archive with the script; the toolkit fetches it inside the container, if that has a network."""
        folders = self._first.folders
        if found := toolkit.local_source(script, folders):
            return found
        location = objects.parse_uri(script.submit_directory)
        if location is None:
            raise ValueError(f"sagemaker_submit_directory is '{script.submit_directory}', which is no s3:// URI.")
        if self._job.get("EnableNetworkIsolation"):
            raise ValueError(f"Network isolation: the container cannot reach '{script.submit_directory}'.")
        return objects.download(
            self._stand_in.s3(self._region, SAGEMAKER_TRAINING), location, folders.root / "sourcedir.tar.gz"
        )

    def _download_channel(self, channel: dict[str, Any]) -> None:
        source = channel["DataSource"]["S3DataSource"]
        location = objects.parse_uri(source["S3Uri"])
        if location is None:
            raise JobFailed(f"ClientError: '{source['S3Uri']}' is no S3 URI.")
        s3 = self._stand_in.s3(self._region, SAGEMAKER_TRAINING)
        for key in objects.keys_below(s3, location):
            file = self._first.folders.channel(channel["ChannelName"]) / name_in_channel(location.key, key)
            objects.download(s3, objects.Location(location.bucket, key), file)

    def _is_interrupted(self, script: toolkit.Script) -> bool:
        """Runs the script; True if its instance was taken away before its end."""
        self._interrupted = False
        with contextlib.ExitStack() as stack:
            kept = [stack.enter_context(self._checkpoints(host)) for host in self._hosts]
            self._train(script, kept[0])
        return self._interrupted and not self._stop_status

    @contextlib.contextmanager
    def _checkpoints(self, host: Host) -> Iterator[CheckpointFolder | None]:
        """Keeps the folder of checkpoints at S3 while the script runs, if the job is to have one."""
        config = self._job.get("CheckpointConfig")
        if not config:
            yield None
            return
        s3 = self._stand_in.s3(self._region, SAGEMAKER_TRAINING)
        try:
            kept = CheckpointFolder(s3, config, host.folders.checkpoints)
            kept.start()
            try:
                yield kept
            finally:
                kept.stop()
        except objects.StorageError as error:
            raise JobFailed(f"ClientError: Checkpoints cannot be kept: {error}") from error

    def _train(self, script: toolkit.Script, kept: CheckpointFolder | None) -> None:
        command = [str(self._stand_in.container_python), script.program, *toolkit.arguments(script.hyperparameters)]
        self._say(command)
        # Hosts that are machines of their own meet at one port; here another job may have taken it.
        meeting = {"MASTER_PORT": str(free_port())} if len(self._hosts) > 1 else {}
        self._transition("Training", "Training image download completed. Training in progress.")
        seconds = self._job["StoppingCondition"].get("MaxRuntimeInSeconds", 24 * 3600)
        with _timed(seconds, self.stop, "MaxRuntimeExceeded"), contextlib.ExitStack() as timers:
            threads = [
                threading.Thread(target=self._run_host, args=(host, script, command, meeting, timers, None))
                for host in self._hosts[1:]
            ]
            for thread in threads:
                thread.start()
            self._run_host(self._first, script, command, meeting, timers, kept)
            for thread in threads:
                thread.join()
        if self._abandoned:
            raise JobFailed(STOPPED_WITH_STAND_IN)
        failed = [host for host in self._hosts if host.status != 0]
        if failed and not self._stop_status and not self._interrupted:
            raise JobFailed(min(failed, key=Host.failed_at).reason(command))

    def _run_host(
        self,
        host: Host,
        script: toolkit.Script,
        command: list[str],
        meeting: dict[str, str],
        timers: contextlib.ExitStack,
        kept: CheckpointFolder | None,
    ) -> None:
        environment = toolkit.environment(self._job, script, host.folders, self._region, host.name)
        with self._lock:
            if self._stop_status or self._abandoned:
                return
            host.start(command, {**meeting, **environment})
        for line in host.lines():
            if host is self._first:
                self._metrics.read(line)
                self._interrupt(kept)
        if host.status != 0 and len(self._hosts) > 1:
            timers.enter_context(_timed(OTHERS_SECONDS, self._end_process))

    def _interrupt(self, kept: CheckpointFolder | None) -> None:
        """Takes the instance away if that is asked for, once the job has kept something since it was started."""
        spot = self._job.get("EnableManagedSpotTraining", False)
        if spot and kept and kept.has_sent and not self._interrupted:
            self._interrupted = self._stand_in.settings.take_interruption()
            if self._interrupted:
                threading.Thread(target=self._end_process, daemon=True).start()

    def _say(self, command: list[str]) -> None:
        if len(self._hosts) > 1:
            names = ", ".join(host.name for host in self._hosts)
            self._log.write(f"AWS stand-in: the {len(self._hosts)} hosts are programs of this machine, named {names}.")
        for host in self._hosts:
            if (host.folders.code / "requirements.txt").exists():
                host.log.write(
                    "AWS stand-in: requirements.txt is not installed; the container's interpreter has it all."
                )
            host.log.write(f"Invoking script with the following command: {' '.join(command)}")

    def _upload(self) -> None:
        self._transition("Uploading", "Uploading generated training model")
        folders, scratch = self._first.folders, self._folder
        for host in self._hosts[1:]:
            self._first.add_outputs(host)
        model = objects.parse_uri(self._job["ModelArtifacts"]["S3ModelArtifacts"])
        if model is None:
            raise JobFailed("ClientError: S3OutputPath is no S3 URI.")
        output = model._replace(key=model.key.removesuffix("model.tar.gz") + "output.tar.gz")
        try:
            for location, folder in ((model, folders.model), (output, folders.output_data)):
                if any(folder.iterdir()):
                    packed = archive.pack(folder, scratch / "packed.tar.gz")
                    objects.upload(self._stand_in.s3(self._region, SAGEMAKER_TRAINING), packed, location)
        except objects.StorageError as error:
            raise JobFailed(f"ClientError: Artifact upload failed: {error}") from error

    def _finish(self) -> None:
        for host in self._hosts:
            host.log.flush()
        if self._stop_status == "MaxRuntimeExceeded":
            self._end("Stopped", "MaxRuntimeExceeded", "Training job runtime exceeded MaxRuntimeInSeconds provided")
        elif self._stop_status:
            self._end("Stopped", "Stopped", "Training job stopped")
        else:
            self._end("Completed", "Completed", "Training job completed")

    def _fail(self, reason: str) -> None:
        log.warning("Training job %s failed: %s", self._name, reason)
        self._log.write(reason)
        for host in self._hosts:
            host.log.flush()
        self._end("Failed", "Failed", "Training job failed", FailureReason=reason[:LONGEST_REASON])

    def _end_process(self) -> None:
        grace = self._stand_in.settings.grace_seconds
        threads = [threading.Thread(target=host.end, args=(grace,)) for host in self._hosts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _ended(self) -> bool:
        return self._job["TrainingJobStatus"] in ("Completed", "Failed", "Stopped")

    def _transition(self, status: str, message: str, **changes: Any) -> None:
        with self._lock:
            time_ = changes.get("TrainingEndTime") or now()
            *before, last = self._job["SecondaryStatusTransitions"]
            new = {"Status": status, "StartTime": time_, "StatusMessage": message}
            if "TrainingEndTime" in changes:
                new["EndTime"] = time_
            transitions = [*before, {**last, "EndTime": time_}, new]
            self._job = self._update(SecondaryStatus=status, SecondaryStatusTransitions=transitions, **changes)

    def _end(self, status: str, secondary: str, message: str, **changes: Any) -> None:
        ended = now()
        started = self._job.get("TrainingStartTime", ended)
        seconds = max(1, round((ended - started).total_seconds()))
        self._transition(
            secondary,
            message,
            TrainingJobStatus=status,
            TrainingStartTime=started,
            TrainingEndTime=ended,
            TrainingTimeInSeconds=seconds,
            BillableTimeInSeconds=seconds,
            FinalMetricDataList=self._metrics.final(),
            **changes,
        )

    def _update(self, **changes: Any) -> Record:
        return self._stand_in.training_jobs.update(self._region, self._name, LastModifiedTime=now(), **changes)


def name_in_channel(prefix: str, key: str) -> str:
    """Where in a channel's folder an object lands.

    A prefix that is a folder ("train", "train/") is left off; one that is not ("train/part-") keeps its last part.

    Raises:
        JobFailed: the key would land outside of the folder.
    """
    folder = prefix if prefix.endswith("/") or not prefix else f"{prefix}/"
    base = folder if key.startswith(folder) else prefix[: prefix.rfind("/") + 1]
    name = key.removeprefix(base).lstrip("/")
    if ".." in name.split("/"):
        raise JobFailed(f"ClientError: Data download failed: the key '{key}' leaves the channel's folder.")
    return name


@contextlib.contextmanager
def _timed(seconds: float, act: Callable[..., object], *arguments: Any) -> Iterator[None]:
    """Acts after a time, unless what is inside has ended."""
    timer = threading.Timer(seconds, act, arguments)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def recover(stand_in: StandIn) -> None:
    """After a restart: jobs that ran when the stand-in ended have failed."""
    for region, name in stand_in.training_jobs.names():
        job = stand_in.training_jobs.get(region, name)
        if job and job["TrainingJobStatus"] in ("InProgress", "Stopping"):
            TrainingRun(stand_in, region, name).fail_lost()
