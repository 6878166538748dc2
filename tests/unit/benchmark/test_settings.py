from __future__ import annotations

import pytest

from include.benchmark.questions import read_questions
from include.benchmark.settings import BenchmarkSettings, missing
from include.errors import TerminalError
from include.parameters import read_as

GIVEN = {"index_name": "articles", "model_id": "m1", "bucket": "search-bucket"}


def test_settings_defaults_are_what_the_issue_asks() -> None:
    load = read_as(BenchmarkSettings, GIVEN, missing).load

    assert (load.hits, load.clients, load.measured_queries) == ((1, 10, 50, 100, 200), (1, 4, 8), 200)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"hits": [0]}, "hits is 0: Input should be greater than or equal to 1"),
        ({"paths": ["serach"]}, "paths is 'serach'. Valid values: 'search' or 'predict'"),
        ({"clients": []}, "clients is .*at least 1 item"),
        ({"indexname": "x"}, "Did you mean 'index_name'?"),
        ({"model_id": None}, "model_id is empty. Give the id of the deployed highlighting model."),
        ({"opensearch_endpoint": "localhost"}, "opensearch_endpoint is 'localhost'. Valid: URL of the OpenSearch"),
    ],
)
def test_settings_wrong_value_says_what_is_valid(params: dict[str, object], message: str) -> None:
    with pytest.raises(TerminalError, match=message):
        read_as(BenchmarkSettings, {**GIVEN, **params}, missing)


def test_questions_are_the_texts_of_the_lines() -> None:
    assert read_questions(['{"text": "one"}\n', "\n", '{"_id": "2", "text": "two"}\n'], "s3://b/q") == ["one", "two"]


@pytest.mark.parametrize("line", ["no json", '{"query": "x"}', "[]", '{"text": 1}'])
def test_questions_of_another_form_are_refused_by_line(line: str) -> None:
    with pytest.raises(TerminalError, match=r"s3://b/q, line 2, .* Valid: \{\"text\""):
        read_questions(['{"text": "one"}', line], "s3://b/q")


def test_questions_none_is_refused() -> None:
    with pytest.raises(TerminalError, match="has no queries"):
        read_questions(["\n"], "s3://b/q")
