"""Where a run keeps its things on S3, and what its jobs are called."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


def run_id_of(dag_run_id: str, started: datetime) -> str:
    """Short name of a run: its time, and a digest that tells apart runs of the same second.

    Example:
        >>> from datetime import UTC, datetime
        >>> run_id_of("manual__2026-11-21", datetime(2026, 11, 21, 10, 50, tzinfo=UTC))
        '20261121-105000-4c975a'
    """
    return f"{started:%Y%m%d-%H%M%S}-{hashlib.sha256(dag_run_id.encode()).hexdigest()[:6]}"


@dataclass(frozen=True)
class Layout:
    """The S3 folder of one run, and the one name that its jobs, endpoint and model share.

    The name has at most 32 + 1 + 22 characters, which leaves room for a suffix below the 63 that AWS allows.
    """

    bucket: str
    prefix: str
    model_name: str
    run: str

    @property
    def name(self) -> str:
        """Of the training job, the SageMaker model, the endpoint configuration and the endpoint."""
        return f"{self.model_name}-{self.run}"

    def uri(self, path: str = "") -> str:
        """`s3://` URI of a path below the run's folder."""
        return f"s3://{self.bucket}/{self.key(path)}"

    def key(self, path: str = "") -> str:
        """Object key of a path below the run's folder."""
        return f"{self.prefix}/{self.model_name}/{self.run}/{path}"

    @property
    def artifact_uri(self) -> str:
        """Where SageMaker writes the model archive of the first training job; later tries have places of their own."""
        return self.uri(f"model-artifacts/{self.name}/output/model.tar.gz")

    @property
    def output_uri(self) -> str:
        """Where SageMaker writes what the first training job measured."""
        return self.uri(f"model-artifacts/{self.name}/output/output.tar.gz")


RUN = "run.json"
ESTIMATE = "cost/estimate.json"
DOCUMENTS = "raw-corpus/documents.jsonl"
JUDGED_DOCUMENTS = "raw-corpus/judged_documents.jsonl"
SEEN = "corpus-seen/seen.json"
BATCH_INPUT = "bedrock-input"
BATCH_OUTPUT = "bedrock-output"
TRAINING_DATA = "training-data/training_data.jsonl"
CANDIDATES = "training-data/bm25_candidates.jsonl"
EVALUATION_SETS = "evaluation-sets"
SOURCE = "code/sourcedir.tar.gz"
MODEL = "model-artifacts/model.tar.gz"
CHECKPOINTS = "model-artifacts/checkpoints/"
TRAINING_OUTPUT = "training-output"
EVALUATION = "evaluation/evaluation.json"
RUNS = "evaluation/runs"
BEIR = "evaluation/beir"
BENCHMARK_HTML = "benchmark/benchmark.html"
BENCHMARK_JSON = "benchmark/benchmark.json"
REPORT_HTML = "report/report.html"
REPORT_JSON = "report/report.json"


def split_uri(uri: str) -> tuple[str, str]:
    """Bucket and key of an `s3://` URI."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key
