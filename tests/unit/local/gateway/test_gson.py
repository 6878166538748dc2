"""JSON as Gson reads and writes it."""

from __future__ import annotations

from typing import Any

import pytest

from local.gateway.java import gson


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": [1, 2.5, true, null, "x"]}', {"a": [1.0, 2.5, True, None, "x"]}),
        ("{a: hello}", {"a": "hello"}),
        ("{'a': 'it\\'s'}", {"a": "it's"}),
        ('{"a" = 1; "b" => 2}', {"a": 1.0, "b": 2.0}),
        ("[1,, 2,]", [1.0, None, 2.0, None]),
        ('{"a": 1, "a": 2}', {"a": 2.0}),
        ("  ", None),
        ('/* head */ ["\\u00e4\\n"]', ["ä\n"]),
        ("word", "word"),
    ],
)
def test_parse_lenient_json_is_read(text: str, value: Any) -> None:
    assert gson.parse(text) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("plain text answer", "line 1 column 8 path $\n"),
        ('{"a": ', "End of input at line 1 column 7 path $.a"),
        ('{"a"\n 1}', "Expected ':' at line 2 column 3 path $.a"),
        ('["a', "Unterminated string at line 1 column 4 path $[0]"),
        ('["a" "b"]', "Unterminated array at line 1 column 7 path $[1]"),
        ('{"a": x y}', "Unterminated object at line 1 column 10 path $.a"),
        ('{"a": 1,}', "Expected name at line 1 column 10 path $.a"),
        ('{"a": "\\q"}', "Invalid escape sequence at line 1 column 10 path $.a"),
        ('{"a": "\\u00zz"}', "Malformed Unicode escape \\u00zz at line 1 column 10 path $.a"),
        ('{"a": {"b": "x" y"}}', "Unterminated object at line 1 column 18 path $.a.b"),
        ('{"😀": 1 2}', "Unterminated object at line 1 column 11 path $.😀"),
        ("[1] // end", "Use JsonReader.setStrictness(Strictness.LENIENT)"),
    ],
)
def test_parse_malformed_text_names_place(text: str, message: str) -> None:
    with pytest.raises(gson.JsonSyntaxError) as refused:
        gson.parse(text)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1, "a": 2}', "duplicate key: a"),
        ('{"parameters": {"context": "a "q" b"}}', "Unterminated object at line 1 column 33 path $..context"),
        ('"text"', "Expected BEGIN_OBJECT but was STRING at line 1 column 2 path $"),
        ("5", "Expected BEGIN_OBJECT but was NUMBER at line 1 column 2 path $"),
    ],
)
def test_parse_map_other_text_is_refused(text: str, message: str) -> None:
    with pytest.raises(gson.JsonSyntaxError) as refused:
        gson.parse_map(text)
    assert message in str(refused.value)


def test_parse_end_of_input_is_caused_by_eof() -> None:
    with pytest.raises(gson.JsonSyntaxError) as refused:
        gson.parse("[")
    assert refused.value.cause_type == "e_o_f_exception"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("{}", True),
        ('{ "input": hello, "model": "fake" }', True),
        ('{ "input": ${parameters.input} }', False),
        ('{"a": 1} trailing', False),
        ('{"a": 1, "a": 2}', False),
        ('{"a": "two\nlines"}', False),
        ('{"a": "\\q"}', False),
        ('{"a": 1,}', False),
        ("[1,]", True),
        ("{a: it's}", True),
        ("[1; 2]", False),
        ('"text"', False),
        ("1", False),
        ("", False),
    ],
)
def test_is_json_only_whole_objects_and_arrays_count(text: str, answer: bool) -> None:
    assert gson.is_json(text) is answer


def test_dumps_value_is_compact_and_unescaped() -> None:
    assert gson.dumps({"a": ["ä<", 1, 2.0, None, "\u2028"]}) == '{"a":["ä<",1,2.0,null,"\\u2028"]}'


@pytest.mark.parametrize(
    ("number", "text"), [(0.0, "0.0"), (0.001, "0.001"), (1e-5, "1.0E-5"), (1234567.0, "1234567.0"), (2.5e10, "2.5E10")]
)
def test_java_double_number_is_written_as_java_does(number: float, text: str) -> None:
    assert gson.java_double(number) == text
