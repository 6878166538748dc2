from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from include.training.errors import TrainingError
from include.training.pairs import Pair, read_pairs
from include.training.query_sets import read_query_sets
from include.training.records import read_records

if TYPE_CHECKING:
    from pathlib import Path


def write(folder: Path, name: str, *lines: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def test_records_of_several_files_come_in_the_order_of_the_names_without_other_fields(tmp_path: Path) -> None:
    write(tmp_path, "b.jsonl", '{"id": "2", "text": "two"}')
    write(tmp_path, "a.jsonl", '{"id": "1", "text": "one", "more": 1}', "", '{"id": "1b", "text": "é"}')
    read = list(read_records(tmp_path, ("id", "text")))
    assert read == [{"id": "1", "text": "one"}, {"id": "1b", "text": "é"}, {"id": "2", "text": "two"}]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        pytest.param("{", "a.jsonl:2 is not JSON", id="not_json"),
        pytest.param("[1]", "a.jsonl:2 is a list", id="not_an_object"),
        pytest.param('{"id": "1"}', "a.jsonl:2 has a NoneType as text", id="field_missing"),
        pytest.param('{"id": "1", "text": " "}', "a.jsonl:2 has a str as text", id="field_blank"),
        pytest.param('{"id": 1, "text": "x"}', "a.jsonl:2 has a int as id", id="field_no_text"),
    ],
)
def test_records_bad_line_is_named_by_file_and_number(tmp_path: Path, line: str, message: str) -> None:
    write(tmp_path, "a.jsonl", '{"id": "1", "text": "one"}', line)
    with pytest.raises(TrainingError) as caught:
        list(read_records(tmp_path, ("id", "text")))
    assert message in str(caught.value)
    assert '"id" and "text"' in str(caught.value)


def test_records_folder_without_files_says_what_to_put_there(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"No \*\.jsonl in .* Put the records there"):
        list(read_records(tmp_path, ("id",)))


def test_pairs_repeated_are_one_and_the_order_is_kept(tmp_path: Path) -> None:
    lines = ['{"query": "q1", "document": "d"}', '{"query": "q2", "document": "d"}', '{"query": "q1", "document": "d"}']
    assert read_pairs(write(tmp_path, "t.jsonl", *lines), None, 42) == [Pair("q1", "d"), Pair("q2", "d")]


def test_pairs_capped_are_drawn_with_the_seed(tmp_path: Path) -> None:
    write(tmp_path, "t.jsonl", *(f'{{"query": "q{n}", "document": "d{n}"}}' for n in range(100)))
    drawn = read_pairs(tmp_path, 10, 42)
    assert drawn == read_pairs(tmp_path, 10, 42)
    assert drawn != read_pairs(tmp_path, 10, 43)
    assert len(drawn) == 10
    assert drawn == sorted(drawn, key=lambda pair: int(pair.query[1:]))


def test_pairs_too_few_to_have_negatives_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"holds 1 distinct pair\(s\)\. Needed: at least 2"):
        read_pairs(write(tmp_path, "t.jsonl", '{"query": "q", "document": "d"}'), None, 42)


def query_set(folder: Path, name: str) -> Path:
    write(folder / name, "queries.jsonl", '{"_id": "1", "text": "a query"}')
    return write(folder / name, "qrels/test.tsv", "query-id\tcorpus-id\tscore", "1\td\t1").parent


def test_query_sets_are_read_one_a_folder(tmp_path: Path) -> None:
    query_set(tmp_path, "heldout")
    query_set(tmp_path, "judged")
    assert [(each.name, each.queries) for each in read_query_sets(tmp_path)] == [
        ("heldout", {"1": "a query"}),
        ("judged", {"1": "a query"}),
    ]


def test_query_set_without_judgements_is_refused_by_name(tmp_path: Path) -> None:
    query_set(tmp_path, "judged")
    (tmp_path / "judged" / "qrels" / "test.tsv").unlink()
    with pytest.raises(TrainingError, match=r"Query set 'judged' has no qrels/test\.tsv"):
        read_query_sets(tmp_path)


def test_query_sets_none_there_says_what_is_valid(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="has no query set"):
        read_query_sets(tmp_path)
