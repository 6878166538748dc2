from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.contract.aws.harness import (
    ACCOUNT,
    BUCKET,
    REGION,
    StandInProcess,
    batch_job,
    converse_record,
    ended_batch,
    read_lines,
    upload_records,
    wait_for,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CLAUDE = "anthropic.claude-haiku-4-5-20251001-v1:0"
NOVA = "us.amazon.nova-lite-v1:0"


def outputs(s3: Any, arn: str, name: str) -> list[dict[str, Any]]:
    """The lines of a job's output file."""
    return read_lines(s3, f"answers/{arn.rpartition('/')[2]}/{name}")


def run(bedrock: Any, request: dict[str, Any]) -> dict[str, Any]:
    """Creates a job and gives its description when it has ended."""
    return ended_batch(bedrock, bedrock.create_model_invocation_job(**request)["jobArn"])


@pytest.fixture(scope="module")
def completed(s3: Any, bedrock: Any) -> dict[str, Any]:
    """A job of 120 good records and two that the model refuses."""
    blank = {"recordId": "BLANK", "modelInput": {"messages": [{"role": "user", "content": [{"text": " "}]}]}}
    broken = {"recordId": "BROKEN", "modelInput": {"messages": "not a list"}}
    records = [*(converse_record(number) for number in range(120)), blank, broken]
    return run(bedrock, batch_job("completed", upload_records(s3, "batch/in.jsonl", records)))


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandInProcess]:
    """A stand-in whose model takes its time."""
    stand_in = StandInProcess(tmp_path_factory.mktemp("slow"), writer="tests.contract.aws.writers:slow")
    stand_in.start()
    stand_in.client("s3").create_bucket(Bucket=BUCKET)
    yield stand_in
    stand_in.stop()


def test_job_with_refused_records_completes_and_counts_them(completed: dict[str, Any]) -> None:
    """As AWS does: PartiallyCompleted is for records that were not reached in time."""
    counts = {name: completed[f"{name}RecordCount"] for name in ("total", "processed", "success", "error")}
    assert completed["status"] == "Completed"
    assert counts == {"total": 122, "processed": 122, "success": 120, "error": 2}
    assert completed["submitTime"] <= completed["endTime"]
    assert (completed["timeoutDurationInHours"], completed["modelInvocationType"]) == (24, "Converse")


def test_job_answers_every_record_in_converse_format(completed: dict[str, Any], s3: Any) -> None:
    lines = outputs(s3, completed["jobArn"], "in.jsonl.out")
    by_id = {line["recordId"]: line for line in lines}
    assert len(by_id) == len(lines) == 122
    answered = by_id["RECORD00007"]
    assert answered["modelInput"] == converse_record(7)["modelInput"]
    output = answered["modelOutput"]
    assert json.loads(output["output"]["message"]["content"][0]["text"])["queries"][1] == "second"
    assert (output["output"]["message"]["role"], output["stopReason"]) == ("assistant", "end_turn")
    assert output["usage"]["totalTokens"] == output["usage"]["inputTokens"] + output["usage"]["outputTokens"] > 0
    assert output["metrics"]["latencyMs"] >= 0


def test_job_does_not_keep_the_order_of_records(completed: dict[str, Any], s3: Any) -> None:
    """AWS does not promise it, so whoever joins by position is found out here."""
    identifiers = [line["recordId"] for line in outputs(s3, completed["jobArn"], "in.jsonl.out")]
    assert identifiers != sorted(identifiers)


def test_job_gives_refused_records_an_error(completed: dict[str, Any], s3: Any) -> None:
    by_id = {line["recordId"]: line for line in outputs(s3, completed["jobArn"], "in.jsonl.out")}
    blank = by_id["BLANK"]["error"]
    assert blank["errorCode"] == 400
    assert blank["errorMessage"].startswith(
        "The text field in the ContentBlock object at messages.0.content.0 is blank."
    )
    assert "messages" in by_id["BROKEN"]["error"]["errorMessage"]
    assert "modelOutput" not in by_id["BLANK"]


def test_job_writes_a_manifest(completed: dict[str, Any], s3: Any) -> None:
    [manifest] = outputs(s3, completed["jobArn"], "manifest.json.out")
    tokens = {name: manifest.pop(name) for name in ("inputTokenCount", "outputTokenCount")}
    assert manifest == {
        "totalRecordCount": 122,
        "processedRecordCount": 122,
        "successRecordCount": 120,
        "errorRecordCount": 2,
    }
    assert all(count > 0 for count in tokens.values())


def test_job_answers_to_its_id_as_to_its_arn(completed: dict[str, Any], bedrock: Any) -> None:
    identifier = completed["jobArn"].rpartition("/")[2]
    assert bedrock.get_model_invocation_job(jobIdentifier=identifier)["jobArn"] == completed["jobArn"]


def test_job_keeps_its_tags(s3: Any, bedrock: Any) -> None:
    source = upload_records(s3, "batch/tagged.jsonl", [converse_record(number) for number in range(100)])
    tags = [{"key": "owner", "value": "b/p/m/run"}]
    arn = bedrock.create_model_invocation_job(**batch_job("tagged", source, tags=tags))["jobArn"]
    untagged = bedrock.create_model_invocation_job(**batch_job("untagged", source))["jobArn"]

    assert bedrock.list_tags_for_resource(resourceARN=arn)["tags"] == tags
    assert bedrock.list_tags_for_resource(resourceARN=untagged)["tags"] == []
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        bedrock.list_tags_for_resource(resourceARN=f"{arn[:-12]}{'0' * 12}")
    for job in (arn, untagged):
        ended_batch(bedrock, job)


def test_job_of_a_folder_answers_every_file(s3: Any, bedrock: Any) -> None:
    for part in ("a", "b/c"):
        records = [{**converse_record(number), "recordId": f"{part[0]}{number}"} for number in range(60)]
        upload_records(s3, f"folder/{part}.jsonl", records)
    s3.put_object(Bucket=BUCKET, Key="folder/readme.txt", Body="no records")
    job = run(bedrock, batch_job("folder", f"s3://{BUCKET}/folder/"))
    assert job["totalRecordCount"] == 120
    assert [len(outputs(s3, job["jobArn"], name)) for name in ("a.jsonl.out", "b/c.jsonl.out")] == [60, 60]


def test_job_of_claude_speaks_the_messages_api(s3: Any, bedrock: Any) -> None:
    def record(number: int, **changes: Any) -> dict[str, Any]:
        body = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 300, "system": "Write queries."}
        body["messages"] = [{"role": "user", "content": [{"type": "text", "text": f"prompt {number}"}]}]
        return {"recordId": f"R{number}", "modelInput": {**body, **changes}}

    no_version = record(200)
    del no_version["modelInput"]["anthropic_version"]
    odd = [record(201, modelId=CLAUDE), no_version, record(202, max_tokens=2)]
    source = upload_records(s3, "batch/claude.jsonl", [*(record(number) for number in range(100)), *odd])
    job = run(bedrock, batch_job("claude", source, modelInvocationType="InvokeModel"))
    by_id = {line["recordId"]: line for line in outputs(s3, job["jobArn"], "claude.jsonl.out")}
    output = by_id["R5"]["modelOutput"]
    assert (output["type"], output["role"], output["stop_reason"]) == ("message", "assistant", "end_turn")
    assert output["content"] == [{"type": "text", "text": '{"queries": ["first of mpt 5", "second"]}'}]
    assert output["model"] == "claude-haiku-4-5-20251001-v1"
    assert set(output["usage"]) == {"input_tokens", "output_tokens"}
    assert by_id["R200"]["error"]["errorMessage"] == "anthropic_version: Field required"
    assert by_id["R201"]["error"]["errorMessage"] == "modelId: Extra inputs are not permitted"
    assert by_id["R202"]["modelOutput"]["stop_reason"] == "max_tokens"


def test_job_of_nova_speaks_its_format(s3: Any, bedrock: Any) -> None:
    def record(number: int, **changes: Any) -> dict[str, Any]:
        body = {
            "schemaVersion": "messages-v1",
            "messages": [{"role": "user", "content": [{"text": f"prompt {number}"}]}],
        }
        return {"recordId": f"R{number}", "modelInput": {**body, **changes}}

    source = upload_records(s3, "batch/nova.jsonl", [*(record(number) for number in range(100)), record(100, top_k=1)])
    job = run(bedrock, batch_job("nova", source, modelInvocationType="InvokeModel", modelId=NOVA))
    by_id = {line["recordId"]: line for line in outputs(s3, job["jobArn"], "nova.jsonl.out")}
    assert by_id["R5"]["modelOutput"]["output"]["message"]["content"][0]["text"].startswith('{"queries"')
    assert by_id["R100"]["error"]["errorMessage"].startswith("Malformed input request: #: extraneous key [top_k]")


@pytest.mark.parametrize(
    ("records", "complaint"),
    [
        pytest.param([converse_record(1)] * 1, "contains less records (1) than the required minimum of: 100", id="few"),
        pytest.param([converse_record(1)] * 100, "contains a duplicate recordId: 'RECORD00001' in ", id="duplicate"),
        pytest.param(["{not json"] * 100, "Malformed record: line 1 of ", id="malformed"),
        pytest.param(['{"recordId": "1"}'] * 100, "has no JSON object modelInput", id="no_input"),
    ],
)
def test_job_with_bad_input_fails_and_says_why(
    s3: Any, bedrock: Any, new_name: Callable[[str], str], records: list[Any], complaint: str
) -> None:
    name = new_name("bad")
    job = run(bedrock, batch_job(name, upload_records(s3, f"batch/{name}.jsonl", records)))
    assert job["status"] == "Failed"
    assert complaint in job["message"]
    assert job["processedRecordCount"] == 0


def test_job_with_too_many_records_fails(aws: StandInProcess, s3: Any, bedrock: Any) -> None:
    source = upload_records(s3, "batch/many.jsonl", [converse_record(number) for number in range(120)])
    with aws.changed(maximum_records=110):
        job = run(bedrock, batch_job("many", source))
    assert job["message"].endswith("contains more records (120) than the allowed maximum of: 110")


def test_job_without_record_ids_gets_them(s3: Any, bedrock: Any) -> None:
    records = [{"modelInput": converse_record(number)["modelInput"]} for number in range(100)]
    job = run(bedrock, batch_job("no-ids", upload_records(s3, "batch/no-ids.jsonl", records)))
    assert len({line["recordId"] for line in outputs(s3, job["jobArn"], "no-ids.jsonl.out")}) == 100


def test_token_seen_before_gives_the_same_job(s3: Any, bedrock: Any) -> None:
    source = upload_records(s3, "batch/token.jsonl", [converse_record(number) for number in range(100)])
    first = bedrock.create_model_invocation_job(**batch_job("token", source, clientRequestToken="abc-1"))
    again = bedrock.create_model_invocation_job(**batch_job("token", source, clientRequestToken="abc-1"))
    assert again["jobArn"] == first["jobArn"]
    ended_batch(bedrock, first["jobArn"])


def test_name_seen_before_is_a_conflict(completed: dict[str, Any], bedrock: Any) -> None:
    with pytest.raises(bedrock.exceptions.ConflictException, match=r"The provided job name is currently in use\."):
        bedrock.create_model_invocation_job(**batch_job("completed", f"s3://{BUCKET}/batch/in.jsonl"))


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        pytest.param({"modelId": "unknown.model"}, "The provided model identifier is invalid.", id="model"),
        pytest.param(
            {"modelId": "meta.llama3-3-70b-instruct-v1:0", "modelInvocationType": "InvokeModel"},
            "Use Converse, which is the same for all models.",
            id="format",
        ),
        pytest.param({"roleArn": "not-an-arn"}, "'roleArn' failed to satisfy constraint", id="role"),
        pytest.param({"timeoutDurationInHours": 169}, "Member must have value less than or equal to 168", id="hours"),
        pytest.param(
            {"outputDataConfig": {"s3OutputDataConfig": {"s3Uri": "s3://no-such-bucket-here/"}}},
            "Could not validate PutObject permissions to access Amazon S3 bucket: no-such-bucket-here",
            id="output",
        ),
        pytest.param(
            {"inputDataConfig": {"s3InputDataConfig": {"s3Uri": f"s3://{BUCKET}/nowhere.jsonl"}}},
            "Could not validate GetObject permissions to access Amazon S3 bucket: contract-tests at key",
            id="input",
        ),
    ],
)
def test_job_that_aws_would_refuse_is_refused(bedrock: Any, changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(bedrock.exceptions.ValidationException) as refused:
        bedrock.create_model_invocation_job(**batch_job("refused", f"s3://{BUCKET}/train/", **changes))
    assert complaint in refused.value.response["Error"]["Message"]


def test_job_missing_is_not_found(bedrock: Any) -> None:
    for operation in (bedrock.get_model_invocation_job, bedrock.stop_model_invocation_job):
        with pytest.raises(bedrock.exceptions.ResourceNotFoundException):
            operation(jobIdentifier=f"arn:aws:bedrock:{REGION}:{ACCOUNT}:model-invocation-job/aaaaaaaaaaaa")


def test_stop_of_an_ended_job_is_a_conflict(completed: dict[str, Any], bedrock: Any) -> None:
    with pytest.raises(bedrock.exceptions.ConflictException, match="its status is Completed"):
        bedrock.stop_model_invocation_job(jobIdentifier=completed["jobArn"])


def test_list_filters_and_pages(completed: dict[str, Any], bedrock: Any) -> None:
    found = bedrock.list_model_invocation_jobs(nameContains="completed", statusEquals="Completed")
    assert [job["jobArn"] for job in found["invocationJobSummaries"]] == [completed["jobArn"]]
    pages = bedrock.get_paginator("list_model_invocation_jobs").paginate(PaginationConfig={"PageSize": 2})
    names = [job["jobName"] for page in pages for job in page["invocationJobSummaries"]]
    assert len(names) == len(set(names)) >= 3
    later = bedrock.list_model_invocation_jobs(submitTimeAfter=completed["submitTime"], nameContains="completed")
    assert later["invocationJobSummaries"] == []


def test_foundation_models_are_listed_by_provider(bedrock: Any) -> None:
    models = bedrock.list_foundation_models(byProvider="anthropic")["modelSummaries"]
    assert CLAUDE in [model["modelId"] for model in models]
    assert {model["providerName"] for model in models} == {"Anthropic"}


def test_job_in_progress_counts_and_can_be_stopped(slow: StandInProcess) -> None:
    s3, bedrock = slow.client("s3"), slow.client("bedrock")
    source = upload_records(s3, "slow.jsonl", [converse_record(number) for number in range(1000)])
    arn = bedrock.create_model_invocation_job(**batch_job("slow", source))["jobArn"]

    def counted() -> Any:
        job = bedrock.get_model_invocation_job(jobIdentifier=arn)
        return job if job["processedRecordCount"] > 0 else None

    seen = wait_for(counted)
    assert seen["status"] == "InProgress"
    assert 0 < seen["processedRecordCount"] < seen["totalRecordCount"] == 1000
    bedrock.stop_model_invocation_job(jobIdentifier=arn)
    ended = ended_batch(bedrock, arn)
    assert ended["status"] == "Stopped"
    assert len(outputs(s3, arn, "slow.jsonl.out")) == ended["processedRecordCount"] < 1000


def test_job_out_of_time_is_partially_completed(slow: StandInProcess) -> None:
    s3, bedrock = slow.client("s3"), slow.client("bedrock")
    source = upload_records(s3, "late.jsonl", [converse_record(number) for number in range(1000)])
    with slow.changed(seconds_per_hour=1.0 / 24):
        job = run(bedrock, batch_job("late", source))
    assert job["status"] == "PartiallyCompleted"
    assert 0 < len(outputs(s3, job["jobArn"], "late.jsonl.out")) == job["successRecordCount"] < 1000


def test_job_that_never_gets_its_turn_expires(slow: StandInProcess) -> None:
    s3, bedrock = slow.client("s3"), slow.client("bedrock")
    source = upload_records(s3, "turn.jsonl", [converse_record(number) for number in range(1000)])
    running = [bedrock.create_model_invocation_job(**batch_job(f"first-{n}", source))["jobArn"] for n in range(2)]

    def status(arn: str) -> str:
        return str(bedrock.get_model_invocation_job(jobIdentifier=arn)["status"])

    wait_for(lambda: {status(arn) for arn in running} == {"InProgress"})
    with slow.changed(seconds_per_hour=1.0 / 24):
        waiting = bedrock.create_model_invocation_job(**batch_job("third", source))["jobArn"]
    wait_for(lambda: status(waiting) == "Scheduled")
    assert ended_batch(bedrock, waiting)["status"] == "Expired"
    for arn in running:
        bedrock.stop_model_invocation_job(jobIdentifier=arn)
        ended_batch(bedrock, arn)


def test_job_over_the_quota_is_refused(slow: StandInProcess) -> None:
    s3, bedrock = slow.client("s3"), slow.client("bedrock")
    source = upload_records(s3, "quota.jsonl", [converse_record(number) for number in range(1000)])
    with slow.changed(batch_jobs_per_model=1):
        arn = bedrock.create_model_invocation_job(**batch_job("within", source))["jobArn"]
        with pytest.raises(bedrock.exceptions.ServiceQuotaExceededException):
            bedrock.create_model_invocation_job(**batch_job("beyond", source))
    bedrock.stop_model_invocation_job(jobIdentifier=arn)
    ended_batch(bedrock, arn)


def test_runtime_converses(aws: StandInProcess) -> None:
    messages = [{"role": "user", "content": [{"text": "hello"}]}]
    answer = aws.client("bedrock-runtime").converse(modelId=NOVA, messages=messages, inferenceConfig={"maxTokens": 500})
    assert answer["output"]["message"]["content"][0]["text"].startswith('{"queries"')
    assert answer["stopReason"] == "end_turn"


def test_runtime_invokes_a_model(aws: StandInProcess) -> None:
    runtime = aws.client("bedrock-runtime")
    body = {"anthropic_version": "bedrock-2023-05-31", "messages": [{"role": "user", "content": "hi"}]}
    answer = runtime.invoke_model(modelId=CLAUDE, body=json.dumps({**body, "max_tokens": 99}))
    assert json.loads(answer["body"].read())["content"][0]["type"] == "text"
    with pytest.raises(ClientError, match="max_tokens: Field required"):
        runtime.invoke_model(modelId=CLAUDE, body=json.dumps(body))
