"""Run by the Python that the package was installed for: what Airflow makes of it, as JSON on standard output.

Nothing of the project is on its path but what was unpacked; it knows no pytest.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
import warnings
from importlib.metadata import version
from typing import Any

DAG_ID = "finetune_search_model"


def main() -> None:
    warnings.simplefilter("ignore")
    bag = _dag_bag()
    dag = bag.dags[DAG_ID]
    found = {
        "airflow": version("apache-airflow-core"),
        "amazon_provider": version("apache-airflow-providers-amazon"),
        "import_errors": bag.import_errors,
        "dags": {name: sorted(entry.task_ids) for name, entry in bag.dags.items()},
        "form": {name: dag.params.get_param(name).serialize() for name in dag.params},
        "serialised_tasks": _serialised_tasks(dag),
        "plugin_links": _plugin_links(),
        "torch": importlib.util.find_spec("torch") is not None,
        "source": sys.modules["include"].__file__,
        "failed_run": _failed_run(dag),
    }
    sys.stdout.write("\nFOUND " + json.dumps(found, default=str) + "\n")


def _dag_bag() -> Any:
    try:
        from airflow.dag_processing.dagbag import DagBag
    except ImportError:  # 3.0 and 3.1
        from airflow.models.dagbag import DagBag

    return DagBag()


def _serialised_tasks(dag: Any) -> int:
    """What the scheduler and the form are given."""
    module: Any = importlib.import_module("airflow.serialization.serialized_objects")
    encoder = getattr(module, "DagSerialization", None) or module.SerializedDAG
    return len(json.loads(json.dumps(encoder.to_dict(dag)))["dag"]["tasks"])


def _plugin_links() -> list[str]:
    module: Any = importlib.import_module("airflow.plugins_manager")
    if hasattr(module, "get_plugin_info"):
        found = [entry for entry in module.get_plugin_info() if entry["name"] == "opensearch_ml"]
        return sorted(str(link) for entry in found for link in entry["operator_extra_links"])
    return []


def _failed_run(dag: Any) -> dict[str, Any]:
    """A run that a new user misspells, through this Airflow's own task runner."""
    run = dag.test(run_conf={"indexname": "articles"})
    failed = {ti.task_id: ti for ti in run.get_task_instances() if ti.state == "failed"}
    return {
        "state": str(run.state),
        "failed": sorted(failed),
        "tries": {name: ti.try_number for name, ti in failed.items()},
        "explanation": failed["explain_failure"].xcom_pull(task_ids="explain_failure", key="explanation"),
    }


if __name__ == "__main__":
    main()
