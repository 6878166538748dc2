"""Java's view of decoded JSON: class names, `toString()`, casts, and text as UTF-16."""

from __future__ import annotations

from typing import Any, NoReturn

from local.gateway.errors import OpenSearchError
from local.gateway.java.gson import java_double

INT_MAX = 2**31 - 1
_CLASSES = {
    str: "java.lang.String",
    bool: "java.lang.Boolean",
    int: "java.lang.Integer",
    float: "java.lang.Double",
    list: "java.util.ArrayList",
    dict: "java.util.HashMap",
}


def class_name(value: Any) -> str:
    """The class Jackson makes of a JSON value, with its package."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > INT_MAX:
        return "java.lang.Long"
    return _CLASSES[type(value)]


def simple_name(value: Any) -> str:
    """`getClass().getSimpleName()`."""
    return class_name(value).rpartition(".")[2]


def to_string(value: Any) -> str:
    """`toString()`, as `String.valueOf` and `StringBuilder.append` use it."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return f"[{', '.join(to_string(item) for item in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}={to_string(item)}' for key, item in value.items())}}}"
    if isinstance(value, float):
        return java_double(value)
    return {None: "null", True: "true", False: "false"}.get(value, str(value))


def is_number(value: Any) -> bool:
    """Whether `value` is a `Number`; a boolean is none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def int_value(value: float) -> int:
    """`Number.intValue()`: towards zero, and no further than an int goes."""
    return int(max(-INT_MAX - 1, min(value, INT_MAX)))


def failed_cast(value: Any, wanted: str) -> NoReturn:
    """Raise what a cast to a class of `java.base` raises.

    Args:
        value: decoded JSON.
        wanted: full name of the class it is not of.
    """
    name = class_name(value)
    reason = f"class {name} cannot be cast to class {wanted} ({name} and {wanted} are in module java.base of loader "
    raise OpenSearchError(500, "class_cast_exception", f"{reason}'bootstrap')")


class Utf16:
    """A text by its UTF-16 units, as Java counts them.

    Pieces may end within a surrogate pair: half a character is a character of its own there, until its other half
    follows again.
    """

    def __init__(self, text: str) -> None:
        self._units = bytearray(text.encode("utf-16-le", "surrogatepass"))

    def __len__(self) -> int:
        return len(self._units) // 2

    def __str__(self) -> str:
        return self._units.decode("utf-16-le", "surrogatepass")

    def slice(self, start: int, end: int) -> Utf16:
        """The units from `start` up to `end`."""
        piece = Utf16("")
        piece._units = self._units[2 * start : 2 * end]
        return piece

    def append(self, text: str | Utf16) -> None:
        """Put `text` at the end."""
        self._units += text._units if isinstance(text, Utf16) else text.encode("utf-16-le", "surrogatepass")

    def insert(self, at: int, text: str) -> None:
        """Put `text` before the unit at `at`."""
        self._units[2 * at : 2 * at] = text.encode("utf-16-le", "surrogatepass")


def hash_set_order(texts: list[str]) -> list[str]:
    """The distinct `texts` in the order in which a `HashSet` of at most 12 gives them."""
    return sorted(dict.fromkeys(texts), key=_bucket)


def _bucket(text: str) -> int:
    units = text.encode("utf-16-be", "surrogatepass")
    code = 0
    for at in range(0, len(units), 2):
        code = (31 * code + (units[at] << 8 | units[at + 1])) & 0xFFFFFFFF
    return (code ^ code >> 16) & 0xF
