"""JsonPath, as connectors use it."""

from __future__ import annotations

from typing import Any

import pytest

from local.gateway.java import jsonpath

ANSWER = '{"data": [{"embedding": [1]}, {"embedding": [2]}], "a.b": {"c": 3}, "list": [10, 20, 30]}'


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$.data[*].embedding", [[1], [2]]),
        ("$.data[1].embedding", [2]),
        ("$['a.b'].c", 3),
        ("$..embedding", [[1], [2]]),
        ("$.list[0:2]", [10, 20]),
        ("$.list[0,2]", [10, 30]),
        ("$.list[-1]", 30),
        ("list", [10, 20, 30]),
        ("$.data[*].nothing", []),
    ],
)
def test_read_path_finds(path: str, found: Any) -> None:
    assert jsonpath.read(ANSWER, path) == found


def test_read_all_children_of_object_are_its_values() -> None:
    assert jsonpath.read('{"embeddings": [[1, 2]]}', "$[*]") == [[[1, 2]]]


@pytest.mark.parametrize(
    ("document", "path", "message"),
    [
        ("{}", "$.data[*]", "Missing property in path $['data']"),
        ('{"a": {}}', "$.a.b", "No results for path: $['a']['b']"),
        (
            "plain text",
            "$.data",
            "Expected to find an object with property ['data'] in path $ but found 'java.lang.String'",
        ),
        ('{"a": [1]}', "$.a[3]", "No results for path: $['a'][3]"),
        (
            '{"a": {"b": [1, "x"]}}',
            "$.a[0].c",
            "Filter: [0]['c'] can only be applied to arrays. Current context is: {b=",
        ),
        ("plain", "$[0]", "Filter: [0] can only be applied to arrays. Current context is: plain"),
    ],
)
def test_read_nothing_there_says_where(document: str, path: str, message: str) -> None:
    with pytest.raises(jsonpath.PathNotFoundError) as refused:
        jsonpath.read(document, path)
    assert message in str(refused.value)


def test_read_filter_expression_is_refused() -> None:
    with pytest.raises(jsonpath.InvalidPathError):
        jsonpath.read("{}", "$.a[?(@.b > 1)]")


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ('{"a": ', "Unexpected End Of File position 5: null"),
        ("[1,2", "Unexpected End Of File position 3: EOF"),
        ('{"a":"b', "Unexpected End Of File position 7: null"),
    ],
)
def test_read_document_cut_off_is_refused(document: str, message: str) -> None:
    with pytest.raises(jsonpath.InvalidJsonError, match=message):
        jsonpath.read(document, "$.a")


def test_read_null_is_refused() -> None:
    with pytest.raises(jsonpath.NullJsonError, match="json can not be null"):
        jsonpath.read("null", "$.a")


@pytest.mark.parametrize("document", ['{"a": 1} rest', "{a: 1}", "{'a': 1}"])
def test_read_document_not_quite_json_is_read(document: str) -> None:
    assert jsonpath.read(document, "$.a") == 1
