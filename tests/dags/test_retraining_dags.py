"""The DAGs of `retraining.yaml` as Airflow reads them: one an entry, and a bad entry breaks no other."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
import yaml

from include.retraining.config import VARIABLE
from opensearch_ml.retry import FinetuneRetryPolicy
from opensearch_ml.tasks.retraining import wait_as_checked

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag

DAG_FILE = Path(__file__).parents[2] / "dags" / "scheduled_retraining.py"
PARAMETERS = {"index_name": "articles", "model_name": "articles", "epochs": 2}
ENTRIES = [
    {"name": "articles", "schedule": "0 3 * * 0", "parameters": PARAMETERS},
    {"name": "wrong", "schedule": "every day", "parameters": PARAMETERS},
    {"name": "updated", "schedule": {"asset": "opensearch://search/articles"}},
    {"name": "by-hand", "schedule": None},
    {"name": "weekly", "schedule": "@weekly"},
    {"name": "off", "schedule": "@daily", "enabled": False},
]


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Read the DAG file with these entries, or this text, in the file of the schedules."""
    from airflow.dag_processing.dagbag import DagBag

    def bag(entries: Any) -> DagBag:
        text = entries if isinstance(entries, str) else yaml.safe_dump({"retraining": entries})
        (tmp_path / "retraining.yaml").write_text(text, "utf-8")
        monkeypatch.setenv(VARIABLE, str(tmp_path / "retraining.yaml"))
        return DagBag(DAG_FILE)

    return bag


@pytest.fixture
def bag(read: Any) -> DagBag:
    found: DagBag = read(ENTRIES)
    assert found.import_errors == {}
    return found


def test_dags_as_the_package_comes_schedule_nothing(dagbag: DagBag) -> None:
    assert not [dag_id for dag_id in dagbag.dags if dag_id.startswith("retrain_")]


def test_each_enabled_entry_makes_a_dag(bag: DagBag) -> None:
    assert set(bag.dags) == {
        "retrain_articles",
        "retrain_wrong",
        "retrain_updated",
        "retrain_by-hand",
        "retrain_weekly",
    }


def test_dag_compares_and_then_runs_the_main_dag_with_the_parameters(bag: DagBag) -> None:
    dag = bag.dags["retrain_articles"]
    check, finetune = dag.get_task("check_corpus"), dag.get_task("finetune")

    assert finetune.upstream_task_ids == {"check_corpus"}
    assert finetune.trigger_dag_id == "finetune_search_model"
    assert finetune.conf == check.op_args[0] == PARAMETERS
    assert finetune.wait_for_completion
    assert finetune._pre_execute_hook is wait_as_checked
    assert finetune.retries == 0, "the run tries its own tasks again"
    assert isinstance(check.retry_policy, FinetuneRetryPolicy)


def next_run(dag: Any, last: datetime | None = None) -> datetime | None:
    """When the scheduler would start it, after the last run that it started."""
    from airflow.serialization.serialized_objects import DagSerialization
    from airflow.timetables.base import DagRunInfo

    read: Any = DagSerialization.from_dict(json.loads(json.dumps(DagSerialization.to_dict(dag))))
    found = read.next_dagrun_info(last_automated_run_info=DagRunInfo.exact(last) if last else None)
    return found.run_after if found else None


def test_dag_first_waits_for_its_time_instead_of_making_up_for_the_last_one(bag: DagBag) -> None:
    dag = bag.dags["retrain_articles"]

    for cron in (dag, bag.dags["retrain_weekly"]):
        assert cast("datetime", next_run(cron)) > datetime.now(UTC)
    assert not dag.catchup
    assert dag.max_active_runs == 1
    assert bag.dags["retrain_by-hand"].schedule is None


def test_dag_of_an_asset_is_started_by_its_updates(bag: DagBag) -> None:
    [asset] = bag.dags["retrain_updated"].schedule

    assert (asset.name, asset.uri) == ("opensearch://search/articles", "opensearch://search/articles")


def test_dag_of_a_bad_entry_says_what_is_wrong_where_airflow_shows_it(bag: DagBag) -> None:
    dag = bag.dags["retrain_wrong"]

    assert "broken" in dag.tags
    assert "schedule is 'every day'. Valid: a cron expression" in dag.doc_md
    assert [task.op_args for task in dag.tasks] == [(dag.doc_md.partition("\n\n")[2],)]


@pytest.mark.parametrize("last", [None, datetime.now(UTC) - timedelta(days=2)], ids=["new", "good-before"])
def test_dag_of_a_bad_entry_fails_at_once_though_it_ran_before_it_was_bad(bag: DagBag, last: datetime | None) -> None:
    assert cast("datetime", next_run(bag.dags["retrain_wrong"], last)) <= datetime.now(UTC)


def test_run_that_is_started_says_by_which_dag(bag: DagBag) -> None:
    dag = bag.dags["retrain_articles"]
    finetune, started = dag.get_task("finetune"), datetime(2026, 11, 22, 3, tzinfo=UTC)
    finetune.render_template_fields({"dag": dag, "ti": SimpleNamespace(start_date=started)})

    assert finetune.trigger_run_id == "retrain_articles__2026-11-22T03:00:00"


def test_dag_says_what_it_runs(bag: DagBag) -> None:
    dag = bag.dags["retrain_articles"]

    assert dag.description == "Trains again when 5.0% of the documents have changed"
    assert '"model_name": "articles"' in dag.doc_md


def test_dag_can_be_forced(bag: DagBag) -> None:
    assert bag.dags["retrain_articles"].params["force"] is False


@pytest.mark.parametrize("text", ["retraining: [", "retraining: 5"])
def test_file_that_is_no_list_is_an_import_error_with_its_place(read: Any, text: str) -> None:
    [error] = read(text).import_errors.values()

    assert "retraining.yaml" in error


def test_dags_survive_serialisation(bag: DagBag) -> None:
    from airflow.serialization.serialized_objects import DagSerialization

    for dag in bag.dags.values():
        read: Any = DagSerialization.from_dict(json.loads(json.dumps(DagSerialization.to_dict(dag))))
        assert set(read.task_ids) == set(dag.task_ids)
