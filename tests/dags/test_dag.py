"""The DAG: read without errors, wired as the job is, and every task ready to be retried and to leave a note."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from include.parameters import parameter_schemas
from opensearch_ml.failures import note_failure
from opensearch_ml.retry import FinetuneRetryPolicy

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag
    from airflow.sdk import DAG

PROJECT = Path(__file__).parents[2]

# What runs after what; plan_run, which all tasks follow, is left out.
UPSTREAM = {
    "plan_run": set(),
    "corpus.read_judged_queries": set(),
    "corpus.choose_input": {"corpus.read_judged_queries"},
    "corpus.export_index": {"corpus.choose_input"},
    "corpus.read_jsonl": {"corpus.choose_input"},
    "corpus.add_judged_documents": {"corpus.export_index"},
    "corpus.split_documents": {
        "corpus.add_judged_documents",
        "corpus.choose_input",
        "corpus.export_index",
        "corpus.read_jsonl",
    },
    "queries.build_records": {"corpus.split_documents"},
    "queries.start_batch_job": {"queries.build_records"},
    "queries.wait_for_batch_job": {"queries.start_batch_job"},
    "queries.pair_queries": {"queries.wait_for_batch_job"},
    "training.upload_code": set(),
    "training.choose_training": {"queries.pair_queries", "training.upload_code", "evaluation.find_candidates"},
    "training.train": {"training.choose_training"},
    "training.check_artifact": {"training.choose_training", "training.train"},
    "evaluation.create_bm25_index": {"queries.pair_queries"},
    "evaluation.search_with_bm25": {"evaluation.create_bm25_index"},
    "evaluation.find_candidates": {"evaluation.create_bm25_index"},
    "evaluation.delete_bm25_index": {
        "evaluation.create_bm25_index",
        "evaluation.find_candidates",
        "evaluation.search_with_bm25",
    },
    "evaluation.create_evaluation_index": {"training.check_artifact"},
    "evaluation.search_with_models": {"evaluation.create_evaluation_index"},
    "evaluation.delete_evaluation_index": {"evaluation.create_evaluation_index", "evaluation.search_with_models"},
    "evaluation.compare_models": {
        "evaluation.search_with_bm25",
        "evaluation.search_with_models",
        "training.check_artifact",
    },
    "evaluation.decide_promotion": {"evaluation.compare_models"},
    "evaluation.approve_promotion": {"evaluation.decide_promotion"},
    "endpoint.choose_deployment": {
        "evaluation.decide_promotion",
        "evaluation.approve_promotion",
        "training.check_artifact",
    },
    "endpoint.create_model": {"endpoint.choose_deployment"},
    "endpoint.create_endpoint_config": {"endpoint.choose_deployment", "endpoint.create_model"},
    "endpoint.create_endpoint": {"endpoint.choose_deployment", "endpoint.create_endpoint_config"},
    "endpoint.scale_endpoint": {"endpoint.choose_deployment", "endpoint.create_endpoint"},
    "opensearch.create_connector": {"endpoint.choose_deployment", "endpoint.scale_endpoint"},
    "opensearch.register_group": {"opensearch.create_connector"},
    "opensearch.register_model": {
        "endpoint.choose_deployment",
        "opensearch.create_connector",
        "opensearch.register_group",
    },
    "opensearch.deploy_model": {"opensearch.register_model"},
    "opensearch.wait_until_deployed": {"opensearch.deploy_model", "opensearch.register_model"},
    "opensearch.register_query_model": {
        "endpoint.choose_deployment",
        "opensearch.register_group",
        "opensearch.register_model",
        "opensearch.wait_until_deployed",
    },
    "opensearch.create_pipelines": {
        "endpoint.choose_deployment",
        "opensearch.register_model",
        "opensearch.register_query_model",
    },
    "opensearch.check_deployed_model": {
        "endpoint.choose_deployment",
        "opensearch.create_connector",
        "opensearch.register_group",
        "opensearch.register_model",
        "opensearch.register_query_model",
        "opensearch.create_pipelines",
    },
    "benchmark_highlighter": {"opensearch.check_deployed_model"},
    "record_promotion": {
        "endpoint.choose_deployment",
        "evaluation.compare_models",
        "opensearch.check_deployed_model",
        "training.check_artifact",
    },
    "write_report": {
        "evaluation.decide_promotion",
        "opensearch.check_deployed_model",
        "record_promotion",
        "benchmark_highlighter",
    },
    "explain_failure": {
        "queries.start_batch_job",
        "write_report",
        "evaluation.delete_bm25_index",
        "evaluation.delete_evaluation_index",
    },
    "release_run": {
        "queries.start_batch_job",
        "write_report",
        "evaluation.delete_bm25_index",
        "evaluation.delete_evaluation_index",
    },
}

LAST = ("explain_failure", "release_run")


def test_dagbag_reads_every_file_without_errors(dagbag: DagBag) -> None:
    assert dagbag.import_errors == {}
    assert dagbag.dags


def test_dag_file_can_be_read_twice_in_one_process() -> None:
    """As `airflow dags test` and a triggerer do."""
    from airflow.dag_processing.dagbag import DagBag

    for _ in range(2):
        assert DagBag(PROJECT / "dags").import_errors == {}


def test_dag_is_described_and_tagged(dag: DAG) -> None:
    assert dag.doc_md
    assert "finetune_search_model" in dag.doc_md
    assert dag.tags
    assert not dag.catchup


def test_dag_phases_stand_in_the_order_of_the_design(dag: DAG) -> None:
    groups = [name for name in dag.task_group.get_task_group_dict() if name]

    assert groups == ["corpus", "queries", "training", "evaluation", "endpoint", "opensearch"]


def test_dag_has_these_tasks_and_no_others(dag: DAG) -> None:
    assert set(dag.task_ids) == set(UPSTREAM)


@pytest.mark.parametrize("task_id", UPSTREAM)
def test_task_runs_after_what_it_needs(dag: DAG, task_id: str) -> None:
    assert dag.get_task(task_id).upstream_task_ids - {"plan_run"} == UPSTREAM[task_id]


def test_every_task_follows_the_plan(dag: DAG) -> None:
    assert {task.task_id for task in dag.get_task("plan_run").get_flat_relatives()} == set(UPSTREAM) - {"plan_run"}


def test_nothing_is_billed_before_corpus_and_split_are_checked(dag: DAG) -> None:
    for task_id in ("queries.start_batch_job", "training.train", "endpoint.create_endpoint"):
        before = dag.get_task(task_id).get_flat_relative_ids(upstream=True)
        assert {"plan_run", "corpus.split_documents", "queries.build_records"} <= before


def test_nothing_is_deployed_before_it_is_compared(dag: DAG) -> None:
    before = dag.get_task("endpoint.create_model").get_flat_relative_ids(upstream=True)

    assert {"training.check_artifact", "evaluation.compare_models", "evaluation.decide_promotion"} <= before


@pytest.mark.parametrize("task_id", UPSTREAM)
def test_task_is_retried_by_the_policy(dag: DAG, task_id: str) -> None:
    task = dag.get_task(task_id)

    assert task.retries == 2
    assert isinstance(task.retry_policy, FinetuneRetryPolicy)
    assert task.retry_exponential_backoff


@pytest.mark.parametrize("task_id", [name for name in UPSTREAM if name not in LAST])
def test_task_that_fails_leaves_a_note(dag: DAG, task_id: str) -> None:
    assert note_failure in list(dag.get_task(task_id).on_failure_callback)


def test_explanation_runs_whatever_happened(dag: DAG) -> None:
    task = dag.get_task("explain_failure")

    assert task.trigger_rule == "all_done"
    assert list(task.on_failure_callback or ()) == []
    assert task.downstream_task_ids == set()


def test_release_runs_though_the_run_was_marked_failed_and_decides_its_state(dag: DAG) -> None:
    """Airflow skips all but teardowns; `on_failure_fail_dagrun` keeps such a run from counting as a success."""
    task = dag.get_task("release_run")

    assert task.is_teardown
    assert task.on_failure_fail_dagrun
    assert list(task.on_failure_callback or ()) == []
    assert task.downstream_task_ids == set()


def test_no_batch_job_is_started_after_the_jobs_of_the_run_were_ended(dag: DAG) -> None:
    for task_id in LAST:
        assert "queries.start_batch_job" in dag.get_task(task_id).upstream_task_ids


@pytest.mark.parametrize(
    "task_id",
    [
        pytest.param("queries.pair_queries", id="own-pairs-need-no-batch-job"),
        pytest.param("training.choose_training", id="candidates-may-not-be-asked-for"),
        pytest.param("training.check_artifact", id="an-earlier-run-may-have-trained"),
    ],
)
def test_task_runs_though_what_is_before_it_was_skipped(dag: DAG, task_id: str) -> None:
    assert dag.get_task(task_id).trigger_rule == "none_failed"


def test_batch_jobs_are_as_many_as_there_are_records_and_may_be_none(dag: DAG) -> None:
    """A mapped task over an empty list is skipped."""
    for task_id, mapped_over in (
        ("queries.start_batch_job", "queries.build_records"),
        ("queries.wait_for_batch_job", "queries.start_batch_job"),
    ):
        task = dag.get_task(task_id)
        assert task.is_mapped
        assert {found.task_id for found in task.iter_mapped_dependencies()} == {mapped_over}


@pytest.mark.parametrize("kind", ["bm25", "evaluation"])
def test_temporary_index_is_set_up_and_torn_down(dag: DAG, kind: str) -> None:
    assert dag.get_task(f"evaluation.create_{kind}_index").is_setup
    assert dag.get_task(f"evaluation.delete_{kind}_index").is_teardown
    assert not dag.get_task(f"evaluation.delete_{kind}_index").on_failure_fail_dagrun


def unmapped(dag: DAG, task_id: str) -> Any:
    """The task, or one instance of it if it is mapped."""
    task = dag.get_task(task_id)
    mapped = {
        "queries.start_batch_job": {"job_name": "job", "input_uri": "s3://b/i", "output_uri": "s3://b/o"},
        "queries.wait_for_batch_job": {"job_arn": "arn"},
    }
    return task.unmap(mapped[task_id]) if task.is_mapped else task


@pytest.mark.parametrize("task_id", UPSTREAM)
def test_task_template_fields_exist(dag: DAG, task_id: str) -> None:
    task = unmapped(dag, task_id)

    assert [field for field in task.template_fields if not hasattr(task, field)] == []


@pytest.mark.parametrize("task_id", UPSTREAM)
def test_task_connections_come_from_the_plan(dag: DAG, task_id: str) -> None:
    """So that site defaults reach every operator."""
    task = unmapped(dag, task_id)
    for field in ("aws_conn_id", "region_name", "opensearch_conn_id", "endpoint"):
        if field in task.template_fields:
            assert "xcom_pull(task_ids='plan_run'" in getattr(task, field), field


@pytest.mark.parametrize(
    ("task_id", "link"),
    [
        ("corpus.export_index", "Object on S3"),
        ("queries.start_batch_job", "Batch inference jobs"),
        ("endpoint.create_endpoint", "Endpoint"),
        ("opensearch.deploy_model", "Model in OpenSearch"),
        ("write_report", "Report"),
    ],
)
def test_task_links_to_what_it_made(dag: DAG, task_id: str, link: str) -> None:
    assert [found.name for found in dag.get_task(task_id).operator_extra_links] == [link]


def test_training_links_to_the_job_and_to_its_log(dag: DAG) -> None:
    assert [found.name for found in dag.get_task("training.train").operator_extra_links] == [
        "Training job",
        "Training log",
    ]


def test_waiting_tasks_wait_as_the_parameters_ask(dag: DAG) -> None:
    from opensearch_ml.waiting import wait_as_asked

    for task_id in ("training.train", "endpoint.create_endpoint", "queries.wait_for_batch_job"):
        task = dag.get_task(task_id)
        hook = task.partial_kwargs["pre_execute"] if task.is_mapped else task._pre_execute_hook
        assert hook is wait_as_asked


def test_dag_params_are_the_settings(dag: DAG) -> None:
    schemas = parameter_schemas()

    assert list(dag.params) == list(schemas)
    for name, schema in schemas.items():
        assert dag.params.get_param(name).schema["section"] == schema["section"]


def test_dag_survives_serialisation(dag: DAG) -> None:
    """As the scheduler and the UI see it."""
    import json

    from airflow.serialization.serialized_objects import DagSerialization

    written = json.loads(json.dumps(DagSerialization.to_dict(dag)))
    read: Any = DagSerialization.from_dict(written)

    assert set(read.task_ids) == set(UPSTREAM)
    for task_id in UPSTREAM:
        assert read.get_task(task_id).upstream_task_ids == dag.get_task(task_id).upstream_task_ids
        assert read.get_task(task_id).retries == 2
    assert list(read.params) == list(dag.params)
    for name in dag.params:
        assert read.params.get_param(name).schema == dag.params.get_param(name).schema
    assert read.get_task("evaluation.delete_bm25_index").is_teardown
