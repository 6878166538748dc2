"""Templates of connectors."""

from __future__ import annotations

import pytest

from local.gateway.errors import OpenSearchError
from local.gateway.java.templates import escape_json, fill_nulls, substitute, unfilled


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        ("{ ${parameters.a} }", "{ 1 }"),
        ("${parameters.unknown}", "${parameters.unknown}"),
        ("${parameters.unknown:-none}", "none"),
        ("${credential.key} ${x}", "${credential.key} ${x}"),
        ("${parameters.nested}", "<1>"),
    ],
)
def test_substitute_template_is_filled(template: str, filled: str) -> None:
    assert substitute(template, {"a": "1", "nested": "<${parameters.a}>"}) == filled


def test_substitute_value_leading_to_itself_is_refused() -> None:
    with pytest.raises(OpenSearchError, match="Infinite loop in property interpolation of a: a->b->a"):
        substitute("${parameters.a}", {"a": "${parameters.b}", "b": "${parameters.a}"})


def test_fill_nulls_missing_parameter_loses_its_quotes() -> None:
    template = '{"a": "${parameters.a:-null}", "b": "${parameters.b:-null}"}'
    assert fill_nulls(template, {"b": "x"}) == '{"a": null, "b": "${parameters.b:-null}"}'


def test_unfilled_template_names_what_is_missing() -> None:
    assert unfilled("${parameters.a} ${parameters.b}") == ["a", "b"]


def test_escape_json_text_is_ascii() -> None:
    assert escape_json('a/"b"\n\\ ä😀') == 'a\\/\\"b\\"\\n\\\\ \\u00E4\\uD83D\\uDE00'
