"""What a highlighter's training job does, phase by phase."""

from __future__ import annotations

import itertools
import logging
import random
from typing import TYPE_CHECKING, Any

from ..errors import TrainingError
from ..hardware import device, resolve_precision, use_all_cores
from ..phases import Phases
from ..records import read_records
from ..report import peak_memory_mib, write_report
from .base import load_highlighter_base
from .baselines import best_by_bm25, best_by_embedding
from .calibrate import Calibration, calibrate, split_for_calibration
from .card import highlighter_card
from .evaluate import TUNED, Chosen, choose_sentences, compare, logged, write_highlights
from .examples import build_examples
from .export import export_highlighter
from .fit import fit
from .golden import golden_pairs, write_golden
from .negatives import draw_negatives
from .records import read_highlight_sets, read_quotes
from .task import Task, prepare

if TYPE_CHECKING:
    from ..channels import Channels
    from ..parameters import Parameters
    from .examples import Example
    from .fit import Fit

logger = logging.getLogger(__name__)

# Documents from which whole negatives are drawn.
MOST_DOCUMENTS = 20_000


class HighlighterJob:
    """Tunes the base model and writes model, highlights, golden.json and training.json.

    Args:
        parameters: what was asked.
        channels: the job's folders; everything in them is checked here, before anything is computed.

    Raises:
        TrainingError: what is wrong, and what to do about it.
    """

    def __init__(self, parameters: Parameters, channels: Channels) -> None:
        self._parameters, self._channels = parameters, channels
        self._device = device()
        self._precision = resolve_precision(parameters.precision, self._device)
        self._phases = Phases()
        self._cores = use_all_cores()
        with self._phases.phase("load"):
            self._base = load_highlighter_base(parameters, channels.base_model, self._device)
            self._quotes = read_quotes(channels.train, parameters.max_pairs, parameters.seed)
            self._tasks = self._read_tasks()
            self._systems: dict[str, dict[str, Chosen]] = {task.name: {} for task in self._tasks}
        logger.info(
            "device=%s cores=%d precision=%s questions=%d sets=%d",
            *(self._device, self._cores, self._precision, len(self._quotes), len(self._tasks)),
        )

    def run(self) -> None:
        """Runs the phases to the end."""
        with self._phases.phase("evaluate_base"):
            self._evaluate_base()
        facts = self._facts() | self._train()
        with self._phases.phase("evaluate_tuned"):
            facts["evaluation"] = self._evaluate_tuned()
        with self._phases.phase("save"):
            facts["export_differences"] = self._save(facts)
        facts |= {"seconds": self._phases.seconds, "peak_memory_mib": peak_memory_mib()}
        write_report(self._channels.output_data / "training.json", self._parameters, facts)
        logger.info(
            "done seconds=%.0f peak_memory_mib=%d", sum(self._phases.seconds.values()), facts["peak_memory_mib"]
        )

    def _read_tasks(self) -> list[Task]:
        if self._channels.evaluation is None:
            logger.info("No evaluation: the job has no channel evaluation.")
            return []
        return [prepare(each, self._base.windower) for each in read_highlight_sets(self._channels.evaluation)]

    def _evaluate_base(self) -> None:
        for task in self._tasks:
            found = self._systems[task.name]
            found["bm25"] = best_by_bm25(task)
            found["embedding"] = best_by_embedding(task, self._base.model, self._base.tokenizer, self._precision)
            if self._base.is_highlighter:
                found["base"] = choose_sentences(self._base, task, self._parameters, self._precision)

    def _train(self) -> dict[str, Any]:
        parameters = self._parameters
        trained, kept = split_for_calibration(self._quotes, parameters.calibration_share, parameters.seed)
        documents = self._negative_documents()
        share, hard_share = parameters.negative_share, parameters.hard_negative_share
        negatives = draw_negatives(trained, documents, share, hard_share, parameters.seed)
        with self._phases.phase("prepare"):
            examples = build_examples(self._base.windower, trained, negatives, parameters.seed)
        if not any(example.has_marked for example in examples):
            raise TrainingError("No span in channel train marks a sentence. Check start and end: code points.")
        with self._phases.phase("train"):
            given = (self._base.model, examples, parameters, self._precision, self._base.ids)
            fitted = fit(*given, self._channels.checkpoints)
        calibration = Calibration(1.0, 0.0)
        if kept:
            with self._phases.phase("calibrate"):
                beside = draw_negatives(kept, documents, share, hard_share, parameters.seed)
                calibration = calibrate(self._base, kept, beside, parameters, self._precision)
        return _training_facts(fitted, examples, len(negatives), len(kept), calibration)

    def _negative_documents(self) -> list[str]:
        """Other documents, never one that the evaluation asks about."""
        asked = {question.context for task in self._tasks for question in task.questions}
        if self._channels.corpus is None:
            return [quote.document for quote in self._quotes]
        records = read_records(self._channels.corpus, ("id", "text"))
        texts = list(itertools.islice((record["text"] for record in records), 4 * MOST_DOCUMENTS))
        draw = random.Random(self._parameters.seed)  # noqa: S311 - a sample, not a secret
        drawn = draw.sample(texts, min(len(texts), MOST_DOCUMENTS))
        return [text for text in drawn if text not in asked]

    def _evaluate_tuned(self) -> dict[str, Any]:
        results = {}
        for task in self._tasks:
            found = {TUNED: choose_sentences(self._base, task, self._parameters, self._precision)}
            found |= self._systems[task.name]
            write_highlights(self._channels.output_data / "highlights" / f"{task.name}.jsonl", task, found)
            results[task.name] = compare(task, found, self._parameters.seed)
        for line in logged(results):
            logger.info("%s", line)
        return results

    def _save(self, facts: dict[str, Any]) -> dict[str, float]:
        pairs = golden_pairs(self._quotes, self._tasks)
        write_golden(self._channels.output_data / "golden.json", self._base, pairs, self._parameters)
        card = highlighter_card(self._parameters, facts)
        return export_highlighter(self._base, self._channels.model, card, pairs[:8], self._parameters)

    def _facts(self) -> dict[str, Any]:
        return {
            "model_name": self._parameters.model_name,
            "run": self._parameters.run,
            "base_model_id": self._parameters.base_model_id,
            "base_model_sha256": self._base.weights_sha256,
            "base_model_is_highlighter": self._base.is_highlighter,
            "pairs_used": len(self._quotes),
            "evaluation_queries": {task.name: len(task.questions) for task in self._tasks},
            "device": self._device,
            "cores": self._cores,
            "precision": self._precision,
        }


def _training_facts(
    fitted: Fit, examples: list[Example], negatives: int, calibration_questions: int, calibration: Calibration
) -> dict[str, Any]:
    return {
        "examples": len(examples),
        "negatives": negatives,
        "calibration_questions": calibration_questions,
        "calibration": {name: round(value, 4) for name, value in calibration._asdict().items()},
        "steps": fitted.steps,
        "hidden_questions": fitted.hidden_questions,
        "resumed_after": fitted.resumed_after,
        "loss_history": fitted.loss_history,
    }
