"""What a prediction answered: spans, errors of single items, or garbage."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from include.highlighting.errors import Fault, ModelCallError

HIGHLIGHTS = "highlights"
# SageMaker wraps a container's 413 in a ModelError of its own.
_WRAPPED_413 = re.compile(r"OriginalStatusCode\W{1,4}413|client error \(413\)")
# What ML Commons says of a connector whose template lacks `inputs`, or asks for more than that.
_NO_INPUTS = re.compile(r"Invalid payload|placeholder not filled|Invalid input format", re.IGNORECASE)
_REMOTE = "Error from remote service"


@dataclass(frozen=True)
class ItemAnswer:
    """The answer for one text: what the model says are its spans, unchecked, or why there are none."""

    spans: Any = None
    error: str | None = None


def single_answer(answer: object) -> ItemAnswer:
    """The answer of a single call.

    Raises:
        ModelCallError: it is none.
    """
    data = _data(answer)
    found = data.get(HIGHLIGHTS)
    if not isinstance(found, list):
        raise ModelCallError(f"The model answered {_shown(data)}. Valid: {{'{HIGHLIGHTS}': [{{'start', 'end'}}]}}.")
    if len(found) == 1 and isinstance(found[0], list):
        found = found[0]
    return ItemAnswer(found)


def batch_answers(answer: object, size: int) -> list[ItemAnswer]:
    """The answers of a batch, in its order.

    Args:
        answer: of the prediction.
        size: how many texts were sent.

    Raises:
        ModelCallError: it is none, or there is not one answer a text; NO_BATCH where it is that of a single call.
    """
    data = _data(answer)
    found = data.get(HIGHLIGHTS, data.get("response"))
    if not isinstance(found, list):
        raise ModelCallError(f"The model answered {_shown(data)} for a batch. Valid: {{'{HIGHLIGHTS}': [[…], …]}}.")
    if any(isinstance(each, dict) and HIGHLIGHTS not in each for each in found):
        fault = Fault.NO_BATCH if size > 1 else Fault.OTHER
        raise ModelCallError("The model answered a batch as if it were one text.", fault)
    if len(found) != size:
        raise ModelCallError(f"The model answered {len(found)} texts of a batch of {size}: whose they are is unknown.")
    errors = _errors(data.get("errors"), size)
    spans = [each[HIGHLIGHTS] if isinstance(each, dict) else each for each in found]
    return [ItemAnswer(each, errors.get(number)) for number, each in enumerate(spans)]


def failure_of(error: Exception) -> ModelCallError:
    """What an error of opensearch-py says about the call.

    Args:
        error: a `TransportError`, or what it raises where an answer is no JSON.
    """
    status = getattr(error, "status_code", None)
    reason = f"{status}: {_reason(error)}" if isinstance(status, int) else _reason(error)
    return ModelCallError(reason, _fault(status, reason), status if isinstance(status, int) else None)


def _fault(status: object, reason: str) -> Fault:
    is_remote = _REMOTE in reason
    if status == "TIMEOUT" or "Read timed out" in reason:
        return Fault.TIMEOUT
    if status == 413 or _WRAPPED_413.search(reason):
        return Fault.TOO_LARGE
    if status in (401, 403, 404) and not is_remote:
        return Fault.FATAL
    if status in (429, 503):
        return Fault.THROTTLED
    return Fault.NO_BATCH if status == 400 and not is_remote and _NO_INPUTS.search(reason) else Fault.OTHER


def _reason(error: Exception) -> str:
    info = getattr(error, "info", None)
    found = info.get("error") if isinstance(info, dict) else None
    if isinstance(found, dict):
        inner = found.get("caused_by")
        causes = [found.get("reason"), inner.get("reason") if isinstance(inner, dict) else None]
        return _shortened(": ".join(dict.fromkeys(str(cause) for cause in causes if cause)))
    return _shortened(str(found or error))


def _data(answer: object) -> dict[str, Any]:
    """The `dataAsMap` that the answer holds."""
    results = answer.get("inference_results") if isinstance(answer, dict) else None
    for result in results if isinstance(results, list) else []:
        tensors = result.get("output") if isinstance(result, dict) else None
        for tensor in tensors if isinstance(tensors, list) else []:
            data = tensor.get("dataAsMap") if isinstance(tensor, dict) else None
            if isinstance(data, dict):
                return data
    raise ModelCallError(f"The prediction answered {_shown(answer)}. Valid: inference_results with a dataAsMap.")


def _errors(raw: object, size: int) -> dict[int, str]:
    """The errors that the handler tells for single items of a batch."""
    errors = {}
    for each in raw if isinstance(raw, list) else []:
        item = each.get("item") if isinstance(each, dict) else None
        if not isinstance(item, int | float) or not 0 <= item < size:
            raise ModelCallError(f"The model tells an error of {_shown(each)}. Valid: item 0 to {size - 1}.")
        errors[int(item)] = _shortened(str(each.get("error")))
    return errors


def _shown(value: object) -> str:
    return _shortened(repr(value), 120)


def _shortened(text: str, length: int = 300) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"
