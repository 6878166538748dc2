"""One log line every few steps, in the form that the metric definitions read."""

from __future__ import annotations

import logging
import time
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from .metrics import step_line

logger = logging.getLogger(__name__)


class StepLog(TrainerCallback):
    """Logs step, loss and learning rate, and keeps them."""

    def __init__(self) -> None:
        self.history: list[dict[str, float]] = []
        self._started = time.monotonic()

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        self._started = time.monotonic()
        # Of a training that goes on, what was logged before it was interrupted.
        self.history = [_logged(entry, entry["step"]) for entry in state.log_history if "loss" in entry]

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **kwargs: Any,
    ) -> None:
        if not logs or "loss" not in logs:
            return
        loss, rate, step = float(logs["loss"]), float(logs["learning_rate"]), int(state.global_step)
        self.history.append(_logged(logs, step))
        seconds = time.monotonic() - self._started
        logger.info("%s", step_line(step, int(state.max_steps), float(state.epoch or 0.0), loss, rate, seconds))


def _logged(logs: dict[str, float], step: float) -> dict[str, float]:
    return {"step": int(step), "loss": round(float(logs["loss"]), 6), "learning_rate": float(logs["learning_rate"])}
