"""A processor's `field_map` laid on a document: which texts it has, and where their vectors go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.gateway.errors import OpenSearchError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# The vectors of a list of texts are a list of objects, each with its vector under a name of its kind.
LIST_KEY = "knn"
Slot = tuple[str, "Callable[[Any], None]"]


def slots(field_map: dict[str, Any], document: dict[str, Any], list_key: str = LIST_KEY) -> list[Slot]:
    """Every text that is mapped, with the function that puts its vector into the document.

    Missing, null and blank texts are passed over in silence: such a document is indexed without a vector.

    Args:
        field_map: from field to field, nested or dotted.
        document: its dotted keys are unfolded here.
        list_key: the name of a vector in the objects that a list of texts becomes.

    Raises:
        OpenSearchError: 400, a mapped field is neither text nor nested.
    """
    unfold(document)
    nested = dict(field_map)
    unfold(nested)
    return list(_slots(nested, document, list_key))


def unfold(document: dict[str, Any]) -> None:
    """`{"a.b": 1}` becomes `{"a": {"b": 1}}`."""
    for name in [name for name in document if "." in name]:
        value = document.pop(name)
        *parents, leaf = name.split(".")
        node = document
        for parent in parents:
            node = node.setdefault(parent, {})
        node[leaf] = value


def _slots(field_map: dict[str, Any], document: dict[str, Any], list_key: str) -> Iterator[Slot]:
    for name, goal in field_map.items():
        value = document.get(name)
        if isinstance(goal, dict):
            for nested in _nested(name, value):
                yield from _slots(goal, nested, list_key)
        elif isinstance(value, list):
            yield from _list_slots(name, value, _putting(document, goal), list_key)
        elif isinstance(value, str):
            if value.strip():
                yield value, _putting(document, goal)
        elif value is not None:
            raise _refusal(f"map type field [{name}] is neither string nor nested type, cannot process it")


def _nested(name: str, value: Any) -> list[dict[str, Any]]:
    if value is None:
        return []
    items = value if isinstance(value, list) else [value]
    if not all(isinstance(item, dict) for item in items):
        raise _refusal(f"map type field [{name}] is neither string nor nested type, cannot process it")
    return items


def _list_slots(name: str, values: list[Any], put: Callable[[Any], None], list_key: str) -> Iterator[Slot]:
    for value in values:
        if value is None:
            raise _refusal(f"list type field [{name}] has null, cannot process it")
        if isinstance(value, list):
            raise _refusal(f"list type field [{name}] is nested list type, cannot process it")
        if not isinstance(value, str):
            raise _refusal(f"list type field [{name}] has non string value, cannot process it")
    if values:
        entries: list[dict[str, Any]] = [{} for _ in values]
        put(entries)
        for value, entry in zip(values, entries, strict=True):
            yield value, _putting(entry, list_key)


def _putting(document: dict[str, Any], goal: str) -> Callable[[Any], None]:
    def put(vector: Any) -> None:
        *parents, leaf = goal.split(".")
        node = document
        for parent in parents:
            node = node.setdefault(parent, {})
        node[leaf] = vector

    return put


def _refusal(reason: str) -> OpenSearchError:
    return OpenSearchError(400, "illegal_argument_exception", reason)
