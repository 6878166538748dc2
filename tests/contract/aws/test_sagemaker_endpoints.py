from __future__ import annotations

import json
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.contract.aws.harness import (
    ACCOUNT,
    BUCKET,
    IMAGE,
    REGION,
    create_config,
    deploy,
    log_lines,
    settled_endpoint,
    signed_for,
    upload_model,
    wait_for,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.contract.aws.harness import StandInProcess

MODEL_DATA = f"s3://{BUCKET}/models/toy/model.tar.gz"


@pytest.fixture(scope="module")
def endpoint(sagemaker: Any) -> str:
    """An endpoint in service."""
    described = deploy(sagemaker, "serving", MODEL_DATA, Environment={"GREETING": "hello"})
    assert described["EndpointStatus"] == "InService", described
    return "serving"


def invoke(runtime: Any, name: str, data: Any, **options: Any) -> dict[str, Any]:
    answer = runtime.invoke_endpoint(
        EndpointName=name, Body=json.dumps(data), ContentType="application/json", **options
    )
    return {**answer, "Body": json.loads(answer["Body"].read())}


def gone(sagemaker: Any, name: str) -> bool:
    try:
        sagemaker.describe_endpoint(EndpointName=name)
    except ClientError:
        return True
    return False


def test_model_is_described_listed_and_deleted(sagemaker: Any, new_name: Callable[[str], str]) -> None:
    name = new_name("model")
    arn = sagemaker.create_model(ModelName=name, PrimaryContainer={"Image": IMAGE, "ModelDataUrl": MODEL_DATA})[
        "ModelArn"
    ]
    described = sagemaker.describe_model(ModelName=name)
    assert (described["ModelArn"], described["PrimaryContainer"]["ModelDataUrl"]) == (arn, MODEL_DATA)
    assert arn == f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model/{name}"
    assert [model["ModelName"] for model in sagemaker.list_models(NameContains=name)["Models"]] == [name]
    sagemaker.delete_model(ModelName=name)
    with pytest.raises(ClientError, match=f'ValidationException.*Could not find model "{arn}".'):
        sagemaker.describe_model(ModelName=name)


@pytest.mark.parametrize(
    ("container", "complaint"),
    [
        pytest.param({"ModelDataUrl": f"s3://{BUCKET}/no.tar.gz"}, "Could not find model data at s3://", id="missing"),
        pytest.param({"ModelDataUrl": f"s3://{BUCKET}/train/"}, "It must be the S3 URI of a .tar.gz", id="no archive"),
        pytest.param({"ModelDataUrl": "https://example.org/m.tar.gz"}, "It must be the S3 URI", id="no uri"),
        pytest.param({}, "ModelDataUrl is missing", id="none"),
        pytest.param({"Image": "somewhere/image"}, "Invalid image URI somewhere/image", id="image"),
    ],
)
def test_model_that_aws_would_refuse_is_refused(sagemaker: Any, container: dict[str, str], complaint: str) -> None:
    with pytest.raises(ClientError, match=complaint):
        sagemaker.create_model(ModelName="refused", PrimaryContainer={"Image": IMAGE, **container})


@pytest.mark.parametrize(
    ("operation", "arguments", "kind"),
    [
        pytest.param("describe_model", {"ModelName": "nowhere"}, "model", id="model"),
        pytest.param("delete_model", {"ModelName": "nowhere"}, "model", id="delete_model"),
        pytest.param("describe_endpoint", {"EndpointName": "nowhere"}, "endpoint", id="endpoint"),
        pytest.param("delete_endpoint", {"EndpointName": "nowhere"}, "endpoint", id="delete_endpoint"),
        pytest.param(
            "describe_endpoint_config", {"EndpointConfigName": "nowhere"}, "endpoint configuration", id="config"
        ),
        pytest.param(
            "delete_endpoint_config", {"EndpointConfigName": "nowhere"}, "endpoint configuration", id="delete_config"
        ),
        pytest.param(
            "create_endpoint",
            {"EndpointName": "new", "EndpointConfigName": "nowhere"},
            "endpoint configuration",
            id="create_endpoint",
        ),
    ],
)
def test_resource_missing_is_not_found(sagemaker: Any, operation: str, arguments: dict[str, str], kind: str) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(sagemaker, operation)(**arguments)
    error = refused.value.response["Error"]
    assert error["Code"] == "ValidationException"
    assert error["Message"].startswith(f'Could not find {kind} "arn:aws:sagemaker:{REGION}:{ACCOUNT}:')


def test_resource_that_exists_cannot_be_created_again(sagemaker: Any, endpoint: str) -> None:
    model = {"Image": IMAGE, "ModelDataUrl": MODEL_DATA}
    variant = {"VariantName": "v", "ModelName": endpoint, "InstanceType": "ml.m5.xlarge", "InitialInstanceCount": 1}
    again = {
        "model": lambda: sagemaker.create_model(ModelName=endpoint, PrimaryContainer=model),
        "endpoint configuration": lambda: sagemaker.create_endpoint_config(
            EndpointConfigName=endpoint, ProductionVariants=[variant]
        ),
        "endpoint": lambda: sagemaker.create_endpoint(EndpointName=endpoint, EndpointConfigName=endpoint),
    }
    for kind, create in again.items():
        with pytest.raises(ClientError, match=f'ValidationException.*Cannot create already existing {kind} "arn:aws'):
            create()


def test_config_is_described_listed_and_deleted(sagemaker: Any, new_name: Callable[[str], str]) -> None:
    name = new_name("config")
    create_config(sagemaker, name, MODEL_DATA)
    described = sagemaker.describe_endpoint_config(EndpointConfigName=name)
    assert described["ProductionVariants"][0]["ModelName"] == name
    listed = sagemaker.list_endpoint_configs(NameContains=name)["EndpointConfigs"]
    assert [config["EndpointConfigName"] for config in listed] == [name]
    sagemaker.delete_endpoint_config(EndpointConfigName=name)
    assert sagemaker.list_endpoint_configs(NameContains=name)["EndpointConfigs"] == []


def test_config_of_a_missing_model_is_refused(sagemaker: Any) -> None:
    variant = {"VariantName": "v", "ModelName": "nowhere", "InstanceType": "ml.m5.xlarge", "InitialInstanceCount": 1}
    with pytest.raises(ClientError, match='Could not find model "arn:aws'):
        sagemaker.create_endpoint_config(EndpointConfigName="new", ProductionVariants=[variant])


def test_endpoint_in_service_is_described_and_listed(sagemaker: Any, endpoint: str) -> None:
    described = sagemaker.describe_endpoint(EndpointName=endpoint)
    [variant] = described["ProductionVariants"]
    assert (variant["VariantName"], variant["CurrentInstanceCount"]) == ("AllTraffic", 1)
    assert described["EndpointConfigName"] == endpoint
    listed = sagemaker.list_endpoints(StatusEquals="InService", NameContains=endpoint)["Endpoints"]
    assert [item["EndpointName"] for item in listed] == [endpoint]


def test_endpoint_serverless_serves_and_says_so(sagemaker: Any, runtime: Any, new_name: Callable[[str], str]) -> None:
    name = new_name("serverless")
    sagemaker.create_model(ModelName=name, PrimaryContainer={"Image": IMAGE, "ModelDataUrl": MODEL_DATA})
    serverless = {"MemorySizeInMB": 4096, "MaxConcurrency": 10}
    variant = {"VariantName": "AllTraffic", "ModelName": name, "ServerlessConfig": serverless}
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    assert settled_endpoint(sagemaker, name)["ProductionVariants"][0]["CurrentServerlessConfig"] == serverless
    assert invoke(runtime, name, 1)["Body"]["data"] == 1


def test_invocation_runs_the_handler_with_the_models_environment(runtime: Any, endpoint: str) -> None:
    answer = invoke(runtime, endpoint, {"inputs": ["a", "b"]})
    assert answer["Body"] == {"data": {"inputs": ["a", "b"]}, "model": {"pairs": 5}, "environment": "hello"}
    assert (answer["ContentType"], answer["InvokedProductionVariant"]) == ("application/json", "AllTraffic")


def test_invocation_gives_the_accept_it_is_asked(runtime: Any, endpoint: str) -> None:
    assert invoke(runtime, endpoint, 1, Accept="application/jsonlines")["ContentType"] == "application/jsonlines"


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code", "message"),
    [
        pytest.param(
            "a,b",
            "text/csv",
            415,
            "client",
            "content type text/csv is not application/json\nTraceback",
            id="status_code",
        ),
        pytest.param('"raise"', "application/json", 500, "server", "a bug in the handler\nTraceback", id="bug"),
    ],
)
def test_invocation_the_handler_refuses_is_a_model_error(
    runtime: Any, endpoint: str, body: str, content_type: str, status: int, code: str, message: str
) -> None:
    with pytest.raises(runtime.exceptions.ModelError) as refused:
        runtime.invoke_endpoint(EndpointName=endpoint, Body=body, ContentType=content_type)
    response = refused.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert response["OriginalStatusCode"] == status
    assert response["OriginalMessage"].startswith(message)
    group = f"/aws/sagemaker/Endpoints/{endpoint}"
    assert response["LogStreamArn"] == f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}"
    text = response["Error"]["Message"]
    assert text.startswith(f'Received {code} error ({status}) from primary with message "{message}')
    assert text.endswith(f"#logEventViewer:group={group} in account {ACCOUNT} for more information.")


def test_invocation_that_takes_too_long_is_a_model_error(aws: StandInProcess, runtime: Any, endpoint: str) -> None:
    with (
        aws.changed(invocation_seconds=0.5),
        pytest.raises(runtime.exceptions.ModelError, match=r"Received server error \(0\) .*Your invocation timed out"),
    ):
        invoke(runtime, endpoint, "sleep")


def test_invocation_of_a_missing_endpoint_is_a_validation_error(runtime: Any) -> None:
    with pytest.raises(ClientError) as refused:
        invoke(runtime, "nowhere", 1)
    error = refused.value.response["Error"]
    assert error == {"Code": "ValidationError", "Message": f"Endpoint nowhere of account {ACCOUNT} not found."}


def test_invocation_over_six_mebibytes_is_too_large(runtime: Any, endpoint: str) -> None:
    with pytest.raises(ClientError) as refused:
        runtime.invoke_endpoint(EndpointName=endpoint, Body=b"x" * 6_291_457)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413


def test_invocation_by_plain_http_needs_a_signature_and_no_sdk(aws: StandInProcess, endpoint: str) -> None:
    path = f"/endpoints/{endpoint}/invocations"
    assert aws.request("POST", path, json=[1], headers={"Authorization": signed_for("sagemaker")}).json()["data"] == [1]
    assert aws.request("POST", path, json=[1]).status_code == 403


def test_eight_threads_invoke_without_an_error(runtime: Any, endpoint: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: invoke(runtime, endpoint, number)["Body"]["data"], range(400)))
    assert answers == list(range(400))


def test_endpoint_streams_its_servers_log(logs: Any, endpoint: str) -> None:
    lines = log_lines(logs, f"/aws/sagemaker/Endpoints/{endpoint}", "AllTraffic/i-")
    assert any("Model loaded from" in line for line in lines)


def test_endpoint_whose_model_does_not_load_fails_and_can_be_deleted(
    s3: Any, sagemaker: Any, new_name: Callable[[str], str]
) -> None:
    name = new_name("broken")
    data = upload_model(s3, "models/broken/model.tar.gz", code__inference_py="raise ImportError('no torch here')")
    described = deploy(sagemaker, name, data)
    assert described["EndpointStatus"] == "Failed"
    reason = described["FailureReason"]
    assert reason.startswith(
        "The primary container for production variant AllTraffic did not pass the ping health check."
    )
    assert "no torch here" in reason
    sagemaker.delete_endpoint(EndpointName=name)
    wait_for(lambda: gone(sagemaker, name))


def test_endpoint_whose_archive_is_none_fails(s3: Any, sagemaker: Any, new_name: Callable[[str], str]) -> None:
    s3.put_object(Bucket=BUCKET, Key="models/no.tar.gz", Body=b"this is no archive")
    described = deploy(sagemaker, new_name("no-archive"), f"s3://{BUCKET}/models/no.tar.gz")
    assert described["EndpointStatus"] == "Failed"
    assert "Not a gzipped file" in described["FailureReason"]


def test_endpoint_whose_server_dies_fails_with_its_exit_code(
    sagemaker: Any, runtime: Any, new_name: Callable[[str], str]
) -> None:
    name = new_name("dying")
    deploy(sagemaker, name, MODEL_DATA)
    with pytest.raises(runtime.exceptions.ModelError):
        invoke(runtime, name, "crash")
    described = wait_for(lambda: _with_status(sagemaker, name, "Failed"))
    assert "exit code 3" in described["FailureReason"]


def test_update_moves_traffic_to_the_new_model(
    s3: Any, sagemaker: Any, runtime: Any, new_name: Callable[[str], str]
) -> None:
    name, newer = new_name("updated"), new_name("newer")
    deploy(sagemaker, name, MODEL_DATA)
    create_config(sagemaker, newer, upload_model(s3, f"models/{newer}.tar.gz", weights_json='{"pairs": 99}'))
    sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=newer)
    assert invoke(runtime, name, 1)["Body"]["model"]["pairs"] in (5, 99)  # it answers all the time
    described = settled_endpoint(sagemaker, name)
    assert (described["EndpointStatus"], described["EndpointConfigName"]) == ("InService", newer)
    assert invoke(runtime, name, 1)["Body"]["model"] == {"pairs": 99}


def test_update_to_a_broken_model_keeps_the_old_one(
    s3: Any, sagemaker: Any, runtime: Any, new_name: Callable[[str], str]
) -> None:
    name, broken = new_name("kept"), new_name("broken")
    deploy(sagemaker, name, MODEL_DATA)
    create_config(sagemaker, broken, upload_model(s3, f"models/{broken}.tar.gz", code__inference_py="1/0"))
    sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=broken)
    described = settled_endpoint(sagemaker, name)
    assert (described["EndpointStatus"], described["EndpointConfigName"]) == ("InService", name)
    assert "ZeroDivisionError" in described["FailureReason"]
    assert invoke(runtime, name, 1)["Body"]["model"] == {"pairs": 5}


def test_endpoint_in_progress_cannot_be_updated_or_deleted(
    s3: Any, sagemaker: Any, new_name: Callable[[str], str]
) -> None:
    name = new_name("in-progress")
    slow = "import threading; threading.Event().wait(2)"
    create_config(sagemaker, name, upload_model(s3, f"models/{name}.tar.gz", code__inference_py=slow))
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    for request in (
        lambda: sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=name),
        lambda: sagemaker.delete_endpoint(EndpointName=name),
    ):
        with pytest.raises(ClientError, match=f'Cannot update in-progress endpoint "arn:aws.*{name}".'):
            request()
    assert settled_endpoint(sagemaker, name)["EndpointStatus"] == "Failed"


def test_endpoint_deleted_is_gone_with_its_server(sagemaker: Any, runtime: Any, new_name: Callable[[str], str]) -> None:
    name = new_name("deleted")
    deploy(sagemaker, name, MODEL_DATA)
    sagemaker.delete_endpoint(EndpointName=name)
    wait_for(lambda: gone(sagemaker, name))
    with pytest.raises(ClientError, match="not found"):
        invoke(runtime, name, 1)
    assert sagemaker.describe_model(ModelName=name)["ModelName"] == name


def test_endpoint_over_the_quota_is_refused(
    aws: StandInProcess, sagemaker: Any, new_name: Callable[[str], str]
) -> None:
    name = new_name("over")
    create_config(sagemaker, name, MODEL_DATA)
    with (
        aws.changed(endpoint_instances={"ml.m5.xlarge": 0}),
        pytest.raises(
            sagemaker.exceptions.ResourceLimitExceeded, match=r"'ml\.m5.xlarge for endpoint usage' is 0 Instances"
        ),
    ):
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)


def test_invocation_is_answered_in_one_piece(aws: StandInProcess, endpoint: str) -> None:
    """Head and body in two writes would wait for each other's acknowledgement: 40 ms a call."""
    port = int(aws.url.rpartition(":")[2])
    body = b'{"inputs": ["a"]}'
    head = (
        f"POST /endpoints/{endpoint}/invocations HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        "Content-Type: application/json\r\n"
        f"Authorization: {signed_for('sagemaker')}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        for _ in range(20):
            connection.sendall(head.encode() + body)
            status, _, rest = connection.recv(1 << 16).partition(b"\r\n")
            assert status == b"HTTP/1.1 200 OK"
            assert json.loads(rest.partition(b"\r\n\r\n")[2])


def _with_status(sagemaker: Any, name: str, status: str) -> dict[str, Any] | None:
    described = sagemaker.describe_endpoint(EndpointName=name)
    return described if described["EndpointStatus"] == status else None
