"""What a run has made, and what it left behind."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from include import layout as at
from tests.faults.world import BUCKET

if TYPE_CHECKING:
    from tests.faults.runs import Run
    from tests.faults.world import World

DOCUMENTS = (at.DOCUMENTS, at.JUDGED_DOCUMENTS)
PAIRS = (at.TRAINING_DATA, f"{at.EVALUATION_SETS}/heldout/queries.jsonl", f"{at.EVALUATION_SETS}/judged/queries.jsonl")
PAID = ("CreateTrainingJob", "CreateModelInvocationJob", "CreateEndpoint")


@dataclass(frozen=True)
class Content:
    """What must be the same, however a run was disturbed.

    Attributes:
        lines: of documents, pairs and queries, by file.
        model: hash of the published archive.
        evaluation: outcome, engine and metrics.
        paid: how many jobs and endpoints were made, by operation.
    """

    lines: dict[str, list[str]]
    model: str
    evaluation: dict[str, Any]
    paid: dict[str, int]


def content_of(world: World, run: Run) -> Content:
    """What the run has made so far."""
    lines = {name: sorted(_read(world, run, name).decode().splitlines()) for name in (*DOCUMENTS, *PAIRS)}
    model = _digest(_read(world, run, at.MODEL))
    evaluation = json.loads(_read(world, run, at.EVALUATION) or b"{}")
    return Content(lines, model, _comparable(evaluation), paid(run))


def paid(run: Run) -> dict[str, int]:
    """How many different jobs and endpoints the services have begun in the run."""
    made: dict[str, set[bytes]] = {name: set() for name in PAID}
    for number, call in enumerate(run.seen):
        if call.operation.name in made and call.status == 200:
            # Bedrock answers a token that it has seen with the job that it made.
            is_batch = call.operation.service == "bedrock"
            made[call.operation.name].add(call.body if is_batch else str(number).encode())
    return {name: len(answers) for name, answers in made.items()}


def lost_lines(reference: Content, content: Content) -> int:
    """How many lines of documents, pairs and queries a run that came to its end lacks, or has beside them."""
    return sum(len(set(reference.lines[name]) ^ set(content.lines[name])) for name in reference.lines)


def differences(reference: Content, content: Content, stage: int) -> list[str]:
    """What is not as in the undisturbed run, in words, as far as the run went."""
    told = [f"{name} differs" for name in reference.lines if reference.lines[name] != content.lines[name]]
    if stage == 0:
        return told
    told += ["another model"] if reference.model != content.model else []
    return told + (["another evaluation"] if reference.evaluation != content.evaluation else [])


def left_behind(world: World, run: Run) -> list[str]:
    """What nobody will ever clear away: always temporary things; of a failed run, all that it made but its files."""
    from opensearch_ml.tasks.failure import AFTER_DEPLOYMENT

    told = [f"temporary file {name}" for name in run.left]
    told += [f"index {name}" for name in world.cluster.indices.get_alias() if run.name and name.startswith(run.name)]
    told += _points_in_time(world)
    uploads = world.client("s3").list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])
    told += [f"upload {upload['Key'].rpartition('/')[2]}" for upload in uploads if run.folder in upload["Key"]]
    if run.name:
        told += _running(world, run.name)
    if run.name and run.state != "success" and any(note.task_id not in AFTER_DEPLOYMENT for note in run.notes):
        told += [*_on_sagemaker(world, run.name), *_in_cluster(world, run.name)]
    return told


def clear_away(world: World, run: Run) -> None:
    """Remove what the run deployed, so that the next one finds the services as this one did."""
    sagemaker = world.client("sagemaker")
    if run.name:
        for delete, argument in (
            (sagemaker.delete_endpoint, "EndpointName"),
            (sagemaker.delete_endpoint_config, "EndpointConfigName"),
            (sagemaker.delete_model, "ModelName"),
        ):
            try:
                delete(**{argument: run.name})
            except ClientError:
                continue
        _clear_cluster(world, run.name)
    for upload in world.client("s3").list_multipart_uploads(Bucket=BUCKET).get("Uploads", []):
        world.client("s3").abort_multipart_upload(Bucket=BUCKET, Key=upload["Key"], UploadId=upload["UploadId"])
    world.cluster.delete_all_pits(params={"ignore": 404})


def _read(world: World, run: Run, name: str) -> bytes:
    try:
        found = world.client("s3").get_object(Bucket=BUCKET, Key=f"{run.folder}{name}")
    except ClientError:
        return b""
    return bytes(found["Body"].read())


def _digest(archive: bytes) -> str:
    """Of the files in the archive: when it was packed is no matter."""
    digest = hashlib.sha256()
    if archive:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as opened:
            for member in sorted(opened, key=lambda it: it.name):
                content = opened.extractfile(member)
                digest.update(f"{member.name} {member.size}".encode() + (content.read() if content else b""))
    return digest.hexdigest()


def _comparable(evaluation: dict[str, Any]) -> dict[str, Any]:
    sets = {name: found.get("systems", found) for name, found in _sets(evaluation).items()}
    kept = ("outcome", "measure", "decided_on", "engine", "decision")
    return {**{name: evaluation.get(name) for name in kept}, "sets": json.loads(json.dumps(sets))}


def _sets(evaluation: dict[str, Any]) -> dict[str, Any]:
    return dict(evaluation.get("sets", {}))


def _points_in_time(world: World) -> list[str]:
    found = world.cluster.get_all_pits()
    return [f"point in time {pit['pit_id'][:12]}…" for pit in found.get("pits", [])]


def _running(world: World, name: str) -> list[str]:
    trainings = world.client("sagemaker").list_training_jobs(NameContains=name, MaxResults=100)
    batches = world.client("bedrock").list_model_invocation_jobs(nameContains=name)
    return [
        f"{job['TrainingJobName']} is {job['TrainingJobStatus']}"
        for job in trainings["TrainingJobSummaries"]
        if job["TrainingJobStatus"] == "InProgress"
    ] + [
        f"{job['jobName']} is {job['status']}"
        for job in batches["invocationJobSummaries"]
        if job["status"] in ("Submitted", "Validating", "Scheduled", "InProgress")
    ]


def _on_sagemaker(world: World, name: str) -> list[str]:
    sagemaker = world.client("sagemaker")
    endpoints = sagemaker.list_endpoints(NameContains=name)["Endpoints"]
    return [
        *(f"endpoint {it['EndpointStatus']}" for it in endpoints if it["EndpointStatus"] != "Deleting"),
        *("endpoint configuration" for _ in sagemaker.list_endpoint_configs(NameContains=name)["EndpointConfigs"]),
        *("SageMaker model" for _ in sagemaker.list_models(NameContains=name)["Models"]),
    ]


def _in_cluster(world: World, name: str) -> list[str]:
    found = [
        *(f"model {it}" for it in _ids(world, "models", name)),
        *(f"connector {it}" for it in _ids(world, "connectors", name)),
    ]
    pipelines = world.cluster.ingest.get_pipeline(params={"ignore": 404})
    return [*found, *(f"pipeline {it}" for it in pipelines if it.startswith(name))]


def _ids(world: World, what: str, name: str) -> list[str]:
    ml = world.cluster.plugins.ml
    search = ml.search_models if what == "models" else ml.search_connectors
    answer = search(body={"query": {"prefix": {"name.keyword": name}}, "size": 100})
    return [hit["_id"] for hit in answer["hits"]["hits"]]


def _clear_cluster(world: World, name: str) -> None:
    cluster, ml = world.cluster, world.cluster.plugins.ml
    cluster.search_pipeline.delete(id=name, params={"ignore": 404})
    cluster.ingest.delete_pipeline(id=name, params={"ignore": 404})
    for model in _ids(world, "models", name):
        ml.undeploy_model(model_id=model, params={"ignore": (404, 500)})
        ml.delete_model(model_id=model, params={"ignore": 404})
    for connector in _ids(world, "connectors", name):
        ml.delete_connector(connector_id=connector, params={"ignore": (404, 409)})
    # Runs share it; without it, the next one makes it again, as a first run does.
    groups = ml.search_model_group(body={"query": {"match": {"name": "faults"}}})
    for group in groups["hits"]["hits"]:
        ml.delete_model_group(model_group_id=group["_id"], params={"ignore": (400, 404, 409)})
    cluster.indices.delete(index=f"{name}*", params={"ignore_unavailable": "true"})
