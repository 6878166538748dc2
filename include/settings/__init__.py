"""Every input parameter, one frozen model a phase; form, validation and documentation come from here."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from include.settings.base import (
    BucketName,
    Clients,
    ClusterUrl,
    Hits,
    IndexName,
    KeyPrefix,
    ModelName,
    PhaseSettings,
    Region,
    S3Uri,
)
from include.settings.corpus import CorpusSettings
from include.settings.evaluation import EvaluationSettings
from include.settings.model import ModelSettings
from include.settings.queries import QuerySettings
from include.settings.run import FinetuneBenchmarkSettings, RunSettings
from include.settings.serving import EndpointSettings, RegistrationSettings
from include.settings.training import TrainingSettings

BATCH_SIZES = {"dense": 32, "sparse": 32, "highlighter": 8}
# Of base and tuned model with 768 dimensions these are 0.6 GB, which travel through S3 and the worker's disk.
MAX_DOCUMENTS_WITH_VECTORS = 100_000

__all__ = [
    "MAX_DOCUMENTS_WITH_VECTORS",
    "BucketName",
    "Clients",
    "ClusterUrl",
    "CorpusSettings",
    "EndpointSettings",
    "EvaluationSettings",
    "FinetuneBenchmarkSettings",
    "FinetuneSettings",
    "Hits",
    "IndexName",
    "KeyPrefix",
    "ModelName",
    "ModelSettings",
    "PhaseSettings",
    "QuerySettings",
    "Region",
    "RegistrationSettings",
    "RunSettings",
    "S3Uri",
    "TrainingSettings",
]


class FinetuneSettings(BaseModel):
    """The settings of one run, phase by phase."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    corpus: CorpusSettings
    model: ModelSettings
    queries: QuerySettings
    training: TrainingSettings
    evaluation: EvaluationSettings
    endpoint: EndpointSettings
    registration: RegistrationSettings
    benchmark: FinetuneBenchmarkSettings
    run: RunSettings

    @property
    def is_highlighter(self) -> bool:
        """Whether sentences are marked instead of documents found."""
        return self.model.model_type == "highlighter"

    @property
    def is_sparse(self) -> bool:
        """Whether documents are found by weighted words instead of vectors."""
        return self.model.model_type == "sparse"

    @property
    def trains_all_weights(self) -> bool:
        """Whether batches go back through all of the model, so that several processes share them.

        A highlighter's epoch and a sparse model's one pass take minutes, in one process.
        """
        return not self.is_highlighter and not (self.is_sparse and self.model.sparse_mode == "doc-only")

    @property
    def needs_candidates(self) -> bool:
        """Whether training wants to know what BM25 finds for the pairs' queries."""
        mined = self.training.hard_negatives > 0 and self.training.negatives_from != "base"
        return not self.is_highlighter and (mined or self.queries.consistency_depth > 0)

    @property
    def writes_vectors(self) -> bool:
        """Whether training leaves the vectors by which models are compared in OpenSearch."""
        small = self.corpus.max_documents <= MAX_DOCUMENTS_WITH_VECTORS
        return not self.is_highlighter and self.evaluation.evaluation_engine != "container" and small

    @property
    def batch_size(self) -> int:
        """Pairs a step, as given or as the training container takes them for the kind of model."""
        return self.training.batch_size or BATCH_SIZES[self.model.model_type]
