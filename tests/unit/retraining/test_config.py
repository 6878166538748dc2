"""The file of the schedules: where it is found, and what becomes of entries that are good, off and bad."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from include.errors import TerminalError
from include.retraining.config import VARIABLE, config_file, read_entries
from include.retraining.entry import AssetSchedule, Broken, Entry, read_entry

GOOD = {"name": "articles", "schedule": "0 3 * * 0", "parameters": {"model_name": "articles", "epochs": 2}}


def write(folder: Path, text: str) -> Path:
    file = folder / "config" / "retraining.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(text, "utf-8")
    return file


def test_config_file_beside_the_dag_file_is_found_before_the_one_above(tmp_path: Path) -> None:
    """On MWAA nothing is synced but what lies in the DAGs folder."""
    dag_file = tmp_path / "dags" / "scheduled_retraining.py"
    above = write(tmp_path, "retraining: []")
    assert config_file(str(dag_file), {}) == above

    beside = write(tmp_path / "dags", "retraining: []")
    assert config_file(str(dag_file), {}) == beside
    assert config_file(str(dag_file), {VARIABLE: "/etc/mine.yaml"}) == Path("/etc/mine.yaml")


def test_config_file_that_is_not_there_schedules_nothing(tmp_path: Path) -> None:
    assert config_file(str(tmp_path / "dags" / "scheduled_retraining.py"), {}) is None
    assert read_entries(None) == []


def test_config_file_that_was_named_and_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(TerminalError, match=rf"cannot be read[^\n]*\n.*let {VARIABLE} name another\.$"):
        read_entries(tmp_path / "none.yaml")


def test_packaged_config_schedules_nothing() -> None:
    file = Path(__file__).parents[3] / "config" / "retraining.yaml"

    assert read_entries(file) == []


def test_packaged_examples_are_good_once_they_are_uncommented() -> None:
    text = (Path(__file__).parents[3] / "config" / "retraining.yaml").read_text("utf-8")
    examples = text[text.index("# retraining:") :].replace("\n# ", "\n").replace("\n#\n", "\n\n").removeprefix("# ")

    entries = [read_entry(fields, 1, set()) for fields in yaml.safe_load(examples)["retraining"]]

    assert [type(entry) for entry in entries] == [Entry, Entry]


@pytest.mark.parametrize("text", ["", "retraining:", "retraining: []", "[]"])
def test_read_entries_file_without_entries_schedules_nothing(tmp_path: Path, text: str) -> None:
    assert read_entries(write(tmp_path, text)) == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("retraining: {a: 1}", id="no-list"),
        pytest.param("schedules: []", id="another-key"),
        pytest.param("retraining: [", id="no-yaml"),
        pytest.param("retraining:\n  - {name: a, schedule: * * * * *}", id="cron-without-quotes"),
    ],
)
def test_read_entries_file_that_is_no_list_says_where(tmp_path: Path, text: str) -> None:
    with pytest.raises(TerminalError, match=r"retraining\.yaml"):
        read_entries(write(tmp_path, text))


def test_read_entries_bad_entry_leaves_the_others_as_they_are(tmp_path: Path) -> None:
    entries = [GOOD, {**GOOD, "name": "bad", "schedule": "soon"}, {**GOOD, "name": "off-now", "enabled": False}, GOOD]

    found = read_entries(write(tmp_path, yaml.safe_dump({"retraining": entries})))

    assert found[0] == Entry(**GOOD)
    assert [type(entry) for entry in found] == [Entry, Broken, Broken]
    assert [entry.name for entry in found] == ["articles", "bad", "articles_4"]


@pytest.mark.parametrize("schedule", ["* * * * *", "@weekly", "0 0 1 */2 *", None, {"asset": "s3://bucket/corpus/"}])
def test_read_entry_schedule_is_taken(schedule: Any) -> None:
    entry = read_entry({**GOOD, "schedule": schedule}, 1, set())

    assert isinstance(entry, Entry)
    assert entry.schedule == (AssetSchedule(**schedule) if isinstance(schedule, dict) else schedule)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        pytest.param({"schedule": "* * *"}, r"schedule is '\* \* \*'\. Valid: a cron expression", id="cron"),
        pytest.param({"schedule": "@continuous"}, "schedule is '@continuous'. Valid", id="would-train-for-ever"),
        pytest.param({"schedule": 5}, "schedule is 5. Valid", id="number"),
        pytest.param({"schedule": {"assets": ["a"]}}, "Valid: .*`asset: NAME` or `asset: URI`", id="asset"),
        pytest.param({"schedule": {"asset": " "}}, "schedule.asset is ' '", id="asset-without-a-name"),
        pytest.param({"min_change": 5}, "min_change is 5. Input should be less than or equal to 1", id="share"),
        pytest.param({"paramters": {}}, "paramters is {}.*\n.*has: name, schedule, min_change", id="field"),
        pytest.param(
            {"parameters": {"epoch": 1}}, "Did you mean 'epochs'.*Correct it in retraining.yaml", id="parameter"
        ),
        pytest.param({"parameters": {"epochs": 0}}, "epochs is 0: .*Correct it in retraining.yaml", id="value"),
        pytest.param({"parameters": []}, "parameters is ", id="parameters"),
    ],
)
def test_read_entry_mistake_says_what_is_valid(changed: dict[str, Any], message: str) -> None:
    found = read_entry({**GOOD, **changed}, 1, set())

    assert isinstance(found, Broken)
    assert found.name == "articles"
    with pytest.raises(TerminalError, match=message):
        raise TerminalError(found.problem)


@pytest.mark.parametrize("fields", [None, "articles", 3, [], {}, {"name": "with blanks", "schedule": None}])
def test_read_entry_without_a_name_has_its_number(fields: Any) -> None:
    found = read_entry(fields, 7, set())

    assert isinstance(found, Broken)
    assert found.name == "entry_7"


def test_read_entry_of_a_name_that_is_taken_says_so() -> None:
    found = read_entry(GOOD, 2, {"articles"})

    assert found == Broken(
        "articles_2", "Entry 2 is named 'articles' as one before it. Give it another name in retraining.yaml."
    )
