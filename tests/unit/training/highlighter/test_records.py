from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from include.training.errors import TrainingError
from include.training.highlighter.labels import Span
from include.training.highlighter.records import Quote, read_highlight_sets, read_quotes

if TYPE_CHECKING:
    from pathlib import Path

QUOTE = {"query": "what", "document": "One. Two.", "start": 5, "end": 9}
QUESTION = {"id": "1", "question": "what", "context": "One. Two.", "spans": [[0, 4]]}


def test_read_quotes_gives_each_once_in_the_order_of_the_files(tmp_path: Path) -> None:
    _write(tmp_path / "a.jsonl", QUOTE, QUOTE, QUOTE | {"start": 0})
    quotes = read_quotes(tmp_path, None, 1)
    assert quotes == [Quote("what", "One. Two.", Span(5, 9)), Quote("what", "One. Two.", Span(0, 9))]


def test_read_quotes_draws_with_the_seed(tmp_path: Path) -> None:
    _write(tmp_path / "a.jsonl", *(QUOTE | {"query": f"q{number}"} for number in range(20)))
    drawn = [read_quotes(tmp_path, 5, seed) for seed in (1, 1, 2)]
    assert len(drawn[0]) == 5
    assert drawn[0] == drawn[1] != drawn[2]


def test_read_highlight_sets_no_spans_mean_nothing_to_highlight(tmp_path: Path) -> None:
    _write(tmp_path / "judged" / "highlights.jsonl", QUESTION, QUESTION | {"id": "2", "spans": []})
    (found,) = read_highlight_sets(tmp_path)
    assert (found.name, [question.spans for question in found.questions]) == ("judged", [(Span(0, 4),), ()])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        pytest.param({"spans": None}, "spans=NoneType. Needed: a list", id="spans_null"),
        pytest.param({"spans": [[4, 4]]}, r"a span \[4, 4\] in a text of 9 code points", id="empty_span"),
        pytest.param({"spans": [[0, 10]]}, "Needed: whole numbers start < end, inside the text", id="past_the_end"),
        pytest.param({"spans": [[-1, 3]]}, "a span", id="before_the_start"),
        pytest.param({"spans": [[0, 1, 2]]}, "a span", id="three_numbers"),
        pytest.param({"spans": ["0-4"]}, "a span of other things", id="text"),
        pytest.param({"question": " "}, "texts that are not blank", id="blank_question"),
    ],
)
def test_read_highlight_sets_bad_line_is_named(wrong: dict[str, Any], message: str, tmp_path: Path) -> None:
    _write(tmp_path / "judged" / "highlights.jsonl", QUESTION, QUESTION | wrong)
    with pytest.raises(TrainingError, match=message) as caught:
        read_highlight_sets(tmp_path)
    assert str(caught.value).startswith("highlights.jsonl:2 has")


def test_read_quotes_line_without_offsets_says_what_is_needed(tmp_path: Path) -> None:
    _write(tmp_path / "a.jsonl", {"query": "what", "document": "One."})
    with pytest.raises(TrainingError, match=r'a.jsonl:1 has no start\. Needed: "query" and "document" and "start"'):
        read_quotes(tmp_path, None, 1)


def test_read_quotes_a_single_one_is_too_few(tmp_path: Path) -> None:
    _write(tmp_path / "a.jsonl", QUOTE)
    with pytest.raises(TrainingError, match=r"holds 1 distinct question\(s\)"):
        read_quotes(tmp_path, None, 1)


def test_read_highlight_sets_none_there_says_what_is_valid(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"no evaluation set. Valid: <set>/highlights.jsonl"):
        read_highlight_sets(tmp_path)


def _write(path: Path, *records: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
