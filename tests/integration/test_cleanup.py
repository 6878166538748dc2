"""The cleanup against AWS stand-in and gateway: an orphan of each kind is found and deleted, and nothing else."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from include.cleanup.delete import Clients, delete_orphans
from include.cleanup.find import find_orphans
from include.cleanup.orphan import KINDS
from include.cleanup.runs import Runs, began_before
from include.layout import Layout
from include.registry.connector import connector_body, invocation_url
from include.registry.sides import query_name
from include.requests.tags import bedrock_tags, run_tags
from opensearch_ml.hooks.cleanup import OpenSearchCleanupHook
from opensearch_ml.hooks.ml_commons import OWN_GROUP
from tests.contract.aws.harness import (
    BUCKET,
    StandInProcess,
    batch_job,
    converse_record,
    create_config,
    settled_endpoint,
    tarball,
    training_job,
    upload_model,
    upload_records,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX = "models"
CRASHED = Layout(BUCKET, PREFIX, "crashed-one", "20260101-000000-aaaaaa")
ACTIVE = Layout(BUCKET, PREFIX, "works-on", "20260101-000000-bbbbbb")
PROMOTED = Layout(BUCKET, PREFIX, "crashed-one", "20260101-000000-cccccc")
YOUNG = Layout(BUCKET, PREFIX, "crashed-one", f"{datetime.now(UTC):%Y%m%d-%H%M%S}-dddddd")
STRANGER = Layout(BUCKET, "elsewhere", "strangers", "20260101-000000-eeeeee")
SERVED = (CRASHED, PROMOTED)  # each endpoint is a process
RUNTIME = "https://runtime.sagemaker.us-east-1.amazonaws.com"
WAITING = "import threading\nthreading.Event().wait()\n"
# What a run may leave while its model name is still in use; a group is shared by all runs of a name.
EACH = Counter(
    {kind: 1 for kind in KINDS if kind != "model group"} | {"model": 2, "connector": 2, "temporary index": 2}
)


class World:
    """Clients, and what runs made with them."""

    def __init__(self, aws: StandInProcess, hook: OpenSearchCleanupHook) -> None:
        self.clients = Clients(aws.client("s3"), aws.client("sagemaker"), aws.client("bedrock"), hook, BUCKET)
        self.hook = hook
        self.active = {("finetune_search_model", ACTIVE.run)}

    def runs(self, keep: int | None = None) -> Runs:
        return Runs(self.clients.s3, BUCKET, PREFIX, began_before(24), keep, lambda dag, run: (dag, run) in self.active)

    def find(self, keep: int | None = None) -> list[Any]:
        return find_orphans(self.clients, self.runs(keep))

    def leave(self, run: Layout, tagged: bool = True) -> None:
        """Everything that a run can leave behind; of an endpoint only what is quickly made."""
        self._leave_on_aws(run, {"Tags": run_tags(run)} if tagged else {}, bedrock_tags(run) if tagged else [])
        s3 = self.clients.s3
        told = {"dag_id": "finetune_search_model", "dag_run_id": run.run, "name": run.name}
        s3.put_object(Bucket=BUCKET, Key=run.key("run.json"), Body=json.dumps(told))
        s3.create_multipart_upload(Bucket=BUCKET, Key=run.key("raw-corpus/documents.jsonl"))
        self._leave_in_the_cluster(run)

    def _leave_on_aws(self, run: Layout, tags: dict[str, Any], of_bedrock: list[Any]) -> None:
        sagemaker, data = self.clients.sagemaker, f"s3://{BUCKET}/models/toy/model.tar.gz"
        create_config(sagemaker, run.name, data)
        for kind in ("model", "endpoint-config"):
            if tags:
                sagemaker.add_tags(ResourceArn=f"arn:aws:sagemaker:us-east-1:123456789012:{kind}/{run.name}", **tags)
        if run in SERVED:
            sagemaker.create_endpoint(EndpointName=run.name, EndpointConfigName=run.name, **tags)
        script = {
            "sagemaker_program": "wait.py",
            "sagemaker_submit_directory": f"s3://{BUCKET}/code/wait.tar.gz",
        }
        sagemaker.create_training_job(**training_job(f"{run.name}-2", HyperParameters=script, **tags))
        job = batch_job(f"{run.name}-000", f"s3://{BUCKET}/batch.jsonl")
        self.clients.bedrock.create_model_invocation_job(**job, **({"tags": of_bedrock} if of_bedrock else {}))

    def _leave_in_the_cluster(self, run: Layout) -> None:
        hook = self.hook
        group = hook.ensure_model_group(run.model_name, OWN_GROUP)
        keys = {"access_key": "AKIDEXAMPLE", "secret_key": "secretexample"}
        for name in (run.name, query_name(run.name)):
            connector = hook.ensure_connector(connector_body(name, invocation_url(RUNTIME, name), "us-east-1", keys))
            model = hook.ensure_model(name, group, connector, "a model")
        hook.put_pipelines(
            run.name,
            {"processors": [{"text_embedding": {"model_id": model, "field_map": {"text": "vector"}}}]},
            {"request_processors": [{"neural_query_enricher": {"default_model_id": model}}]},
        )
        for kind in ("bm25", "evaluation"):
            hook.conn.indices.create(
                index=f"{run.name}-{kind}", body={"settings": {"number_of_shards": 1, "number_of_replicas": 0}}
            )


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, ml_commons_url: str) -> Iterator[World]:
    aws = StandInProcess(tmp_path_factory.mktemp("cleanup"), "tests.contract.aws.writers:very_slow")
    aws.start()
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="code/wait.tar.gz", Body=tarball(wait_py=WAITING))
    s3.put_object(Bucket=BUCKET, Key="train/pairs.jsonl", Body="{}\n")
    upload_model(s3)
    upload_records(s3, "batch.jsonl", [converse_record(number) for number in range(100)])
    world = World(aws, OpenSearchCleanupHook("local_cluster", ml_commons_url, None, "us-east-1"))
    runs = (CRASHED, ACTIVE, PROMOTED, YOUNG, STRANGER)
    for run in runs:
        world.leave(run, tagged=run is not STRANGER)
    entry = {"kind": "promotion", "run": PROMOTED.run, "model_id": "m"}
    s3.put_object(Bucket=BUCKET, Key=f"{PREFIX}/crashed-one/promotions.json", Body=json.dumps([entry]))
    for run in SERVED:
        settled_endpoint(aws.client("sagemaker"), run.name)
    yield world
    aws.stop()
    for name in world.hook.pipeline_names():
        world.hook.remove_pipelines(name)
    for name in (named for run in runs for named in (run.name, query_name(run.name))):
        for model_id, _ in world.hook.models_named([name]):
            world.hook.remove_model(model_id)
        for connector_id, _ in world.hook.connectors_named([name]):
            world.hook.remove_connector(connector_id)
    world.hook.remove_index(",".join(world.hook.index_names("*-bm25,*-evaluation")) or "nothing")


def test_cleanup_finds_an_orphan_of_each_kind_of_the_crashed_run_only(world: World) -> None:
    found = world.find()

    assert {orphan.run for orphan in found} == {f"{CRASHED.model_name}/{CRASHED.run}"}
    assert Counter(orphan.kind for orphan in found) == EACH


def test_cleanup_keeps_as_many_deployments_as_told(world: World) -> None:
    newer = {"kind": "promotion", "run": "20260102-000000-ffffff", "model_id": "m"}
    key = f"{PREFIX}/crashed-one/promotions.json"
    s3 = world.clients.s3
    before = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    s3.put_object(Bucket=BUCKET, Key=key, Body=json.dumps([*json.loads(before), newer]))
    of_promoted = f"{PROMOTED.model_name}/{PROMOTED.run}"

    assert of_promoted not in {orphan.run for orphan in world.find(keep=1)}
    assert of_promoted in {orphan.run for orphan in world.find(keep=0)}
    s3.put_object(Bucket=BUCKET, Key=key, Body=before)


def test_cleanup_deletes_what_it_found_and_may_be_run_again(world: World) -> None:
    found = world.find()

    assert delete_orphans(world.clients, found) == {}
    assert delete_orphans(world.clients, found) == {}

    assert world.find() == []
    sagemaker = world.clients.sagemaker
    assert [endpoint["EndpointName"] for endpoint in sagemaker.list_endpoints()["Endpoints"]] == [PROMOTED.name]
    for run in (ACTIVE, PROMOTED, YOUNG, STRANGER):
        assert len(world.hook.models_named([run.name, query_name(run.name)])) == 2
        assert len(world.hook.connectors_named([run.name, query_name(run.name)])) == 2
        assert {run.name} <= world.hook.pipeline_names()
        assert sagemaker.describe_endpoint_config(EndpointConfigName=run.name)
        assert sagemaker.describe_model(ModelName=run.name)
        job = sagemaker.describe_training_job(TrainingJobName=f"{run.name}-2")
        assert job["TrainingJobStatus"] == "InProgress"


def test_cleanup_deletes_the_group_with_its_last_model(world: World) -> None:
    """Of a name that no run works on and no deployment is of."""
    world.active.clear()

    found = world.find()
    failed = delete_orphans(world.clients, found)

    assert failed == {}
    assert Counter(orphan.kind for orphan in found) == EACH - Counter(["endpoint"]) + Counter(["model group"])
    assert world.hook.own_group(ACTIVE.model_name) is None
    assert world.hook.own_group(PROMOTED.model_name)
