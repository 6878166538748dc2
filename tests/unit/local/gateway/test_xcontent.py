"""Values of the wrong kind, in the words of OpenSearch's parsers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from local.gateway.errors import OpenSearchError
from local.gateway.xcontent import Value, parse

if TYPE_CHECKING:
    from collections.abc import Callable

BODY = '{"null": null, "object": {"ä": [1, {"n": 2.50}]},\n  "big": 99999999999, "text": "12.7", "yes": "true"}'
SOURCE = "at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: {}, column: {}]"


def _field(name: str) -> Value:
    return dict(parse(BODY).fields)[name]


def test_parse_content_is_plain_json() -> None:
    assert parse(BODY).content == {
        "null": None,
        "object": {"ä": [1, {"n": 2.5}]},
        "big": 99999999999,
        "text": "12.7",
        "yes": "true",
    }


@pytest.mark.parametrize(
    ("value", "text"),
    [(parse("2.50"), "2.50"), (parse("true"), "true"), (parse('"\\u00e4"'), "ä"), (parse("1E3"), "1E3")],
    ids=["decimal", "boolean", "string", "exponent"],
)
def test_text_scalar_is_as_it_was_written(value: Value, text: str) -> None:
    assert value.text() == text


def test_integer_fraction_is_cut_off() -> None:
    assert (_field("text").integer(), parse("1.9").integer(), parse("-1.9").integer()) == (12, 1, -1)


def test_boolean_quoted_true_is_true() -> None:
    assert _field("yes").boolean() is True


@pytest.mark.parametrize(
    ("name", "read", "status", "reason"),
    [
        ("null", Value.text, 500, "Can't get text on a VALUE_NULL at 1:10"),
        ("object", Value.text, 500, "Can't get text on a START_OBJECT at 1:26"),
        ("null", Value.boolean, 400, "Current token (VALUE_NULL) not of boolean type\n " + SOURCE.format(1, 14)),
        ("object", Value.boolean, 400, "Current token (START_OBJECT) not of boolean type\n " + SOURCE.format(1, 27)),
        ("text", Value.boolean, 400, "Failed to parse value [12.7] as only [true] or [false] are allowed."),
        (
            "big",
            Value.integer,
            400,
            "Numeric value (99999999999) out of range of int (-2147483648 - 2147483647)\n " + SOURCE.format(2, 21),
        ),
        ("yes", Value.integer, 400, 'For input string: "true"'),
        (
            "big",
            Value.array,
            400,
            "Failed to parse object: expecting token of type [START_ARRAY] but found [VALUE_NUMBER]",
        ),
    ],
)
def test_read_wrong_kind_is_refused_with_its_place(
    name: str, read: Callable[[Value], Any], status: int, reason: str
) -> None:
    with pytest.raises(OpenSearchError) as refused:
        read(_field(name))
    assert (refused.value.status, refused.value.error["reason"]) == (status, reason)


def test_array_wrong_kind_names_line_and_column() -> None:
    with pytest.raises(OpenSearchError) as refused:
        _field("big").array()
    assert (refused.value.error["line"], refused.value.error["col"]) == (2, 10)


def test_spot_columns_count_bytes() -> None:
    assert dict(_field("object").fields)["ä"].items[1].spot() == (1, 37)


def test_map_anything_but_an_object_is_empty() -> None:
    assert (_field("null").map(), _field("text").map_strings()) == ({}, {})
