"""Jayway JsonPath, as far as a `response_filter` needs it, with its error messages."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from local.gateway.java import gson

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROVIDER = "com.jayway.jsonpath.spi.json.JsonSmartJsonProvider"
_JAVA = {str: "java.lang.String", bool: "java.lang.Boolean", int: "java.lang.Integer", float: "java.lang.Double"}
_TOKEN = re.compile(
    r"""(?P<deep>\.\.)?\.?(?:
        (?P<name>[^.\[\]*'"()?@$,:\s]+)
      | (?P<star>\*)
      | \[\s*(?P<wild>\*)\s*\]
      | \[\s*(?P<keys>(?:'[^']*'|"[^"]*")(?:\s*,\s*(?:'[^']*'|"[^"]*"))*)\s*\]
      | \[\s*(?P<slice>-?\d*\s*:\s*-?\d*)\s*\]
      | \[\s*(?P<indices>-?\d+(?:\s*,\s*-?\d+)*)\s*\]
    )""",
    re.VERBOSE,
)


class PathNotFoundError(LookupError):
    """The document has nothing at the path; the text is JsonPath's."""


class InvalidPathError(ValueError):
    """The path is not one that is understood here."""


class InvalidJsonError(ValueError):
    """The document ends too early, or cannot be made sense of; the text is json-smart's."""


class NullJsonError(ValueError):
    """The document is null; the text is JsonPath's."""


def read(document: str, path: str) -> Any:
    """What `JsonPath.read(document, path)` returns: one value for a definite path, a list for any other.

    Args:
        document: JSON text; text that does not begin like JSON is read as one string, as json-smart does.
        path: `$.a.b`, `$['a']`, `$.a[0]`, `$.a[*].b`, `$..a`, `$.a[0:2]`, `$.a[0,1]`.

    Raises:
        PathNotFoundError: a definite step finds nothing.
        InvalidPathError: `path` uses filters or functions, or is none.
        InvalidJsonError: the document is cut off or muddled.
        NullJsonError: the document is null.
    """
    steps = list(_steps(path))
    for step, following in zip(steps[-2::-1], steps[:0:-1], strict=True):
        step.rest += following.rest
    found = list(_walk(_parse(document), steps, "$"))
    if not _definite(steps):
        return found
    if not found:
        raise PathNotFoundError("No results for path: $" + "".join(str(step) for step in steps))
    return found[0]


def _definite(steps: list[_Step]) -> bool:
    return all(step.definite for step in steps)


def _parse(document: str) -> Any:
    try:
        value = json.JSONDecoder().raw_decode(document.strip())[0] if document.strip()[:1] in ("{", "[") else None
    except ValueError:
        return _muddled(document)
    if value is None:
        value = _scalar(document.strip())
    return value


def _scalar(text: str) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    if value is None:
        raise NullJsonError("json can not be null")
    return value


def _muddled(document: str) -> Any:
    """A document that is not quite JSON: names without quotes are fine, an early end is not."""
    try:
        return gson.parse(document)
    except gson.JsonSyntaxError as error:
        if "Unterminated string" in str(error):
            reason = f"Unexpected End Of File position {len(document)}: null"
        elif error.cause_type == "e_o_f_exception":
            is_array = str(error).rpartition("path ")[2].endswith("]")
            reason = f"Unexpected End Of File position {len(document) - 1}: {'EOF' if is_array else 'null'}"
        else:
            reason = f"Unexpected token in {document}"
        raise InvalidJsonError(f"net.minidev.json.parser.ParseException: {reason}") from error


class _Step:
    """One step of a path: which children of a node it selects."""

    def __init__(self, kind: str, argument: str, *, deep: bool) -> None:
        self.kind = kind
        self.keys = re.findall(r"['\"](.*?)['\"]", argument) if kind == "keys" else [argument]
        self.indices = [int(index) for index in argument.split(",")] if kind == "indices" else []
        self.slice = (
            slice(*(int(end) if end.strip() else None for end in argument.split(":"))) if kind == "slice" else None
        )
        self.deep = deep
        many = kind in ("star", "wild", "slice") or len(self.keys) > 1 or len(self.indices) > 1
        self.definite = not deep and not many
        # Whether every step before this one is definite, whether none follows, and the path from here on.
        self.certain = True
        self.last = False
        self.rest = str(self)

    def __str__(self) -> str:
        return f"['{self.keys[0]}']" if self.kind in ("name", "keys") else f"[{self.keys[0]}]"

    def select(self, node: Any, trail: str) -> Iterator[tuple[Any, str]]:
        """The children that the step selects, each with its path.

        Raises:
            PathNotFoundError: the node cannot have such children, or a step that others follow finds none.
        """
        if self.kind in ("name", "keys"):
            yield from self._properties(node, trail)
        elif self.kind in ("star", "wild"):
            yield from _children(node, trail)
        else:
            yield from self._elements(node, trail)

    def _properties(self, node: Any, trail: str) -> Iterator[tuple[Any, str]]:
        if not isinstance(node, dict):
            if self.certain and not self.deep:
                raise PathNotFoundError(_not_an_object(node, self, trail))
            return
        for key in self.keys:
            if key in node:
                yield node[key], f"{trail}['{key}']"
            elif self.certain and self.definite and not self.last:
                raise PathNotFoundError(f"Missing property in path {trail}['{key}']")

    def _elements(self, node: Any, trail: str) -> Iterator[tuple[Any, str]]:
        if not isinstance(node, list):
            if self.certain and not self.deep:
                raise PathNotFoundError(_not_an_array(node, self, trail))
            return
        chosen = range(len(node))[self.slice] if self.slice else self.indices
        for index in chosen:
            if -len(node) <= index < len(node):
                yield node[index], f"{trail}[{index}]"


def _steps(path: str) -> Iterator[_Step]:
    if not path.startswith("$"):
        path = f"$.{path}"
    if path.endswith("."):
        raise InvalidPathError("Path must not end with a '.' or '..'")
    if path[1:2] not in ("", ".", "["):
        raise InvalidPathError("Illegal character at position 1 expected '.' or '['")
    at, certain = 1, True
    while at < len(path):
        matched = _TOKEN.match(path, at)
        if matched is None or matched.end() == at:
            raise InvalidPathError(f"Could not parse token starting at position {at}. Expected ?, ', 0-9, * ")
        kind = str(matched.lastgroup)
        at = matched.end()
        step = _Step(kind, matched.group(kind).strip(), deep=matched.group("deep") is not None)
        step.certain, step.last = certain, at == len(path)
        certain = certain and step.definite
        yield step


def _walk(node: Any, steps: list[_Step], trail: str) -> Iterator[Any]:
    if not steps:
        yield node
        return
    step, *rest = steps
    starts = _descendants(node, trail) if step.deep else iter([(node, trail)])
    for start, start_trail in starts:
        for child, child_trail in step.select(start, start_trail):
            yield from _walk(child, rest, child_trail)


def _children(node: Any, trail: str) -> Iterator[tuple[Any, str]]:
    if isinstance(node, dict):
        yield from ((value, f"{trail}['{key}']") for key, value in node.items())
    elif isinstance(node, list):
        yield from ((value, f"{trail}[{index}]") for index, value in enumerate(node))


def _descendants(node: Any, trail: str) -> Iterator[tuple[Any, str]]:
    yield node, trail
    for child, child_trail in _children(node, trail):
        yield from _descendants(child, child_trail)


def _not_an_object(node: Any, step: _Step, trail: str) -> str:
    return (
        f"Expected to find an object with property {step} in path {trail} but found '{_java_class(node)}'. "
        f"This is not a json object according to the JsonProvider: '{_PROVIDER}'."
    )


def _not_an_array(node: Any, step: _Step, trail: str) -> str:
    if node is None:
        return f"The path {trail} is null"
    return f"Filter: {step.rest} can only be applied to arrays. Current context is: {_java_text(node)}"


def _java_text(node: Any) -> str:
    """What Java's `toString` makes of a value: maps as `{a=1}`, lists and what is in them as JSON, strings bare."""
    if isinstance(node, dict):
        return "{" + ", ".join(f"{name}={_java_text(value)}" for name, value in node.items()) + "}"
    return node if isinstance(node, str) else gson.dumps(node)


def _java_class(node: Any) -> str:
    if isinstance(node, list):
        return "net.minidev.json.JSONArray"
    return _JAVA.get(type(node), "null")
