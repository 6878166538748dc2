from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.aws.clock import now
from local.aws.errors import ValidationException
from local.aws.paging import matches, page
from local.aws.table import Table

if TYPE_CHECKING:
    from pathlib import Path

ARN = "arn:aws:sagemaker:us-east-1:123456789012:model/m"


def test_table_read_again_has_what_was_kept(tmp_path: Path) -> None:
    created = now()
    table = Table(tmp_path)
    table.add("us-east-1", ARN, {"Name": "a", "Nested": [{"At": created}], "Count": 1})
    table.add("us-east-1", "gone", {"Name": "b"})
    table.update("us-east-1", ARN, Count=2, Nothing=None)
    table.remove("us-east-1", "gone")
    again = Table(tmp_path)
    assert again.get("us-east-1", ARN) == {"Name": "a", "Nested": [{"At": created}], "Count": 2}
    assert again.names() == [("us-east-1", ARN)]


def test_table_add_of_a_taken_name_changes_nothing(tmp_path: Path) -> None:
    table = Table(tmp_path)
    assert table.add("us-east-1", "a", {"n": 1})
    assert not table.add("us-east-1", "a", {"n": 2})
    assert table.get("us-east-1", "a") == {"n": 1}


def test_table_keeps_regions_apart(tmp_path: Path) -> None:
    table = Table(tmp_path)
    table.add("us-east-1", "a", {"n": 1})
    assert table.get("eu-west-1", "a") is None
    assert table.records("eu-west-1") == []


def test_table_update_leaves_records_that_were_read(tmp_path: Path) -> None:
    table = Table(tmp_path)
    table.add("us-east-1", "a", {"n": 1})
    before = table.get("us-east-1", "a")
    table.update("us-east-1", "a", n=2)
    assert before == {"n": 1}


def test_table_holding_no_json_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="set, which is not JSON"):
        Table(tmp_path).add("us-east-1", "a", {"n": set()})


def test_page_after_page_gives_every_record_once() -> None:
    records = [{"Name": f"n{number}", "Time": number // 3} for number in range(7)]
    found, token = [], None
    while True:
        parameters = {"MaxResults": 2, **({"NextToken": token} if token else {})}
        records_, token = page(records, sort_by="Time", name="Name", parameters=parameters)
        found += [record["Name"] for record in records_]
        if token is None:
            break
    assert found == [f"n{number}" for number in reversed(range(7))]


def test_page_with_a_token_of_its_own_making_is_refused() -> None:
    with pytest.raises(ValidationException, match="The pagination token is invalid"):
        page([], sort_by="Time", name="Name", parameters={"NextToken": "made up"})


def test_matches_applies_every_filter() -> None:
    time = now()
    record = {"Name": "job-a", "Created": time, "Modified": time, "Status": "Failed"}
    members = {"name": "Name", "created": "Created", "modified": "Modified", "status": "Status"}
    assert matches(record, {"NameContains": "job", "StatusEquals": "Failed"}, **members)
    assert not matches(record, {"NameContains": "job", "CreationTimeAfter": time}, **members)
