"""A request's parameters against the service model, in the words AWS uses to refuse them."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any

from botocore.validate import ParamValidator

from local.aws.errors import SerializationException, ValidationException

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.model import Shape

JAVA_CLASSES = {
    r"\p{ASCII}": r"[\x00-\x7f]",
    r"\p{L}": r"\w",
    r"\p{M}": "",
    r"\p{N}": r"\d",
    r"\p{Z}": r"\s",
}
"""Classes of characters that Python's expressions lack, and what comes close."""
LONGEST_ENUM = 40
"""Values of an enum that an error lists; SageMaker has hundreds of instance types."""


def check(parameters: dict[str, Any], shape: Shape | None) -> None:
    """Refuses what AWS would refuse: missing members, lengths, ranges, patterns, enums; then wrong types.

    Raises:
        ValidationException: "N validation errors detected: Value 'x' at 'y' failed to satisfy constraint: …".
        SerializationException: a value of the wrong type.
    """
    if shape is None:
        return
    complaints = list(complaints_of(parameters, shape))
    if complaints:
        noun = "error" if len(complaints) == 1 else "errors"
        raise ValidationException(f"{len(complaints)} validation {noun} detected: {'; '.join(complaints)}")
    report = ParamValidator().validate(parameters, shape)
    if report.has_errors():
        raise SerializationException(report.generate_report())


def complaints_of(value: Any, shape: Any, path: str = "") -> Iterator[str]:
    """One sentence for each constraint of the model that `value` does not satisfy; wrong types are left alone."""
    for constraint in _broken(value, shape):
        shown = "Value" if shape.metadata.get("sensitive") else f"Value '{_shown(value)}'"
        yield f"{shown} at '{path}' failed to satisfy constraint: {constraint}"
    if isinstance(value, dict) and shape.type_name == "structure":
        yield from _members(value, shape, path)
    elif isinstance(value, dict) and shape.type_name == "map":
        for key, item in value.items():
            yield from complaints_of(key, shape.key, f"{path}.key")
            yield from complaints_of(item, shape.value, f"{path}.{key}.member")
    elif isinstance(value, list) and shape.type_name == "list":
        for number, item in enumerate(value, 1):
            yield from complaints_of(item, shape.member, f"{path}.{number}.member")


def _members(value: dict[str, Any], shape: Any, path: str) -> Iterator[str]:
    for name in shape.required_members:
        if value.get(name) is None:
            yield f"Value null at '{_join(path, name)}' failed to satisfy constraint: Member must not be null"
    for name, member in shape.members.items():
        if value.get(name) is not None:
            yield from complaints_of(value[name], member, _join(path, name))


def _join(path: str, name: str) -> str:
    name = name[:1].lower() + name[1:]
    return f"{path}.{name}" if path else name


def _shown(value: Any) -> str:
    return f"[{', '.join(map(str, value))}]" if isinstance(value, list) else str(value)


def _broken(value: Any, shape: Shape) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if isinstance(value, str) and shape.type_name == "string":
        yield from _broken_string(value, shape)
        yield from _out_of(len(value), least, most, "have length")
    elif isinstance(value, (list, dict)) and shape.type_name in ("list", "map"):
        yield from _out_of(len(value), least, most, "have length")
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield from _out_of(value, least, most, "have value")


def _out_of(size: float, least: Any, most: Any, what: str) -> Iterator[str]:
    if least is not None and size < float(least):
        yield f"Member must {what} greater than or equal to {least}"
    if most is not None and size > float(most):
        yield f"Member must {what} less than or equal to {most}"


def _broken_string(value: str, shape: Shape) -> Iterator[str]:
    enum = getattr(shape, "enum", None) or []
    if enum and value not in enum:
        listed = ", ".join(enum[:LONGEST_ENUM]) + (", …" if len(enum) > LONGEST_ENUM else "")
        yield f"Member must satisfy enum value set: [{listed}]"
    pattern = shape.metadata.get("pattern")
    too_long = len(value) > float(shape.metadata.get("max", "inf"))
    if pattern and not too_long:  # some of AWS's patterns are exponential in what they refuse
        compiled = _compile(pattern)
        if compiled and not compiled.fullmatch(value):
            yield f"Member must satisfy regular expression pattern: {pattern}"


@functools.cache
def _compile(pattern: str) -> re.Pattern[str] | None:
    """AWS's patterns are Java's; None for the few that Python cannot read."""
    for theirs, ours in JAVA_CLASSES.items():
        pattern = pattern.replace(theirs, ours)
    try:
        return re.compile(pattern, re.DOTALL)
    except re.error:
        return None
