"""The package in an empty environment of the lowest and the newest Airflow: `make test-package`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.parameters import parameter_schemas
from include.settings import FinetuneSettings

if TYPE_CHECKING:
    from pathlib import Path

    from tests.package.conftest import Installed

DAGS = {"finetune_search_model", "benchmark_highlighting", "cleanup_search_models", "rollback_search_model"}
LINKS = 7


def test_package_is_imported_by_the_airflow_it_is_meant_for(installed: Installed) -> None:
    assert installed.found["airflow"] == installed.target.airflow


def test_package_every_dag_is_imported_without_errors(installed: Installed) -> None:
    assert installed.found["import_errors"] == {}
    assert set(installed.found["dags"]) >= DAGS


def test_package_code_comes_from_plugins_zip_and_nowhere_else(installed: Installed) -> None:
    assert installed.found["source"].endswith("/plugins/include/__init__.py")


def test_package_dag_has_the_same_tasks_on_every_airflow(installed: Installed) -> None:
    tasks = installed.found["dags"]["finetune_search_model"]

    assert "evaluation.approve_promotion" in tasks
    assert installed.found["serialised_tasks"] == len(tasks)


def test_package_form_shows_every_parameter_with_its_help(installed: Installed) -> None:
    form = installed.found["form"]

    assert set(form) == set(parameter_schemas(FinetuneSettings))
    assert all(field["schema"]["section"] and field["schema"]["description_md"] for field in form.values())


def test_package_plugin_is_found_with_its_links(installed: Installed) -> None:
    assert len(installed.found["plugin_links"]) == LINKS


def test_package_requirements_are_met_by_what_the_airflow_allows(installed: Installed) -> None:
    assert "Would make no changes" in installed.changes


def test_package_needs_no_torch(installed: Installed) -> None:
    assert not installed.found["torch"]


def test_package_misspelt_parameter_fails_at_once_and_nothing_else_runs(installed: Installed) -> None:
    """Through this Airflow's own task runner; on 3.0 a `TerminalError` ends a task without the policy of 3.3."""
    run = installed.found["failed_run"]

    assert run["state"] == "failed"
    assert run["failed"] == ["explain_failure", "plan_run"]
    assert "nothing was running" in run["explanation"]
    assert run["tries"] == {"explain_failure": 1, "plan_run": 1}


def test_package_holds_no_stand_in_and_no_test(package: Path) -> None:
    import zipfile

    names = zipfile.ZipFile(package / "plugins.zip").namelist()

    assert not [name for name in names if name.startswith(("local/", "tests/", "infra/"))]
