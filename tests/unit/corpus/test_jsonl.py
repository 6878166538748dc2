from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.corpus.document import Document
from include.corpus.jsonl import MAX_LISTED, LineCounts, check_bad_lines, parse_document, read_documents
from include.errors import TerminalError


def read(*lines: str | bytes) -> tuple[list[Document], LineCounts]:
    counts = LineCounts()
    return list(read_documents(lines, "s3://b/docs.jsonl", counts)), counts


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        pytest.param('{"id": "1", "text": ', "not JSON (Expecting value at character 20)", id="cut-off"),
        pytest.param("id,text", "not JSON", id="csv"),
        pytest.param(b'{"id": "1", "text": "caf\xe9"}', "not UTF-8 (byte 24)", id="latin-1"),
        pytest.param('["1", "text"]', "list instead of an object", id="list"),
        pytest.param('"text"', "str instead of an object", id="string"),
        pytest.param("null", "NoneType instead of an object", id="null"),
        pytest.param('{"text": "t"}', "no id; it has text", id="no-id"),
        pytest.param('{"_id": "1", "body": "t"}', "no id and no text; it has _id, body", id="other-names"),
        pytest.param("{}", "no id and no text; it has nothing", id="empty-object"),
        pytest.param('{"id": null, "text": "t"}', "id is None, not a text or a whole number", id="null-id"),
        pytest.param('{"id": true, "text": "t"}', "id is True, not a text or a whole number", id="boolean-id"),
        pytest.param('{"id": 1.5, "text": "t"}', "id is 1.5, not a text or a whole number", id="fraction-id"),
        pytest.param('{"id": NaN, "text": "t"}', "id is nan, not a text or a whole number", id="nan-id"),
        pytest.param('{"id": "", "text": "t"}', "id is '', not a text or a whole number", id="empty-id"),
        pytest.param('{"id": " ", "text": "t"}', "id is ' ', not a text or a whole number", id="blank-id"),
        pytest.param('{"id": "1", "text": ["t"]}', "text is list, not a string", id="list-text"),
        pytest.param('{"id": "1", "text": null}', "text is NoneType, not a string", id="null-text"),
        pytest.param('{"id": "1", "text": "half \\ud83d"}', "half of a surrogate pair", id="lone-surrogate-text"),
        pytest.param('{"id": "\\udc00", "text": "t"}', "half of a surrogate pair", id="lone-surrogate-id"),
        pytest.param(json.dumps({"id": "é" * 257, "text": "t"}), "514 bytes long, at most 512", id="long-id"),
        pytest.param("[" * 100_000, "nested too deeply", id="deep-nesting"),
        pytest.param('{"id": ' + "1" * 5_000 + ', "text": "t"}', "digits", id="endless-number"),
    ],
)
def test_read_documents_bad_line_is_listed_with_its_place_and_reason(line: str | bytes, reason: str) -> None:
    documents, counts = read('{"id": "0", "text": "good"}\n', line)

    assert documents == [Document("0", "good")]
    assert counts.lines == 2
    assert counts.bad == 1
    assert counts.listed[0].startswith("s3://b/docs.jsonl, line 2: ")
    assert reason in counts.listed[0]
    assert len(counts.listed[0]) < 1_000


@pytest.mark.parametrize(
    ("line", "document"),
    [
        pytest.param('{"id": 7, "text": "t"}', Document("7", "t"), id="whole-number-id"),
        pytest.param('{"id": "1", "text": ""}', Document("1", ""), id="empty-text-is-counted-by-the-sample"),
        pytest.param('{"id": "1", "text": "t", "more": {"a": []}}', Document("1", "t"), id="more-fields"),
        pytest.param('  {"id":"1","text":"t"}\r\n', Document("1", "t"), id="blanks-and-crlf"),
        pytest.param(b'\xef\xbb\xbf{"id": "1", "text": "t"}', Document("1", "t"), id="byte-order-mark"),
        pytest.param('{"id": "1", "text": "\\ud83d\\ude80"}', Document("1", "🚀"), id="surrogate-pair"),
    ],
)
def test_parse_document_good_line_is_read(line: str | bytes, document: Document) -> None:
    assert parse_document(line) == document


def test_read_documents_blank_lines_are_passed_over_but_keep_their_numbers() -> None:
    _, counts = read("\n", "   \n", "oops\n")

    assert counts.lines == 1
    assert counts.listed == ["s3://b/docs.jsonl, line 3: not JSON (Expecting value at character 0)"]


@given(st.lists(st.binary(max_size=40)))
def test_read_documents_arbitrary_bytes_are_counted_and_never_raise(lines: list[bytes]) -> None:
    documents, counts = read(*lines)

    assert len(documents) + counts.bad == counts.lines <= len(lines)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "text", "x"]), inner, max_size=3)
    ),
)


@given(st.lists(JSON))
def test_read_documents_arbitrary_json_gives_documents_that_can_be_written(values: list[object]) -> None:
    documents, counts = read(*(json.dumps(value) for value in values))

    assert len(documents) + counts.bad == counts.lines == len(values)
    for document in documents:
        assert Document.from_line(document.to_line().encode()) == document


def test_check_bad_lines_few_enough_pass() -> None:
    check_bad_lines(LineCounts(lines=100, bad=1), 0.01)


def test_check_bad_lines_too_many_lists_the_first_and_says_what_to_do() -> None:
    _, counts = read('{"id": "1", "text": "t"}', *["oops"] * 30)

    with pytest.raises(TerminalError) as caught:
        check_bad_lines(counts, 0.1)

    message = str(caught.value)
    assert message.startswith("30 of 31 lines of s3_corpus_path are malformed; max_bad_line_share allows 10.0%.")
    assert 'Each line must be {"id": …, "text": …}. Correct them, or raise the share.' in message
    assert message.count("s3://b/docs.jsonl, line ") == MAX_LISTED
    assert "line 2: not JSON" in message


def test_check_bad_lines_all_bad_fails_even_if_all_may_be() -> None:
    with pytest.raises(TerminalError, match="3 of 3 lines"):
        check_bad_lines(LineCounts(lines=3, bad=3), 1.0)


def test_check_bad_lines_no_lines_fails() -> None:
    with pytest.raises(TerminalError, match=r"holds no lines\. Give a JSONL file"):
        check_bad_lines(LineCounts(), 0.01)
