"""Java's words for decoded JSON, and Jackson's way of writing text."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local.gateway.java.jackson import quoted
from local.gateway.java.values import Utf16, class_name, hash_set_order, int_value, to_string


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "a"),
        (5, "5"),
        (5.0, "5.0"),
        (True, "true"),
        (None, "null"),
        (["a", 1.0, None], "[a, 1.0, null]"),
        ({"a": False}, "{a=false}"),
    ],
)
def test_to_string_value_reads_as_in_java(value: Any, text: str) -> None:
    assert to_string(value) == text


@pytest.mark.parametrize(
    ("value", "name"),
    [(1, "java.lang.Integer"), (2**40, "java.lang.Long"), (True, "java.lang.Boolean"), ([], "java.util.ArrayList")],
)
def test_class_name_value_has_jacksons_class(value: Any, name: str) -> None:
    assert class_name(value) == name


@pytest.mark.parametrize(("number", "found"), [(1.9, 1), (-1.9, -1), (1e20, 2**31 - 1), (-1e20, -(2**31))])
def test_int_value_number_is_cut(number: float, found: int) -> None:
    assert int_value(number) == found


def test_hash_set_order_texts_stand_as_java_iterates() -> None:
    assert hash_set_order(["dog", "cat", "dog", "a small bird", "ä"]) == ["ä", "cat", "a small bird", "dog"]


def test_utf16_halves_of_a_character_meet_again() -> None:
    text, whole = Utf16("a😀b"), Utf16("")
    assert len(text) == 4
    whole.append(text.slice(0, 2))
    whole.append(text.slice(2, 4))
    assert str(whole) == "a😀b"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ('a"\\/\n\t', r'"a\"\\/\n\t"'),
        ("é\u2028\x7f", '"é\u2028\x7f"'),
        ("\x1f", r'"\u001F"'),
        ("😀", r'"\uD83D\uDE00"'),
        ("\ud83d", r'"\uD83D"'),
    ],
    ids=["short", "raw", "control", "pair", "half"],
)
def test_quoted_text_is_escaped_as_jackson_does(text: str, written: str) -> None:
    assert quoted(text) == written
    assert json.loads(written) == text
