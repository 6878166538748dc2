"""The log lines of a training job, and the expressions by which SageMaker reads metrics out of them.

Imports nothing but the standard library, so that whoever builds the training request can read `METRIC_DEFINITIONS`.
"""

from __future__ import annotations

_NUMBER = r"([0-9eE.+-]+)"

METRIC_DEFINITIONS: list[dict[str, str]] = [
    {"Name": "train:loss", "Regex": rf"step=[0-9]+ .*\bloss={_NUMBER}"},
    {"Name": "train:learning_rate", "Regex": rf"step=[0-9]+ .*\blearning_rate={_NUMBER}"},
    {"Name": "train:epoch", "Regex": rf"step=[0-9]+ .*\bepoch={_NUMBER}"},
    {"Name": "train:step", "Regex": rf"\bstep={_NUMBER} steps="},
    {"Name": "train:steps", "Regex": rf"\bsteps={_NUMBER} epoch="},
    {"Name": "train:seconds", "Regex": rf"step=[0-9]+ .*\bseconds={_NUMBER}"},
]


def step_line(step: int, steps: int, epoch: float, loss: float, learning_rate: float, seconds: float) -> str:
    """Progress of training, as `METRIC_DEFINITIONS` reads it."""
    return (
        f"step={step} steps={steps} epoch={epoch:.2f} loss={loss:.4f} "
        f"learning_rate={learning_rate:.3g} seconds={seconds:.0f}"
    )


def phase_line(phase: str, done: int, of: int) -> str:
    """Progress of a phase: `done` of `of` texts, pairs or files."""
    return f"phase={phase} done={done} of={of}"
