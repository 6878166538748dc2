"""Where a query's parser says that something is wrong."""

from __future__ import annotations

import json

from local.gateway.errors import OpenSearchError
from local.gateway.parse_errors import after, at_end, at_name, at_value

DOCUMENT = '{\n  "query": {"sparse": {"a": {"x": 1},\n    "b": {}}}}'
IN_BOOL = json.dumps({"query": {"bool": {"must": [{"sparse": {"a": 1}}]}}})


def error() -> OpenSearchError:
    return OpenSearchError(400, "parsing_exception", "wrong")


def place(found: OpenSearchError) -> tuple[object, object]:
    return found.error.get("line"), found.error.get("col")


def test_place_of_value_name_and_end_are_told() -> None:
    assert place(at_value(error(), DOCUMENT, ("query", "sparse", "a", "x"))) == (2, 35)
    assert place(at_name(error(), DOCUMENT, ("query", "sparse", "b"))) == (3, 5)
    assert place(at_end(error(), DOCUMENT, ("query", "sparse"))) == (3, 12)


def test_error_outside_of_bool_stays_as_it_is() -> None:
    assert after(error(), DOCUMENT, ("query", "sparse")).body()["error"] == {
        "root_cause": [{"type": "parsing_exception", "reason": "wrong"}],
        "type": "parsing_exception",
        "reason": "wrong",
    }


def test_error_inside_of_bool_is_its_cause() -> None:
    path = ("query", "bool", "must", 0, "sparse", "a")
    col = IN_BOOL.index("1") + 1
    found = at_value(error(), IN_BOOL, path).body()["error"]
    own = {"type": "parsing_exception", "reason": "wrong", "line": 1, "col": col}
    assert found == {
        "root_cause": [own],
        "type": "x_content_parse_exception",
        "reason": f"[1:{col}] [bool] failed to parse field [must]",
        "caused_by": own,
    }


def test_error_without_place_inside_of_bool_has_the_bool_as_root() -> None:
    found = after(error(), IN_BOOL, ("query", "bool", "must", 0, "sparse")).body()["error"]
    col = IN_BOOL.index("}") + 1
    assert found["root_cause"] == [{"type": found["type"], "reason": f"[1:{col}] [bool] failed to parse field [must]"}]
    assert found["caused_by"] == {"type": "parsing_exception", "reason": "wrong"}
