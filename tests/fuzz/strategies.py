"""What files and requests can hold: anything, and what is almost right."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hypothesis.strategies import DrawFn, SearchStrategy

HOSTILE = (
    "",
    " ",
    "\x00",
    "\ud800",
    "a\udfff",
    "\u202e\u2066",
    "\ufeff",
    "\u2028",
    "\r\n\t",
    "🚀" * 3,
    "${parameters.x}",
    "../../etc/passwd",
    "<script>alert(1)</script>",
    "</document>",
    '"}],"x":[{',
    "`" * 3 + "json\n{}\n" + "`" * 3,
    "nan",
    "1e400",
    "-0",
    "x" * 400,
)
DEEP = ("[" * 20_000, '{"a":' * 5_000, "[" * 2_000 + "]" * 2_000, "9" * 5_000, '{"a":' * 2_000 + "1" + "}" * 2_000)

texts = st.one_of(
    st.text(max_size=40),
    st.text(st.characters(exclude_categories=()), max_size=20),  # halves of surrogate pairs too
    st.sampled_from(HOSTILE),
    st.sampled_from(["create a group", "how do I delete a user", "Creates a group. A group holds users."]),
)
numbers = st.one_of(
    st.integers(), st.integers(-3, 60), st.floats(), st.sampled_from([10**400, -(10**400), 1e308, 0.5, True, False])
)
json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, texts),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)),
    max_leaves=8,
)


def nearly(fields: Mapping[str, SearchStrategy[Any]]) -> SearchStrategy[dict[str, Any]]:
    """Objects with some of the fields, of the right or of any other type, and perhaps with others."""
    known = {name: st.one_of(right, right, right, json_values) for name, right in fields.items()}
    most = st.fixed_dictionaries(known)
    some = st.fixed_dictionaries({}, optional=known)
    return st.one_of(most, most, some, st.builds(lambda a, b: {**b, **a}, some, st.dictionaries(texts, json_values)))


@st.composite
def lines(draw: DrawFn, values: SearchStrategy[Any]) -> bytes:
    """Lines of JSON: right, damaged, or no JSON at all."""
    kind = draw(st.integers(0, 39))
    if kind == 0:
        return draw(st.sampled_from(DEEP)).encode()
    if kind < 4:
        return draw(st.binary(max_size=60))
    whole = json.dumps(draw(values), ensure_ascii=kind % 2 == 0).encode("utf-8", "surrogatepass")
    return draw(damaged(whole)) if kind < 16 else whole


@st.composite
def damaged(draw: DrawFn, whole: bytes) -> bytes:
    """The bytes with pieces cut out, doubled or replaced."""
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(whole)))
        end = draw(st.integers(start, len(whole)))
        piece = draw(st.one_of(st.just(b""), st.just(whole[start:end] * 2), st.binary(max_size=4)))
        whole = whole[:start] + piece + whole[end:]
    return whole


def text_lines(values: SearchStrategy[Any]) -> SearchStrategy[str]:
    """Lines as `read_lines` gives them: decoded, as what is not UTF-8 has been refused before."""
    return lines(values).map(lambda line: line.decode("utf-8", "replace"))
