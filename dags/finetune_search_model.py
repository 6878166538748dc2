"""### Fine-tune a search model on your own corpus.

Documents from an OpenSearch index or S3 JSONL → synthetic queries by Bedrock batch inference → training on SageMaker →
comparison of base and tuned model on queries that were never trained on → a gate, which lets only a better one pass →
a SageMaker endpoint → connector, model group
and deployed model in OpenSearch ML Commons → a report. With `model_type` `highlighter` the model marks the sentences
that answer a query, instead of finding documents; it is compared on held-out questions, and measured once deployed.

Trigger it from the form, or with `airflow dags trigger finetune_search_model --conf '{"index_name": …}'`. What is the
same in every run (bucket, roles, endpoint) can be kept in the Airflow Variable `finetune_search_model_defaults`.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime

from airflow.sdk import DAG, TaskGroup

from opensearch_ml.failures import note_failure
from opensearch_ml.form import form_params
from opensearch_ml.hooks.ml_commons import OWN_GROUP
from opensearch_ml.links import ReportLink
from opensearch_ml.operators.approval import ApprovalOperator
from opensearch_ml.operators.bedrock import BatchInferenceOperator
from opensearch_ml.operators.corpus import OpenSearchToS3Operator
from opensearch_ml.operators.registry import (
    OpenSearchConnectorOperator,
    OpenSearchDeployModelOperator,
    OpenSearchModelGroupOperator,
    OpenSearchRegisterModelOperator,
)
from opensearch_ml.operators.sagemaker import (
    EndpointConfigOperator,
    EndpointOperator,
    ModelOperator,
    TrainingOperator,
)
from opensearch_ml.retry import retry_arguments
from opensearch_ml.sensors.bedrock import BedrockBatchSensor
from opensearch_ml.sensors.model import OpenSearchModelSensor
from opensearch_ml.tasks.corpus import (
    add_judged_documents,
    choose_input,
    read_jsonl,
    read_judged_queries,
    split_documents,
)
from opensearch_ml.tasks.evaluation import (
    compare_models,
    create_bm25_index,
    create_evaluation_index,
    delete_bm25_index,
    delete_evaluation_index,
    search_with_bm25,
    search_with_models,
)
from opensearch_ml.tasks.failure import explain_failure
from opensearch_ml.tasks.gate import ask_as_planned, decide_promotion
from opensearch_ml.tasks.highlighting import benchmark_highlighter
from opensearch_ml.tasks.plan import plan_run
from opensearch_ml.tasks.promotion import record_promotion
from opensearch_ml.tasks.queries import build_records, find_candidates, pair_queries
from opensearch_ml.tasks.registration import check_deployed_model, create_pipelines, register_query_model
from opensearch_ml.tasks.release import release_run
from opensearch_ml.tasks.report import write_report
from opensearch_ml.tasks.reuse import choose_deployment, choose_training
from opensearch_ml.tasks.scaling import scale_endpoint
from opensearch_ml.tasks.training import check_artifact, upload_code
from opensearch_ml.waiting import wait_as_asked

PLANNED = "{{ ti.xcom_pull(task_ids='plan_run', key='%s') }}"
"""A value of the plan, in the templates of the default arguments."""

with DAG(
    "finetune_search_model",
    doc_md=__doc__,
    params=form_params(),
    schedule=os.environ.get("FINETUNE_SEARCH_MODEL_SCHEDULE"),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=8,
    tags=["search", "opensearch", "fine-tuning"],
    default_args={
        **retry_arguments(),
        "on_failure_callback": note_failure,
        "aws_conn_id": PLANNED % "aws_conn_id",
        "region_name": PLANNED % "region",
        "opensearch_conn_id": PLANNED % "opensearch_conn_id",
        "endpoint": PLANNED % "opensearch_url",
    },
) as dag:
    planned = plan_run()
    plan = planned["plan"]

    with TaskGroup("corpus"):
        judged = read_judged_queries(plan)
        source = choose_input(plan)
        export = OpenSearchToS3Operator(
            task_id="export_index",
            index_name=planned["index_name"],
            text_field=planned["text_field"],
            s3_uri=planned["documents_uri"],
            seen_uri=planned["seen_uri"],
            max_documents=planned["max_documents"],
            seed=planned["seed"],
            slices=planned["export_slices"],
        )
        read = read_jsonl(plan)
        added = add_judged_documents(plan)
        split = split_documents(plan, export.output, read)
        judged >> source >> [export, read, split]
        export >> added >> split

    with TaskGroup("queries"):
        records = build_records(plan)
        generate = BatchInferenceOperator.partial(
            task_id="start_batch_job",
            role_arn=planned["bedrock_role_arn"],
            model_id=planned["bedrock_model_id"],
            pre_execute=wait_as_asked,
        ).expand_kwargs(records)
        wait = BedrockBatchSensor.partial(
            task_id="wait_for_batch_job",
            mode="reschedule",
            pre_execute=wait_as_asked,
        ).expand(job_arn=generate.output)
        pairs = pair_queries(plan)
        split >> records
        wait >> pairs

    with TaskGroup("training"):
        code = upload_code(plan)
        train = TrainingOperator(
            task_id="train",
            config=planned["training_request"],
            fallbacks=planned["training_instance_fallbacks"],
            pre_execute=wait_as_asked,
        )
        chosen = choose_training(plan)
        artifact = check_artifact(plan, train.output)
        [pairs, code] >> chosen >> [train, artifact]

    with TaskGroup("evaluation"):
        bm25_index = create_bm25_index(plan)
        bm25 = search_with_bm25(plan, bm25_index)
        cleared = delete_bm25_index(plan).as_teardown(setups=bm25_index)
        candidates = find_candidates(plan)
        engine_index = create_evaluation_index(plan)
        engine = search_with_models(plan, engine_index)
        engine_cleared = delete_evaluation_index(plan).as_teardown(setups=engine_index)
        comparison = compare_models(plan, bm25, engine)
        verdict = decide_promotion(plan, comparison)
        approved = ApprovalOperator(
            task_id="approve_promotion",
            subject="Deploy the tuned model?",
            defaults=ApprovalOperator.REJECT,
            pre_execute=ask_as_planned,
        )
        pairs >> bm25_index >> [bm25, candidates] >> cleared
        candidates >> chosen
        artifact >> engine_index >> engine >> engine_cleared
        artifact >> comparison >> verdict >> approved

    with TaskGroup("endpoint"):
        deployment = choose_deployment(plan, artifact)
        model = ModelOperator(task_id="create_model", config=deployment["model_request"])
        config = EndpointConfigOperator(task_id="create_endpoint_config", config=deployment["endpoint_config_request"])
        endpoint = EndpointOperator(
            task_id="create_endpoint", config=deployment["endpoint_request"], pre_execute=wait_as_asked
        )
        scaled = scale_endpoint(deployment["plan"])
        [verdict, approved] >> deployment >> model >> config >> endpoint >> scaled

    with TaskGroup("opensearch"):
        connector = OpenSearchConnectorOperator(
            task_id="create_connector",
            body=deployment["connector_body"],
            role_arn=planned["connector_role_arn"],
            credentials_conn_id=planned["connector_aws_conn_id"],
        )
        group = OpenSearchModelGroupOperator(
            task_id="register_group",
            name=planned["model_name"],
            description=OWN_GROUP,
        )
        registered = OpenSearchRegisterModelOperator(
            task_id="register_model",
            name=deployment["name"],
            model_group_id=group.output,
            connector_id=connector.output,
            description=planned["model_description"],
        )
        deploy = OpenSearchDeployModelOperator(task_id="deploy_model", model_id=registered.output)
        deployed = OpenSearchModelSensor(task_id="wait_until_deployed", model_id=registered.output)
        serving = deployment["plan"]
        query_model = register_query_model(serving, deployment["query_connector_body"], group.output, registered.output)
        pipelines = create_pipelines(serving, registered.output, query_model)
        checked = check_deployed_model(
            serving, connector.output, group.output, registered.output, query_model, pipelines
        )
        scaled >> connector >> group
        deploy >> deployed >> query_model

    promoted = record_promotion(serving, artifact, comparison, checked)
    measured = benchmark_highlighter(plan, checked)
    report = write_report(plan, checked, measured)
    [verdict, promoted] >> report
    # All batch jobs too: none is to be started once the run's are ended.
    last = [generate, report, cleared, engine_cleared]
    last >> explain_failure()
    last >> release_run().as_teardown(on_failure_fail_dagrun=True)

report.operator.operator_extra_links = (ReportLink(),)
