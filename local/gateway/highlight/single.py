"""Highlighting one hit after another while the shards fetch them, with one call of the model for each hit and field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.gateway.dataset import Question
from local.gateway.errors import OpenSearchError, refuse
from local.gateway.highlight import spans, tags
from local.gateway.highlight.clauses import Query, question
from local.gateway.java.values import simple_name

if TYPE_CHECKING:
    from local.gateway.highlight.options import SemanticField
    from local.gateway.highlight.rules import Rules
    from local.gateway.predict import Predictions

_HTML = "html"


@dataclass(frozen=True)
class Fetching:
    """What the fetch phase of one search needs to know.

    Attributes:
        predictions: runs the models.
        rules: of the version.
        batches: whether the cluster allows batches.
    """

    predictions: Predictions
    rules: Rules
    batches: bool


@dataclass(frozen=True)
class Reading:
    """One text to highlight: a field of a hit.

    Attributes:
        field: how it is asked for.
        name: its full name.
        source: of the document, or of the nested one under its path.
        query: what the index makes of the query that is looked at.
    """

    field: SemanticField
    name: str
    source: dict[str, Any]
    query: Query


async def highlighted(fetching: Fetching, reading: Reading) -> str | None:
    """The text with the tags of its spans; None: not highlighted.

    Raises:
        OpenSearchError: what the shard fails with.
    """
    own, rules = reading.field, fetching.rules
    if own.batch:
        if not fetching.batches:
            raise _batches_off(rules, reading.name)
        return None
    text = _text(reading, rules)
    if text is None:
        return None
    model_id = _model_id(own.options)
    asked = question(reading.query, reading.name)
    if not asked:
        return None
    found = await _spans(fetching.predictions, model_id, Question(asked, text))
    return _tagged(text, found, own, rules)


def _tagged(text: str, found: list[Any], own: SemanticField, rules: Rules) -> str:
    if not found:
        marked = text
    elif rules.strict_spans:
        marked = tags.tagged_strictly(text, found, own.tags)
    else:
        marked = tags.tagged_in_order(text, found, own.tags)
    if rules.encoders and str(own.options.get("encoder")).lower() == _HTML:
        return tags.html_between(marked, own.tags)
    return marked


async def _spans(predictions: Predictions, model_id: str, asked: Question) -> list[Any]:
    try:
        return spans.of_one_text(await predictions.run(model_id, asked))
    except OpenSearchError as error:
        raise refuse("highlight_inference", id=model_id, caused_by=error.item()) from error


def _text(reading: Reading, rules: Rules) -> str | None:
    value = extracted(reading.source, reading.name)
    if isinstance(value, str) and value:
        return value
    if not rules.missing_text_fails:
        return None
    if value is None:
        raise refuse("highlight_field_missing", field=reading.name)
    if isinstance(value, str):
        raise refuse("highlight_field_empty", field=reading.name)
    raise refuse("highlight_field_type", field=reading.name, type=simple_name(value))


def _model_id(options: dict[str, Any]) -> str:
    model_id = options.get("model_id")
    if not isinstance(model_id, str):
        raise refuse("highlight_model_id", type="null" if model_id is None else simple_name(model_id))
    return model_id


def _batches_off(rules: Rules, name: str) -> OpenSearchError:
    if rules.batch_by_request:
        return refuse("highlight_batch_disabled_3_7", field=name)
    return refuse("highlight_batch_disabled")


def extracted(source: Any, path: str) -> Any:
    """`XContentMapValues.extractValue`: the value at a dotted path; a list on the way makes a list of what is found."""
    return _extracted(source, path.split("."))


def _extracted(value: Any, names: list[str]) -> Any:
    if isinstance(value, list):
        return [found for item in value if (found := _extracted(item, names)) is not None]
    if not names:
        return value
    if not isinstance(value, dict):
        return None
    keys = [(".".join(names[:count]), names[count:]) for count in range(1, len(names) + 1)]
    found = [deeper for key, rest in keys if key in value and (deeper := _extracted(value[key], rest)) is not None]
    return found if len(found) > 1 else next(iter(found), None)
