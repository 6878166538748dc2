"""Where a SageMaker training container has its inputs and wants its outputs."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Mapping

CONTAINER = Path("/opt/ml")


@dataclasses.dataclass(frozen=True)
class Channels:
    """Folders of one job.

    Attributes:
        train: `*.jsonl` of {"query", "document"}, with "document_id" where it is known; for a highlighter with "start"
            and "end" of the query's sentence.
        corpus: `*.jsonl` of {"id", "text"}: what evaluation searches, and None skips it; of a highlighter, where
            documents that do not answer a question come from.
        evaluation: one folder a query set, in BEIR's layout or with a `highlights.jsonl`; None skips the evaluation.
        base_model: a sentence-transformers model or its model.tar.gz; None takes the base model from Hugging Face.
        teacher: a cross-encoder or its model.tar.gz; None takes `teacher_model_id` from Hugging Face.
        wheels: packages that the archive for the endpoint carries; None if pip may fetch them.
        candidates: `*.jsonl` of {"query", "document_id", "rank", "hits"}: what BM25 finds for the pairs' queries.
        checkpoints: comes back as it was when an interrupted job is started again; None if the job is not to keep any.
        model: what is here at the end becomes model.tar.gz.
        output_data: runs or highlights, golden.json and training.json.
        failure: gets the one sentence that says why a job failed.
    """

    train: Path
    corpus: Path | None
    evaluation: Path | None
    base_model: Path | None
    teacher: Path | None
    candidates: Path | None
    wheels: Path | None
    checkpoints: Path | None
    model: Path
    output_data: Path
    failure: Path


def read_channels(environment: Mapping[str, str]) -> Channels:
    """The job's folders, from `SM_CHANNEL_*`, `SM_MODEL_DIR`, `SM_OUTPUT_DATA_DIR`, `SM_OUTPUT_DIR`.

    Raises:
        TrainingError: there is no channel train, or a channel names a folder that does not exist.
    """
    train = _channel(environment, "train")
    if train is None:
        raise TrainingError('The job has no channel \'train\'. Add one with *.jsonl files of {"query", "document"}.')
    output = Path(environment.get("SM_OUTPUT_DIR", CONTAINER / "output"))
    return Channels(
        train=train,
        corpus=_channel(environment, "corpus"),
        evaluation=_channel(environment, "evaluation"),
        base_model=_channel(environment, "base_model"),
        teacher=_channel(environment, "teacher"),
        candidates=_channel(environment, "candidates"),
        wheels=_channel(environment, "wheels"),
        checkpoints=_checkpoints(environment),
        model=Path(environment.get("SM_MODEL_DIR", CONTAINER / "model")),
        output_data=Path(environment.get("SM_OUTPUT_DATA_DIR", output / "data")),
        failure=failure_file(environment),
    )


def failure_file(environment: Mapping[str, str]) -> Path:
    """Where SageMaker reads a job's FailureReason; its first 1,024 characters are shown."""
    return Path(environment.get("SM_OUTPUT_DIR", CONTAINER / "output")) / "failure"


def _checkpoints(environment: Mapping[str, str]) -> Path | None:
    folder = Path(environment.get("SAGEMAKER_BASE_DIR", CONTAINER)) / "checkpoints"
    return folder if folder.is_dir() else None


def _channel(environment: Mapping[str, str], name: str) -> Path | None:
    given = environment.get(f"SM_CHANNEL_{name.upper()}")
    folder = Path(given) if given else CONTAINER / "input" / "data" / name
    if folder.is_dir():
        return folder
    if given:
        raise TrainingError(f"Channel '{name}' is {given}, which is not a folder. Check the channel's S3 path.")
    return None
