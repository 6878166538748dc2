"""How an endpoint serves a highlighter: limits, batches, precision; from `SERVING_*` variables."""

from __future__ import annotations

import dataclasses
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

BACKENDS = ("auto", "torch", "torchscript", "onnx", "onnx-int8")
PRECISIONS = ("auto", "fp32", "bf16", "fp16", "int8")


@dataclasses.dataclass(frozen=True)
class Serving:
    """What is set at deployment; the variable of `max_items` is `SERVING_MAX_ITEMS`, and so on.

    Attributes:
        max_items: most items of a request.
        max_item_characters: most characters of a context; a longer one is that item's error.
        max_total_characters: most characters of all questions and contexts of a request.
        max_question_characters: what of a question is read; more is cut.
        batch_tokens: most tokens of one forward pass, padding included; 0 takes what the device is fastest with.
        batch_wait_ms: how long a pass waits for requests that are being read already; 0 switches sharing off: each
            pass is of one request.
        workers: forward passes at the same time; 0 takes one a core, one on a GPU.
        precision: of the PyTorch model; `auto` takes the 16 bits that the hardware computes, else fp32.
        backend: `auto` is `torch`; the others want their file in the model's folder.
    """

    max_items: int = 512
    max_item_characters: int = 250_000
    max_total_characters: int = 2_000_000
    max_question_characters: int = 4_000
    batch_tokens: int = 0
    batch_wait_ms: float = 3.0
    workers: int = 0
    precision: str = "auto"
    backend: str = "auto"

    def __post_init__(self) -> None:
        """Refuses what cannot be served.

        Raises:
            ValueError: a value that is none of the valid ones.
        """
        _check_choice("backend", self.backend, BACKENDS)
        _check_choice("precision", self.precision, PRECISIONS)
        for name in ("max_items", "max_item_characters", "max_total_characters", "max_question_characters"):
            _check_least(name, getattr(self, name), 1)
        for name in ("batch_tokens", "batch_wait_ms", "workers"):
            _check_least(name, getattr(self, name), 0)


def read_serving(environment: Mapping[str, str] = os.environ) -> Serving:
    """The settings of an environment, the defaults where it says nothing.

    Raises:
        ValueError: a variable's value is not valid.
    """
    given = {
        field.name: _value(f"SERVING_{field.name.upper()}", environment, field.default)
        for field in dataclasses.fields(Serving)
    }
    return Serving(**given)


def _value(variable: str, environment: Mapping[str, str], default: Any) -> Any:
    written = environment.get(variable, "").strip()
    if not written:
        return default
    try:
        return type(default)(written)
    except ValueError as error:
        raise ValueError(f"{variable} is {written!r}. Valid: a number such as {default}.") from error


def _check_choice(name: str, value: str, valid: tuple[str, ...]) -> None:
    if value not in valid:
        raise ValueError(f"SERVING_{name.upper()} is {value!r}. Valid values: {', '.join(valid)}.")


def _check_least(name: str, value: float, least: int) -> None:
    if not value >= least:
        raise ValueError(f"SERVING_{name.upper()} is {value}. Valid: {least} or more.")
