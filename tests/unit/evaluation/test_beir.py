from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.corpus.document import Document
from include.errors import TerminalError
from include.evaluation.beir import QuerySet, corpus_line, held_out_query_set, read_beir_folder, read_query_set
from include.queries.pairs import Pair

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "query-id\tcorpus-id\tscore\n"


def query(query_id: Any, text: Any = "a query") -> str:
    return json.dumps({"_id": query_id, "text": text}) + "\n"


def refusal(queries: list[str], qrels: list[str]) -> str:
    with pytest.raises(TerminalError) as caught:
        read_query_set(queries, qrels)
    return str(caught.value)


@pytest.mark.parametrize(
    "qrels",
    [
        pytest.param([HEADER, "q1\td1\t1\n", "q1\td2\t0\n"], id="header"),
        pytest.param(["q1\td1\t1\n", "q1\td2\t0\n"], id="no-header"),
        pytest.param([HEADER.replace("\n", "\r\n"), "q1\td1\t1\r\n", "q1\td2\t0\r\n"], id="crlf"),
        pytest.param([HEADER, "\n", "q1\td1\t1\n", "  \n", "q1\td2\t0"], id="blank-lines-and-no-last-end"),
    ],
)
def test_read_query_set_qrels_are_read(qrels: list[str]) -> None:
    found = read_query_set([query("q1", "create a group")], qrels)

    assert found == QuerySet({"q1": "create a group"}, {"q1": {"d1": 1, "d2": 0}})


def test_read_query_set_number_ids_are_texts() -> None:
    assert read_query_set([query(7)], ["7\t12\t2\n"]).qrels == {"7": {"12": 2}}


def test_read_query_set_queries_without_relevant_documents_are_left_out() -> None:
    found = read_query_set(
        [query("q1"), query("q2"), query("q3"), query("q4")],
        ["q1\td1\t1\n", "q2\td1\t0\n", "q3\td1\t-1\n", "q9\td1\t1\n"],
    )

    assert list(found.queries) == list(found.qrels) == ["q1"]


def test_read_query_set_more_fields_of_beir_are_passed_over() -> None:
    line = json.dumps({"_id": "q1", "text": "a query", "metadata": {"url": "x"}})

    assert read_query_set([line], ["q1\td1\t1"]).queries == {"q1": "a query"}


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("q1\ta query\n", id="tsv"),
        pytest.param('["q1", "a query"]\n', id="list"),
        pytest.param('{"id": "q1", "text": "a query"}\n', id="other-name"),
        pytest.param('{"_id": "q1"}\n', id="no-text"),
        pytest.param(query(None), id="null-id"),
        pytest.param(query(""), id="empty-id"),
        pytest.param(query(True), id="boolean-id"),
        pytest.param(query("q1", ""), id="empty-text"),
        pytest.param(query("q1", "  "), id="blank-text"),
        pytest.param(query("q1", None), id="null-text"),
        pytest.param("[" * 100_000, id="deep-nesting"),
    ],
)
def test_read_query_set_bad_query_names_file_and_line(line: str) -> None:
    """The training job refuses blank queries: after everything before it was paid."""
    message = refusal([query("q0"), "\n", line], ["q0\td1\t1"])

    assert message.startswith("eval_queries_s3_path, line 3, is no query: it has ")
    assert 'Each line must be {"_id": …, "text": …}, both filled.' in message
    assert len(message) < 250


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("q1 d1 1\n", id="blanks"),
        pytest.param("q1\td1\n", id="no-score"),
        pytest.param("q1\t0\td1\t1\n", id="trec-format"),
        pytest.param("q1\td1\t0.5\n", id="fraction"),
        pytest.param("q1\td1\thigh\n", id="word"),
        pytest.param("query_id\tdoc_id\trelevance\n", id="other-header"),
    ],
)
def test_read_query_set_bad_qrel_names_file_and_line(line: str) -> None:
    message = refusal([query("q0")], [HEADER, "q0\td1\t1\n", line])

    assert message.startswith("eval_qrels_s3_path, line 3, cannot be read. ")
    assert "Each line must be query-id, corpus-id and a whole-number score, separated by tabs." in message


def test_read_query_set_ids_that_do_not_meet_say_what_to_compare() -> None:
    message = refusal([query("q1"), query("q2")], ["1\td1\t1\n"])

    assert "None of the 2 queries of eval_queries_s3_path has a relevant document in eval_qrels_s3_path" in message
    assert "(1 queries judged). The query ids must be the same in both: compare them." in message


IDS = st.text(min_size=1).filter(lambda text: text.strip())
QUERY_SETS = st.dictionaries(
    IDS,
    st.tuples(st.text(min_size=1).filter(str.strip), st.dictionaries(IDS, st.integers(1, 3), min_size=1)),
    min_size=1,
)


@given(QUERY_SETS)
def test_query_set_lines_come_back(content: dict[str, tuple[str, dict[str, int]]]) -> None:
    """Whatever the ids are: OpenSearch takes tabs, quotes and line ends in them."""
    written = QuerySet(
        {query_id: text for query_id, (text, _) in content.items()},
        {query_id: judged for query_id, (_, judged) in content.items()},
    )

    # As one object on S3 is read: split at line feeds, and only there.
    lines = "".join(written.qrel_lines()).split("\n")
    found = read_query_set(written.query_lines(), [f"{line}\n" for line in lines[:-1]])

    assert found == written


def test_query_set_document_ids_are_those_of_all_queries() -> None:
    found = QuerySet({"q1": "a", "q2": "b"}, {"q1": {"d1": 1}, "q2": {"d1": 0, "d2": 2}})

    assert found.document_ids() == {"d1", "d2"}


def test_held_out_query_set_same_query_of_two_documents_is_one() -> None:
    pairs = [
        Pair("create a group", Document("d1", "t"), held_out=True),
        Pair("delete it", Document("d1", "t"), held_out=True),
        Pair("Create  a GROUP", Document("d2", "u"), held_out=True),
    ]

    found = held_out_query_set(pairs)

    assert sorted(map(sorted, found.qrels.values())) == [["d1"], ["d1", "d2"]]
    assert {found.queries[name]: set(judged) for name, judged in found.qrels.items()} == {
        "create a group": {"d1", "d2"},
        "delete it": {"d1"},
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "qrels").mkdir()
    documents = [
        {"_id": "d1", "title": "Groups", "text": "Creates a group.", "metadata": {}},
        {"_id": 2, "title": "", "text": "Deletes it."},
        {"_id": "d3", "text": "No title."},
    ]
    (tmp_path / "corpus.jsonl").write_text("".join(json.dumps(document) + "\n" for document in documents), "utf-8")
    (tmp_path / "queries.jsonl").write_text(query("q1", "create") + query("q2", "delete"), "utf-8")
    (tmp_path / "qrels" / "test.tsv").write_text(f"{HEADER}q1\td1\t1\n", "utf-8")
    (tmp_path / "qrels" / "dev.tsv").write_text(f"{HEADER}q2\t2\t2\n", "utf-8")
    return tmp_path


def test_read_beir_folder_titles_stand_before_texts(folder: Path) -> None:
    found = read_beir_folder(folder)

    assert list(found.documents()) == [
        Document("d1", "Groups Creates a group."),
        Document("2", "Deletes it."),
        Document("d3", "No title."),
    ]
    assert found.query_set == QuerySet({"q1": "create"}, {"q1": {"d1": 1}})


def test_read_beir_folder_split_is_chosen(folder: Path) -> None:
    assert read_beir_folder(folder, "dev").query_set == QuerySet({"q2": "delete"}, {"q2": {"2": 2}})


def test_read_beir_folder_missing_split_says_which_there_are(folder: Path) -> None:
    with pytest.raises(TerminalError, match=r"has no qrels/train.tsv\. .* \(splits there: dev, test\)"):
        read_beir_folder(folder, "train")


@pytest.mark.parametrize("line", ["not json", "[]", '{"_id": "d9"}', '{"text": "x"}', '{"_id": "d", "text": 7}'])
def test_read_beir_folder_bad_document_names_file_and_line(folder: Path, line: str) -> None:
    with (folder / "corpus.jsonl").open("a", encoding="utf-8") as corpus:
        corpus.write(f"\n{line}\n")

    with pytest.raises(TerminalError, match=r"corpus.jsonl, line 5, is no document .* Each line must be"):
        list(read_beir_folder(folder).documents())


def test_read_beir_folder_bad_query_names_the_file(folder: Path) -> None:
    (folder / "queries.jsonl").write_text("{}\n", "utf-8")

    with pytest.raises(TerminalError, match=r"queries.jsonl, line 1, is"):
        read_beir_folder(folder)


@given(IDS, st.text(min_size=1))
def test_corpus_line_comes_back(document_id: str, text: str) -> None:
    line = corpus_line(Document(document_id, text))

    assert line.count("\n") == 1
    assert json.loads(line) == {"_id": document_id, "title": "", "text": text}
