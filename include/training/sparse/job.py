"""The job of a sparse model: evaluate it untrained, train, evaluate again, save."""

from __future__ import annotations

import functools
import logging
from typing import TYPE_CHECKING, Any

from .. import team
from ..evaluate import count_documents
from ..hardware import device, resolve_precision, use_all_cores
from ..launch import refuse_hosts
from ..pairs import read_pairs
from ..phases import Phases
from ..query_sets import read_query_sets
from ..records import read_records
from ..report import peak_memory_mib, write_report
from ..trec import write_run
from .base import LEXICAL, SPLADE, SparseBase, load_sparse_base
from .card import card_sections
from .evaluate import Vectors, search_corpus
from .export import export_model
from .fit import fit
from .golden import probes_of, write_golden
from .lexical_fit import fit_lexical

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ..channels import Channels
    from ..fit import Fit
    from ..parameters import Parameters
    from ..query_sets import QuerySet

logger = logging.getLogger(__name__)

_FITS = {LEXICAL: fit_lexical, SPLADE: fit}


class SparseJob:
    """Reads and checks everything when it is made; `run` computes."""

    def __init__(self, parameters: Parameters, channels: Channels) -> None:
        self._parameters = parameters
        self._channels = channels
        self._device = device()
        self._precision = resolve_precision(parameters.precision, self._device)
        self._phases = Phases()
        self._cores = use_all_cores(team.processes_here())
        self._weights: dict[str, Any] = {}
        with self._phases.phase("load"):
            pairs = read_pairs(channels.train, parameters.max_pairs, parameters.seed)
            self._pairs = [{"query": pair.query, "document": pair.document} for pair in pairs]
            self._sets, self._corpus, self._documents = self._read_evaluation()
            self._base: SparseBase = load_sparse_base(parameters, channels.base_model, self._texts, self._device)
        if self._base.start == LEXICAL:
            refuse_hosts(team.hosts(), "sparse_mode is 'doc-only' and the base model has no masked-language head")
        logger.info(
            "device=%s cores=%d precision=%s pairs=%d documents=%d sets=%d start=%s",
            *(self._device, self._cores, self._precision, len(self._pairs)),
            *(self._documents, len(self._sets), self._base.start),
        )

    def run(self) -> None:
        """Runs the job, and writes everything that it leaves."""
        if self._base.start == LEXICAL:
            team.leave()
            if not team.is_first():
                return
        team.from_first(lambda: self._evaluate("base"))
        with self._phases.phase("train"):
            given = (self._base, self._pairs, self._parameters, self._precision, self._channels.checkpoints)
            fitted = _FITS[self._base.start](*given)
        if team.is_first():
            self._evaluate("tuned")
            self._finish(fitted)

    def _finish(self, fitted: Fit) -> None:
        facts: dict[str, Any] = {
            **self._facts(),
            "steps": fitted.steps,
            "masked_documents": fitted.masked_documents,
            "resumed_after": fitted.resumed_after,
            "resumed_documents": fitted.resumed_documents,
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

    def _texts(self) -> Iterator[str]:
        """The documents of the corpus, or those of the pairs where there is none."""
        if self._corpus is None:
            return iter(dict.fromkeys(pair["document"] for pair in self._pairs))
        return (record["text"] for record in read_records(self._corpus, ("id", "text")))

    def _evaluate(self, which: str) -> None:
        if self._corpus is None or not self._sets:
            return
        phase, output = f"encode_{which}", self._channels.output_data
        with self._phases.phase(phase):
            progress = functools.partial(self._phases.progress, phase, of=self._documents)
            wanted = self._parameters.write_vectors
            vectors = Vectors(output / "vectors", which, self._base.model) if wanted else None
            found = search_corpus(self._base.model, self._precision, self._corpus, self._sets, progress, vectors)
        self._weights[which] = found.weights
        for name, run in found.runs.items():
            write_run(output / "runs" / f"{name}.{which}.trec", run, tag=which)

    def _facts(self) -> dict[str, Any]:
        return {
            "model_name": self._parameters.model_name,
            "run": self._parameters.run,
            "base_model_id": self._base.model_id,
            "base_model_sha256": self._base.weights_sha256,
            "sparse_mode": self._parameters.sparse_mode,
            "sparse_start": self._base.start,
            "weights": self._weights,
            "query_prefix": "",
            "document_prefix": "",
            "pairs_used": len(self._pairs),
            "evaluation_documents": self._documents,
            "evaluation_queries": {query_set.name: len(query_set.queries) for query_set in self._sets},
            "device": self._device,
            "cores": self._cores,
            "processes": team.size(),
            "precision": self._precision,
        }

    def _save(self, facts: dict[str, Any]) -> None:
        probes = probes_of(self._pairs, self._corpus, self._sets)
        card = card_sections(self._parameters, facts, self._documents, self._sets)
        export_model(self._base.model, self._channels.model, card, probes)
        write_golden(self._channels.output_data / "golden.json", self._base.model, probes)
