"""What a training job does, phase by phase."""

from __future__ import annotations

import functools
import logging
from typing import TYPE_CHECKING, Any

import datasets
import transformers

from .base_model import BaseModel, load_base_model
from .card import card_sections
from .encode import count_truncated
from .evaluate import count_documents, search_corpus
from .export import export_model
from .fit import fit
from .golden import golden_texts, write_golden
from .hardware import device, resolve_precision, use_all_cores
from .highlighter.job import HighlighterJob
from .pairs import Pair, read_pairs
from .phases import Phases
from .query_sets import QuerySet, read_query_sets
from .report import peak_memory_mib, write_report
from .sparse.job import SparseJob
from .trec import write_run

if TYPE_CHECKING:
    from pathlib import Path

    from .channels import Channels
    from .parameters import Parameters

logger = logging.getLogger(__name__)


def run_job(parameters: Parameters, channels: Channels) -> None:
    """Tunes the base model to what `model_type` names, and writes model, evaluation, golden.json and training.json.

    Everything that can be wrong with the input is checked before anything is computed.

    Raises:
        TrainingError: what is wrong, and what to do about it.
    """
    _quieten_libraries()
    _JOBS[parameters.model_type](parameters, channels).run()


class _DenseJob:
    def __init__(self, parameters: Parameters, channels: Channels) -> None:
        self._parameters = parameters
        self._channels = channels
        self._device = device()
        self._precision = resolve_precision(parameters.precision, self._device)
        self._phases = Phases()
        self._cores = use_all_cores()
        with self._phases.phase("load"):
            self._base: BaseModel = load_base_model(parameters, channels.base_model, self._device)
            self._pairs: list[Pair] = read_pairs(channels.train, parameters.max_pairs, parameters.seed)
            self._sets, self._corpus, self._documents = self._read_evaluation()
        logger.info(
            "device=%s cores=%d precision=%s pairs=%d documents=%d sets=%d",
            *(self._device, self._cores, self._precision, len(self._pairs), self._documents, len(self._sets)),
        )

    def run(self) -> None:
        self._evaluate("base")
        with self._phases.phase("count_tokens"):
            truncated = self._count_truncated()
        with self._phases.phase("train"):
            fitted = fit(self._base.model, self._pairs, self._parameters, self._precision)
        self._evaluate("tuned")
        facts: dict[str, Any] = {
            **self._facts(),
            "steps": fitted.steps,
            "masked_documents": fitted.masked_documents,
            "truncated": truncated,
            "loss_history": fitted.loss_history,
        }
        with self._phases.phase("save"):
            self._save(facts)
        facts |= {"seconds": self._phases.seconds, "peak_memory_mib": peak_memory_mib()}
        write_report(self._channels.output_data / "training.json", self._parameters, facts)
        logger.info(
            "done seconds=%.0f peak_memory_mib=%d", sum(self._phases.seconds.values()), facts["peak_memory_mib"]
        )

    def _read_evaluation(self) -> tuple[list[QuerySet], Path | None, int]:
        corpus, evaluation = self._channels.corpus, self._channels.evaluation
        if corpus is None or evaluation is None:
            logger.info("No evaluation: the job has no channel %s.", "corpus" if corpus is None else "evaluation")
            return [], corpus, 0
        return read_query_sets(evaluation), corpus, count_documents(corpus)

    def _evaluate(self, which: str) -> None:
        if self._corpus is None or not self._sets:
            return
        phase = f"encode_{which}"
        with self._phases.phase(phase):
            progress = functools.partial(self._phases.progress, phase, of=self._documents)
            runs = search_corpus(self._base.model, self._precision, self._corpus, self._sets, progress)
        for name, run in runs.items():
            write_run(self._channels.output_data / "runs" / f"{name}.{which}.trec", run, tag=which)

    def _count_truncated(self) -> dict[str, int]:
        model = self._base.model
        return {
            "queries": count_truncated(model, [pair.query for pair in self._pairs]),
            "documents": count_truncated(model, list({pair.document for pair in self._pairs})),
        }

    def _facts(self) -> dict[str, Any]:
        return {
            "model_name": self._parameters.model_name,
            "run": self._parameters.run,
            "base_model_id": self._base.model_id,
            "base_model_sha256": self._base.weights_sha256,
            "embedding_dimension": self._base.dimension,
            "pairs_used": len(self._pairs),
            "evaluation_documents": self._documents,
            "evaluation_queries": {query_set.name: len(query_set.queries) for query_set in self._sets},
            "device": self._device,
            "cores": self._cores,
            "precision": self._precision,
        }

    def _save(self, facts: dict[str, Any]) -> None:
        texts = golden_texts(self._pairs, self._corpus, self._sets)
        card = card_sections(self._parameters, facts, self._documents, self._sets)
        export_model(self._base.model, self._channels.model, card, texts)
        write_golden(self._channels.output_data / "golden.json", self._base.model, texts)


_JOBS: dict[str, type[_DenseJob] | type[HighlighterJob] | type[SparseJob]] = {
    "dense": _DenseJob,
    "highlighter": HighlighterJob,
    "sparse": SparseJob,
}


def _quieten_libraries() -> None:
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    datasets.utils.logging.set_verbosity_error()
    datasets.disable_progress_bars()
    for name in ("sentence_transformers", "httpx", "huggingface_hub"):
        logging.getLogger(name).setLevel(logging.ERROR)
