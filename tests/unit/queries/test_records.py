from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.corpus.document import Document
from include.queries.prompt import SYSTEM, build_prompt
from include.queries.records import MAX_RECORDS, MIN_RECORDS, build_records, job_sizes, record_id
from include.settings import QuerySettings

if TYPE_CHECKING:
    from collections.abc import Sequence

DOCUMENTS = [Document("a", "first ünï\u2028code"), Document("b", "second\nline"), Document("a\n", "third 🚀")]


def records(documents: Sequence[Document], **settings: object) -> list[dict[str, object]]:
    lines = list(build_records(documents, QuerySettings.model_validate(settings)))
    assert all(line.endswith("\n") and line.count("\n") == 1 for line in lines)
    return [json.loads(line) for line in lines]


def test_build_records_converse_is_one_line_a_document() -> None:
    found = records(DOCUMENTS, temperature=0.2, queries_per_document=3, max_document_characters=500)

    assert [record["recordId"] for record in found] == ["R0000000000", "R0000000001", "R0000000002"]
    assert found[1]["modelInput"] == {
        "system": [{"text": SYSTEM}],
        "messages": [{"role": "user", "content": [{"text": build_prompt("second\nline", 3, 500)}]}],
        "inferenceConfig": {"maxTokens": 300, "temperature": 0.2},
    }


def test_build_records_invoke_model_is_in_claudes_format() -> None:
    (record,) = records(DOCUMENTS[:1], record_format="InvokeModel")
    prompt = build_prompt(DOCUMENTS[0].text, 2, 6_000)

    assert record["modelInput"] == {
        "anthropic_version": "bedrock-2023-05-31",
        "max_tokens": 200,
        "temperature": 0.3,
        "system": SYSTEM,
        "messages": [{"role": "user", "content": [{"type": "text", "text": prompt}]}],
    }


def test_build_records_is_lazy() -> None:
    def endless() -> object:
        number = 0
        while True:
            yield Document(str(number), "text")
            number += 1

    assert json.loads(next(iter(build_records(endless(), QuerySettings()))))["recordId"] == record_id(0)  # type: ignore[arg-type]


@pytest.mark.parametrize(("number", "name"), [(0, "R0000000000"), (4_999_999, "R0004999999")])
def test_record_id_has_eleven_characters(number: int, name: str) -> None:
    assert record_id(number) == name


@given(st.integers(MIN_RECORDS, 5_000_000))
def test_job_sizes_as_few_jobs_as_bedrock_takes(records: int) -> None:
    sizes = job_sizes(records)

    assert sum(sizes) == records
    assert all(MIN_RECORDS <= size <= MAX_RECORDS for size in sizes)
    assert len(sizes) == -(-records // MAX_RECORDS)
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize(
    ("records", "sizes"),
    [
        pytest.param(0, [], id="none"),
        pytest.param(100, [100], id="least"),
        pytest.param(50_000, [50_000], id="one-full-job"),
        pytest.param(50_001, [25_001, 25_000], id="one-more"),
        pytest.param(100_050, [33_350, 33_350, 33_350], id="rest-below-the-minimum"),
    ],
)
def test_job_sizes_edges(records: int, sizes: list[int]) -> None:
    assert job_sizes(records) == sizes


def test_build_records_quoting_leaves_room_for_the_quotes() -> None:
    (line,) = build_records(DOCUMENTS[:1], QuerySettings(), quoting=True)
    request = json.loads(line)["modelInput"]

    assert request["inferenceConfig"]["maxTokens"] == 500
    assert '"quote"' in request["system"][0]["text"]
