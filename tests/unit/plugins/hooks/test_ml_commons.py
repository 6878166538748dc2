"""The hook: where the cluster is, who asks, what a connector signs with. Its calls are tested against the gateway."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import responses
from opensearchpy.exceptions import TransportError

from include.errors import TerminalError
from opensearch_ml.hooks.ml_commons import OpenSearchMLHook

if TYPE_CHECKING:
    from collections.abc import Callable

DOMAIN = "https://search-articles-abc123.eu-west-1.es.amazonaws.com"
ROLE = "arn:aws:iam::123456789012:role/connector"


@pytest.fixture
def connection(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Define an Airflow connection."""

    def define(name: str, **fields: Any) -> None:
        monkeypatch.setenv(f"AIRFLOW_CONN_{name.upper()}", json.dumps({"conn_type": "http", **fields}))

    return define


def listing(*urls: str) -> str:
    return json.dumps({"allowed_endpoints": urls})


@pytest.fixture
def search(connection: Callable[..., None]) -> None:
    """A cluster that needs no login."""
    connection("search", host="http://search:9200")


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(TerminalError) as caught:
        call()
    return str(caught.value)


@pytest.mark.parametrize(
    ("fields", "url"),
    [
        pytest.param({"host": "search", "port": 9200, "schema": "http"}, "http://search:9200", id="parts"),
        pytest.param({"host": "search", "port": 9200}, "https://search:9200", id="https-by-default"),
        pytest.param({"host": "search"}, "https://search", id="host-alone"),
        pytest.param({"host": "http://search:9200/"}, "http://search:9200", id="url-as-host"),
    ],
)
def test_url_is_made_of_the_connection(connection: Callable[..., None], fields: Any, url: str) -> None:
    connection("search", **fields)

    assert OpenSearchMLHook("search").url == url


def test_url_listed_endpoint_replaces_the_host_and_keeps_the_login(connection: Callable[..., None]) -> None:
    connection("search", host="elsewhere", login="user", password="secret", extra=listing("https://search:9200"))

    hook = OpenSearchMLHook("search", "https://search:9200/")

    assert hook.url == "https://search:9200"
    assert hook._auth() == ("user", "secret")


def test_url_not_listed_sends_nothing_there(connection: Callable[..., None]) -> None:
    """Whoever may trigger the DAG names the endpoint; the login is not theirs."""
    connection("search", host="search", login="user", password="hunter2")
    with responses.RequestsMock():  # it would answer any request with an error
        message = refusal(lambda: OpenSearchMLHook("search", "https://evil.example").conn)

    assert (
        "opensearch_endpoint is 'https://evil.example', and the Airflow connection 'search' does not allow" in message
    )
    assert 'add to the extra of that connection: {"allowed_endpoints": ["https://evil.example"]}' in message
    assert "hunter2" not in message


def test_redirect_is_an_error_and_not_followed(connection: Callable[..., None]) -> None:
    connection("search", host="https://search:9200", login="user", password="secret")
    with responses.RequestsMock() as cluster:
        cluster.get("https://search:9200/", status=302, headers={"Location": "http://169.254.169.254/latest/"})

        with pytest.raises(TransportError) as caught:
            OpenSearchMLHook("search").conn.info()

        assert caught.value.status_code == 302
        assert len(cluster.calls) == 1


def test_url_of_nothing_says_what_to_create(connection: Callable[..., None]) -> None:
    connection("empty")

    assert "opensearch_conn_id is 'nowhere', and Airflow has no such connection. Create it" in refusal(
        lambda: OpenSearchMLHook("nowhere").url
    )
    assert "'empty' has no host. Give it the cluster's host and port, or give opensearch_endpoint." in refusal(
        lambda: OpenSearchMLHook("empty").url
    )


@pytest.mark.parametrize(
    ("url", "region"),
    [
        pytest.param(DOMAIN, "eu-west-1", id="public"),
        pytest.param("https://vpc-articles-abc.us-gov-west-1.es.amazonaws.com", "us-gov-west-1", id="vpc"),
        pytest.param("https://search-a-b.cn-north-1.es.amazonaws.com.cn", "cn-north-1", id="china"),
        pytest.param("https://search-a-b.aos.eu-west-1.on.aws", "eu-west-1", id="dual-stack"),
    ],
)
def test_amazon_domain_is_signed_for_its_own_region(url: str, region: str) -> None:
    """Whatever region the jobs run in."""
    hook = OpenSearchMLHook("nowhere", url, None, "us-east-1")

    auth = hook._auth()

    assert hook.is_aws_service
    assert (auth.region, auth.service) == (region, "es")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9200",
        "https://search.example.com",
        "https://es.amazonaws.com.evil.example",
        "https://evil.example/x.eu-west-1.es.amazonaws.com",
    ],
)
def test_other_cluster_gets_no_signature(connection: Callable[..., None], url: str) -> None:
    connection("search", host=url)
    hook = OpenSearchMLHook("search", None, None)

    assert not hook.is_aws_service
    assert hook._auth() is None


def test_amazon_domain_with_login_is_not_signed(connection: Callable[..., None]) -> None:
    connection("search", login="user", password="secret", extra=listing(DOMAIN))

    assert OpenSearchMLHook("search", DOMAIN)._auth() == ("user", "secret")


def test_amazon_domain_credentials_are_refreshed() -> None:
    """Temporary credentials expire in the middle of a long export."""
    from botocore.credentials import RefreshableCredentials

    auth = OpenSearchMLHook("nowhere", DOMAIN, None)._auth()

    assert auth.refreshable_credentials is not None
    assert hasattr(RefreshableCredentials, "get_frozen_credentials")
    assert auth.refreshable_credentials.get_frozen_credentials().access_key == "testing"


def test_amazon_domain_without_credentials_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")

    assert "has no credentials to sign with" in refusal(lambda: OpenSearchMLHook("nowhere", DOMAIN, None)._auth())


def test_request_to_amazon_domain_carries_a_signature() -> None:
    hook = OpenSearchMLHook("nowhere", DOMAIN, None)
    with responses.RequestsMock() as domain:
        domain.get(f"{DOMAIN}:443/", json={"version": {"number": "3.3"}})

        hook.conn.info()

        authorization = domain.calls[0].request.headers["Authorization"]
    assert authorization.startswith("AWS4-HMAC-SHA256 Credential=testing/")
    assert "/eu-west-1/es/aws4_request" in authorization


@pytest.mark.parametrize(
    ("extra", "verify"),
    [
        pytest.param({}, lambda verify: verify is True or verify.endswith((".crt", ".pem")), id="by-default"),
        pytest.param({"ca_certs": "/etc/ca.pem"}, lambda verify: verify == "/etc/ca.pem", id="own-authority"),
        pytest.param({"verify_certs": False}, lambda verify: verify is False, id="not-verified-when-told"),
    ],
)
def test_certificates_are_verified(connection: Callable[..., None], extra: Any, verify: Callable[[Any], bool]) -> None:
    connection("search", host="https://search:9200", extra=json.dumps(extra))

    transport = OpenSearchMLHook("search").conn.transport

    assert verify(transport.get_connection().session.verify)


def test_client_tries_again_what_may_pass(connection: Callable[..., None]) -> None:
    connection("search", host="http://search:9200")
    with responses.RequestsMock() as cluster:
        cluster.get("http://search:9200/", status=503)
        cluster.get("http://search:9200/", status=429)
        cluster.get("http://search:9200/", json={"version": {"number": "3.4.0"}})

        assert OpenSearchMLHook("search").conn.info()["version"]["number"] == "3.4.0"


def test_connector_credential_amazon_domain_takes_a_role() -> None:
    assert OpenSearchMLHook("nowhere", DOMAIN, None).connector_credential(ROLE, None) == {"roleArn": ROLE}


def test_connector_credential_amazon_domain_without_a_role_says_so() -> None:
    message = refusal(lambda: OpenSearchMLHook("nowhere", DOMAIN, None).connector_credential(None, "aws_default"))

    assert message.startswith(f"connector_role_arn is empty, and {DOMAIN} is an Amazon OpenSearch Service domain.")
    assert "sagemaker:InvokeEndpoint" in message


@pytest.mark.usefixtures("search")
def test_connector_credential_other_cluster_takes_keys(connection: Callable[..., None]) -> None:
    connection("keys", conn_type="aws", login="AKIDEXAMPLE", password="secretexample")

    found = OpenSearchMLHook("search", None, None).connector_credential(None, "keys")

    assert found == {"access_key": "AKIDEXAMPLE", "secret_key": "secretexample"}


@pytest.mark.usefixtures("search")
def test_connector_credential_other_cluster_with_a_role_says_so() -> None:
    hook = OpenSearchMLHook("search", None, None)

    message = refusal(lambda: hook.connector_credential(ROLE, "aws_default"))

    assert (
        f"connector_role_arn is {ROLE!r}, and http://search:9200 is not an Amazon OpenSearch Service domain" in message
    )
    assert "Leave it empty and give connector_aws_conn_id." in message


@pytest.mark.usefixtures("search")
def test_connector_credential_that_expires_is_refused(connection: Callable[..., None]) -> None:
    connection(
        "session",
        conn_type="aws",
        login="ASIDEXAMPLE",
        password="secretexample",
        extra=json.dumps({"aws_session_token": "token"}),
    )
    hook = OpenSearchMLHook("search", None, None)

    message = refusal(lambda: hook.connector_credential(None, "session"))

    assert "'session' has temporary credentials" in message
    assert "secretexample" not in message


REDEPLOYED = {
    "error": {"reason": "Model cannot be deleted in deploying or deployed state. Try undeploy model first then delete"},
    "status": 400,
}


@pytest.mark.usefixtures("search")
def test_remove_model_deployment_that_comes_back_is_undeployed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """As recorded: an undeployment right after a deployment is undone by the rest of it."""
    monkeypatch.setattr("threading.Event.wait", lambda *_: True)
    url = "http://search:9200/_plugins/_ml/models/m1"
    with responses.RequestsMock() as cluster:
        cluster.post(f"{url}/_undeploy", json={})
        cluster.delete(url, status=400, json=REDEPLOYED)
        cluster.post(f"{url}/_undeploy", json={})
        cluster.delete(url, json={"result": "deleted"})

        OpenSearchMLHook("search", None, None).remove_model("m1")

        assert [call.request.method for call in cluster.calls] == ["POST", "DELETE", "POST", "DELETE"]


@pytest.mark.usefixtures("search")
def test_remove_model_that_never_lets_go_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    from opensearchpy.exceptions import RequestError

    monkeypatch.setattr("threading.Event.wait", lambda *_: True)
    url = "http://search:9200/_plugins/_ml/models/m1"
    with responses.RequestsMock() as cluster:
        cluster.post(f"{url}/_undeploy", json={})
        cluster.delete(url, status=400, json=REDEPLOYED)

        with pytest.raises(RequestError, match="Model cannot be deleted"):
            OpenSearchMLHook("search", None, None).remove_model("m1")


@pytest.mark.parametrize(
    ("extra", "trusts"),
    [
        pytest.param({}, True, id="by-default"),
        pytest.param({"ca_certs": "/etc/ca.pem"}, False, id="own-authority"),
        pytest.param({"verify_certs": False}, False, id="not-verified-when-told"),
    ],
)
def test_authority_of_the_environment_counts_where_the_connection_names_none(
    connection: Callable[..., None], monkeypatch: pytest.MonkeyPatch, extra: Any, trusts: bool
) -> None:
    """`requests` would take REQUESTS_CA_BUNDLE before what the client was given; proxies stay the environment's."""
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    connection("search", host="https://search:9200", extra=json.dumps(extra))

    session = OpenSearchMLHook("search").conn.transport.get_connection().session

    assert session.trust_env is trusts
    if not trusts:
        assert session.proxies["https"] == "http://proxy:3128"
