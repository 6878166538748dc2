"""One batch inference job while it runs: validate, wait for its turn, answer every record, write the output."""

from __future__ import annotations

import contextlib
import itertools
import json
import logging
import shutil
import threading
import time
from typing import TYPE_CHECKING, Any

from local.aws import objects
from local.aws.bedrock import formats
from local.aws.bedrock.records import BadInput, Record, check_records, read_records
from local.aws.clock import now
from local.aws.errors import ValidationException
from local.aws.roles import BEDROCK_BATCH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from local.aws import table
    from local.aws.stand_in import StandIn

log = logging.getLogger(__name__)

ACTIVE = ("Submitted", "Validating", "Scheduled", "InProgress", "Stopping")
AT_ONCE = threading.BoundedSemaphore(2)
"""Jobs in progress; others wait as Scheduled, as they do in AWS."""
SHUFFLED = 16
"""AWS does not promise the order of the records, so the stand-in does not keep it: each block comes out reversed."""
REPORT_SECONDS = 0.25
LONGEST_MESSAGE = 2048
STOPPED_WITH_STAND_IN = "Internal error: the AWS stand-in was stopped while the job ran. Create the job again."


class Ended(Exception):
    """The job ends before every record is answered; its argument is the status that the job ends with."""


class BatchJob:
    """Runs a job that is kept in the table, in a thread of its own, and keeps its record true."""

    def __init__(self, stand_in: StandIn, region: str, identifier: str) -> None:
        self._stand_in, self._region, self._id = stand_in, region, identifier
        self._job = self._update()
        self._format = formats.format_of(self._job["modelId"], self._job["modelInvocationType"])
        self._folder = stand_in.data / "bedrock" / identifier
        self._counts = dict.fromkeys(("success", "error", "input", "output"), 0)
        self._reported = 0.0
        self._stopping = threading.Event()
        self._abandoned = False
        self._lock = threading.RLock()
        self._thread = threading.Thread(target=self._run, name=f"batch-{identifier}", daemon=True)

    def start(self) -> None:
        """Starts the job."""
        self._stand_in.running_batches[self._region, self._id] = self
        self._thread.start()

    def stop(self) -> bool:
        """Ends the job after the record it is at; False if it is over already."""
        with self._lock:
            if self._job["status"] not in ACTIVE:
                return False
            self._job = self._update(status="Stopping")
            self._stopping.set()
            return True

    def abandon(self) -> None:
        """Ends the job because the stand-in ends; it has failed."""
        self._abandoned = True
        self._stopping.set()
        self._thread.join(timeout=5)

    def fail_lost(self) -> None:
        """Ends a job that a stand-in before this one left running."""
        self._end("Failed", STOPPED_WITH_STAND_IN)

    def _run(self) -> None:
        try:
            files = self._validate()
            with self._turn():
                self._answer(files)
            self._end("Completed")
        except (BadInput, objects.StorageError) as error:
            self._end("Failed", str(error))
        except Ended as ended:
            self._end(str(ended))
        finally:
            if self._job["status"] in ACTIVE:
                self._end("Failed", "Internal error. Please try again.")
            self._stand_in.running_batches.pop((self._region, self._id), None)
            shutil.rmtree(self._folder, ignore_errors=True)

    def _validate(self) -> dict[str, Path]:
        self._enter("Validating")
        files = self._download()
        settings = self._stand_in.settings
        total = check_records(self._job["jobArn"], files, settings.minimum_records, settings.maximum_records)
        self._enter("Scheduled", totalRecordCount=total)
        return files

    def _download(self) -> dict[str, Path]:
        uri = self._job["inputDataConfig"]["s3InputDataConfig"]["s3Uri"]
        location = objects.parse_uri(uri)
        if location is None:
            raise BadInput(f"'{uri}' is no S3 URI.")
        s3 = self._stand_in.s3(self._region, BEDROCK_BATCH)
        keys = [key for key in objects.keys_below(s3, location) if key.endswith(".jsonl")]
        if not keys:
            raise BadInput(f"Batch job {self._job['jobArn']} has no .jsonl file at {uri}.")
        folder = location.key if location.key.endswith("/") else location.key.rpartition("/")[0]
        names = {key.removeprefix(folder).lstrip("/"): key for key in keys}
        return {
            name: objects.download(s3, objects.Location(location.bucket, key), self._folder / f"{number}.jsonl")
            for number, (name, key) in enumerate(names.items())
        }

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        while not AT_ONCE.acquire(timeout=0.1):
            self._check("Expired")
        try:
            self._check("Expired")
            self._enter("InProgress")
            yield
        finally:
            AT_ONCE.release()

    def _answer(self, files: dict[str, Path]) -> None:
        target = objects.parse_uri(self._job["outputDataConfig"]["s3OutputDataConfig"]["s3Uri"])
        if target is None:
            raise BadInput("The output's URI is no S3 URI.")
        target, s3 = target.below(self._id), self._stand_in.s3(self._region, BEDROCK_BATCH)
        early: Ended | None = None
        for name, file in files.items():
            output = file.with_suffix(".out")
            early = self._answer_file(file, name, output)
            objects.upload(s3, output, target.below(f"{name}.out"))
            if early:
                break
        self._report()
        s3.put_object(
            Bucket=target.bucket, Key=target.below("manifest.json.out").key, Body=json.dumps(self._manifest())
        )
        if early:
            raise early

    def _answer_file(self, file: Path, name: str, output: Path) -> Ended | None:
        with output.open("w") as lines:
            try:
                for record in _reversed_blocks(read_records(file, name)):
                    self._check("PartiallyCompleted")
                    lines.write(json.dumps(self._answer_record(record), ensure_ascii=False) + "\n")
            except Ended as early:
                return early
        return None

    def _answer_record(self, record: Record) -> dict[str, Any]:
        try:
            answered = formats.answer(
                self._format, record.body, self._stand_in.write_answer, self._stand_in.count_tokens
            )
        except ValidationException as error:
            self._count(error=1)
            failure = {"errorCode": 400, "errorMessage": error.message}
            return {"modelInput": record.body, "recordId": record.id, "error": failure}
        self._count(success=1, input=answered.input_tokens, output=answered.output_tokens)
        return {"modelInput": record.body, "modelOutput": answered.body, "recordId": record.id}

    def _count(self, **more: int) -> None:
        for name, count in more.items():
            self._counts[name] += count
        if time.monotonic() - self._reported > REPORT_SECONDS:
            self._report()

    def _report(self) -> None:
        self._reported = time.monotonic()
        with self._lock:
            self._job = self._update(
                processedRecordCount=self._counts["success"] + self._counts["error"],
                successRecordCount=self._counts["success"],
                errorRecordCount=self._counts["error"],
            )

    def _manifest(self) -> dict[str, int]:
        counts = ("totalRecordCount", "processedRecordCount", "successRecordCount", "errorRecordCount")
        tokens = {"inputTokenCount": self._counts["input"], "outputTokenCount": self._counts["output"]}
        return {name: self._job[name] for name in counts} | tokens

    def _check(self, when_late: str) -> None:
        if self._stopping.is_set():
            raise Ended("Stopped")
        if now() >= self._job["jobExpirationTime"]:
            raise Ended(when_late)

    def _enter(self, status: str, **changes: Any) -> None:
        with self._lock:
            if self._stopping.is_set():
                raise Ended("Stopped")
            self._job = self._update(status=status, **changes)

    def _end(self, status: str, message: str | None = None) -> None:
        if self._abandoned:
            status, message = "Failed", STOPPED_WITH_STAND_IN
        log.info("Batch inference job %s: %s%s", self._job["jobName"], status, f": {message}" if message else "")
        self._meter()
        with self._lock:
            self._job = self._update(status=status, message=message and message[:LONGEST_MESSAGE], endTime=now())

    def _meter(self) -> None:
        """Once, with all that was answered: whatever became of the job, that is what it is billed by."""
        counted = {"inputTokens": self._counts["input"], "outputTokens": self._counts["output"]}
        names = {"jobName": self._job["jobName"], "modelId": self._job["modelId"]}
        self._stand_in.metered_batches.add(self._region, self._id, {**names, **counted})

    def _update(self, **changes: Any) -> table.Record:
        return self._stand_in.batch_jobs.update(self._region, self._id, lastModifiedTime=now(), **changes)


def recover(stand_in: StandIn) -> None:
    """After a restart: jobs that ran when the stand-in ended have failed."""
    for region, identifier in stand_in.batch_jobs.names():
        job = stand_in.batch_jobs.get(region, identifier)
        if job and job["status"] in ACTIVE:
            BatchJob(stand_in, region, identifier).fail_lost()


def _reversed_blocks(records: Iterable[Record]) -> Iterator[Record]:
    records = iter(records)
    while block := list(itertools.islice(records, SHUFFLED)):
        yield from reversed(block)
