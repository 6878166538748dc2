"""Templates of connectors."""

from __future__ import annotations

import pytest

from local.gateway.errors import OpenSearchError
from local.gateway.java.templates import escape_json, fill_nulls, substitute, unfilled, with_texts


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        ("{ ${parameters.a} }", "{ 1 }"),
        ("${parameters.unknown}", "${parameters.unknown}"),
        ("${parameters.unknown:-none}", "none"),
        ("${credential.key} ${x}", "${credential.key} ${x}"),
        ("${parameters.nested}", "<1>"),
        ("$${parameters.a}", "${parameters.a}"),
        ("${parameters.dollar}${parameters.a}", "${parameters.a}"),
        ("${parameters.unknown:-${parameters.a", "${parameters.unknown:-${parameters.a"),
    ],
)
def test_substitute_template_is_filled(template: str, filled: str) -> None:
    assert substitute(template, {"a": "1", "nested": "<${parameters.a}>", "dollar": "$"}) == filled


def test_substitute_value_leading_to_itself_is_refused() -> None:
    with pytest.raises(OpenSearchError, match=r"interpolation of x \$\{parameters.a}: a->b"):
        substitute("x ${parameters.a}", {"a": "${parameters.b}", "b": "${parameters.a}"})


def test_fill_nulls_missing_parameter_loses_its_quotes() -> None:
    template = '{"a": "${parameters.a:-null}", "b": "${parameters.b:-null}"}'
    assert fill_nulls(template, {"b": "x"}) == '{"a": null, "b": "${parameters.b:-null}"}'


def test_unfilled_template_names_what_is_missing() -> None:
    assert unfilled("${parameters.a} ${parameters.b}") == ["a", "b"]


def test_with_texts_parameter_asked_for_as_text_is_there_without_quotes() -> None:
    values = {"prompt": "${parameters.context.toString()}", "context": 'say "hi"'}
    assert with_texts(values)["context.toString()"] == 'say \\"hi\\"'


def test_escape_json_text_is_ascii() -> None:
    assert escape_json('a/"b"\n\\ ä😀\x7f') == 'a\\/\\"b\\"\\n\\\\ \\u00E4\\uD83D\\uDE00\\u007F'
