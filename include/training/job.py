"""What a training job does, phase by phase."""

from __future__ import annotations

import functools
import logging
from typing import TYPE_CHECKING, Any

import datasets
import transformers

from . import team
from .archive import copy_wheels
from .base_model import BaseModel, load_base_model
from .card import card_sections
from .encode import count_truncated
from .evaluation import Evaluation
from .export import export_model
from .fit import fit
from .golden import golden_texts, write_golden
from .hardware import device, resolve_precision, use_all_cores
from .highlighter.job import HighlighterJob
from .losses.build import LOSSES
from .pairs import Pair, read_pairs
from .phases import Phases
from .pooling import pooling_of
from .prepare import Preparation, Prepared, check_candidates, wants_base_vectors
from .prompts import QUERY
from .report import peak_memory_mib, write_report
from .sparse.job import SparseJob
from .teacher import load_teacher, score

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

    from .channels import Channels
    from .fit import Fit
    from .parameters import Parameters

logger = logging.getLogger(__name__)


def run_job(parameters: Parameters, channels: Channels) -> None:
    """Tunes the base model to what `model_type` names, and writes model, evaluation, golden.json and training.json.

    Everything that can be wrong with the input is checked before anything is computed. Where several processes train
    together, each runs this, and only the first writes.

    Raises:
        TrainingError: what is wrong, and what to do about it.
    """
    _quieten_libraries()
    with team.joined():
        _JOBS[parameters.model_type](parameters, channels).run()
        if team.is_first():
            copy_wheels(channels.wheels, channels.model / "code")


class _DenseJob:
    # Checked here, before anything is computed; run() then computes, phase by phase.
    def __init__(self, parameters: Parameters, channels: Channels) -> None:
        self._parameters = parameters
        self._channels = channels
        self._device = device()
        self._precision = resolve_precision(parameters.precision, self._device)
        self._phases = Phases()
        self._cores = use_all_cores(team.processes_here())
        check_candidates(parameters, channels)
        with self._phases.phase("load"):
            self._base: BaseModel = load_base_model(parameters, channels.base_model, self._device)
            self._teacher = self._load_teacher()
            self._pairs: list[Pair] = read_pairs(channels.train, parameters.max_pairs, parameters.seed)
            self._evaluation = Evaluation(channels, parameters.write_vectors)
        logger.info(
            "device=%s cores=%d precision=%s pairs=%d documents=%d sets=%d",
            *(self._device, self._cores, self._precision, len(self._pairs)),
            *(self._evaluation.documents, len(self._evaluation.sets)),
        )

    def run(self) -> None:
        with self._evaluation:
            prepared, scores = team.from_first(self._before_training)
            with self._phases.phase("train"):
                given = (self._base.model, prepared.pairs, self._parameters, self._precision)
                fitted = fit(*given, prepared.negatives, scores, self._channels.checkpoints)
            if team.is_first():
                tuned = self._evaluation.run(self._base.model, self._precision, "tuned", self._phases)
                self._evaluation.discard(tuned)
                self._finish(prepared, fitted)

    def _finish(self, prepared: Prepared, fitted: Fit) -> None:
        facts: dict[str, Any] = {
            **self._facts(),
            **prepared.facts,
            "pairs_used": len(prepared.pairs),
            "rows": fitted.rows,
            "steps": fitted.steps,
            "masked_documents": fitted.masked_documents,
            "resumed_after": fitted.resumed_after,
            "truncated": self._truncated,
            "loss_history": fitted.loss_history,
        }
        with self._phases.phase("save"):
            self._save(facts)
        facts |= {"seconds": self._phases.seconds, "peak_memory_mib": peak_memory_mib()}
        write_report(self._channels.output_data / "training.json", self._parameters, facts)
        logger.info(
            "done seconds=%.0f peak_memory_mib=%d", sum(self._phases.seconds.values()), facts["peak_memory_mib"]
        )

    def _before_training(self) -> tuple[Prepared, list[list[float]]]:
        """What is trained on, with the teacher's scores, if there is one."""
        prepared = self._prepare()
        with self._phases.phase("count_tokens"):
            self._truncated = self._count_truncated()
        return prepared, self._teach(prepared)

    def _prepare(self) -> Prepared:
        """The base model reads the corpus once, for its evaluation and for what is done to the pairs."""
        model, wanted = self._base.model, wants_base_vectors(self._parameters)
        vectors = self._evaluation.run(model, self._precision, "base", self._phases, needed=wanted)
        prepared = Prepared(self._pairs)
        if wanted:
            with self._phases.phase("encode_pairs"):
                scratch = self._evaluation.scratch
                given = (model, self._precision, self._pairs, self._channels, vectors, scratch)
                preparation = Preparation(*given)
            prepared = preparation.prepare(self._parameters, self._phases)
        self._evaluation.discard(vectors)
        return prepared

    def _teach(self, prepared: Prepared) -> list[list[float]]:
        if self._teacher is None:
            return []
        with self._phases.phase("teach"):
            progress = functools.partial(self._phases.progress, "teach")
            scores = score(self._teacher, prepared.pairs, prepared.negatives, self._precision, progress)
        self._teacher = None
        return scores

    def _load_teacher(self) -> CrossEncoder | None:
        if not LOSSES[self._parameters.loss].taught or not team.is_first():
            return None
        return load_teacher(self._parameters, self._channels.teacher, self._device)

    def _count_truncated(self) -> dict[str, int]:
        model = self._base.model
        return {
            "queries": count_truncated(model, [pair.query for pair in self._pairs], QUERY),
            "documents": count_truncated(model, list({pair.document for pair in self._pairs})),
        }

    def _facts(self) -> dict[str, Any]:
        return {
            "model_name": self._parameters.model_name,
            "run": self._parameters.run,
            "base_model_id": self._base.model_id,
            "base_model_sha256": self._base.weights_sha256,
            "embedding_dimension": self._base.dimension,
            "truncated_dimension": self._base.model.truncate_dim is not None,
            "query_prefix": self._base.prompts.query,
            "document_prefix": self._base.prompts.document,
            "pooling": pooling_of(self._base.model),
            "pairs_given": len(self._pairs),
            "loss": self._parameters.loss,
            "matryoshka_dimensions": list(self._parameters.matryoshka_dimensions),
            "lora_rank": self._parameters.lora_rank,
            "evaluation_documents": self._evaluation.documents,
            "evaluation_queries": {each.name: len(each.queries) for each in self._evaluation.sets},
            "device": self._device,
            "cores": self._cores,
            "processes": team.size(),
            "precision": self._precision,
        }

    def _save(self, facts: dict[str, Any]) -> None:
        evaluation = self._evaluation
        texts = golden_texts(self._pairs, evaluation.corpus, evaluation.sets)
        card = card_sections(self._parameters, facts, evaluation.documents, evaluation.sets)
        export_model(self._base.model, self._channels.model, card, texts.documents)
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
