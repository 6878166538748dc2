"""The client of an OpenSearch cluster, and the calls to its ML Commons plugin that are safe to repeat."""

from __future__ import annotations

import json
from functools import cached_property
from threading import Event
from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.hooks.base_aws import AwsGenericHook

from include.cluster_url import Allowed, checked_endpoint, domain_region, listed_endpoints, own_url
from include.errors import RetryableError, TerminalError, without_texts
from include.registry.answer import member
from include.registry.connector import spec_digest
from opensearch_ml.airflow_versions import AirflowNotFoundException, BaseHook
from opensearch_ml.wire_logs import keep_bodies_out_of_logs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Connection
    from opensearchpy import OpenSearch

RETRY_ON_STATUS = (429, 502, 503, 504)
MAX_RETRIES = 3
TIMEOUT_SECONDS = 60
REMOVAL_TRIES = 15
DEPLOYMENT_LOOKS = 30
DEPLOYMENT_SECONDS = 2
FAILED_STATES = ("DEPLOY_FAILED", "PARTIALLY_DEPLOYED", "UNDEPLOYED")

OWN_GROUP = "Models tuned by finetune_search_model"


class OpenSearchMLHook(BaseHook):
    """OpenSearch with its ML Commons plugin.

    Login and password of the connection are sent as basic authentication. Without them, requests to Amazon OpenSearch
    Service are signed with the credentials of `aws_conn_id`, refreshed as they expire; to other clusters they go
    without credentials. Certificates are verified unless the connection's extra says `{"verify_certs": false}`;
    `{"ca_certs": "/path"}` names another authority. Requests go to the connection's own host, or to an endpoint that
    its extra lists: `{"allowed_endpoints": ["https://host:port"]}`; redirects are not followed.

    Args:
        opensearch_conn_id: Airflow connection of any HTTP type.
        endpoint: URL that replaces the connection's host, if the connection allows it.
        aws_conn_id: AWS connection for signing.
        region_name: region of AWS's other services; requests to a domain are signed for its own.
    """

    conn_name_attr = "opensearch_conn_id"
    default_conn_name = "opensearch_default"
    conn_type = "opensearch_ml"
    hook_name = "OpenSearch ML Commons"

    def __init__(
        self,
        opensearch_conn_id: str = default_conn_name,
        endpoint: str | None = None,
        aws_conn_id: str | None = "aws_default",
        region_name: str | None = None,
    ) -> None:
        super().__init__()
        self.opensearch_conn_id = opensearch_conn_id
        self.endpoint = endpoint
        self.aws_conn_id = aws_conn_id
        self.region_name = region_name

    @cached_property
    def connection(self) -> Connection | None:
        """The Airflow connection; none is needed if the endpoint is given.

        Raises:
            TerminalError: there is no such connection, and no endpoint either.
        """
        try:
            return self.get_connection(self.opensearch_conn_id)
        except AirflowNotFoundException as error:
            if self.endpoint:
                return None
            raise TerminalError(
                f"opensearch_conn_id is {self.opensearch_conn_id!r}, and Airflow has no such connection. Create it "
                "with the cluster's host, port, login and password, or give opensearch_endpoint."
            ) from error

    @cached_property
    def url(self) -> str:
        """URL of the cluster, without a path.

        Raises:
            TerminalError: neither endpoint nor connection says where it is, or the connection does not allow it.
        """
        allowed = self._allowed()
        if self.endpoint:
            return checked_endpoint(self.endpoint, allowed)
        if not allowed.own:
            raise TerminalError(
                f"The Airflow connection {self.opensearch_conn_id!r} has no host. Give it the cluster's host and port, "
                "or give opensearch_endpoint."
            )
        return allowed.own

    def _allowed(self) -> Allowed:
        name, connection = self.opensearch_conn_id, self.connection
        if connection is None:
            return Allowed(name)
        own = own_url(connection.host, connection.port, connection.schema) if connection.host else None
        has_login = bool(connection.login or connection.password)
        return Allowed(name, own, listed_endpoints(name, connection.extra_dejson), has_login)

    @property
    def is_aws_service(self) -> bool:
        """Whether the cluster is an Amazon OpenSearch Service domain, where connectors use roles."""
        return self._domain_region is not None

    @property
    def _domain_region(self) -> str | None:
        return domain_region(self.url)

    def get_conn(self) -> OpenSearch:
        """A new client, with its own connections."""
        from opensearchpy import OpenSearch

        from opensearch_ml.hooks.connection import StayingConnection

        keep_bodies_out_of_logs()
        extra = self.connection.extra_dejson if self.connection else {}
        return OpenSearch(
            hosts=[self.url],
            http_auth=self._auth(),
            connection_class=StayingConnection,
            verify_certs=extra.get("verify_certs", True),
            ca_certs=extra.get("ca_certs"),
            ssl_show_warn=False,
            timeout=TIMEOUT_SECONDS,
            max_retries=MAX_RETRIES,
            retry_on_timeout=True,
            retry_on_status=RETRY_ON_STATUS,
            pool_maxsize=20,
        )

    @cached_property
    def conn(self) -> OpenSearch:
        """The hook's own client."""
        return self.get_conn()

    def _auth(self) -> Any:
        if self.connection and self.connection.login:
            return (self.connection.login, self.connection.password or "")
        if not self.is_aws_service:
            return None
        from requests_aws4auth import AWS4Auth

        aws = AwsGenericHook(aws_conn_id=self.aws_conn_id, region_name=self._domain_region, client_type="es")
        credentials = aws.get_session().get_credentials()
        if credentials is None:
            raise TerminalError(
                f"{self.url} is an Amazon OpenSearch Service domain, and aws_conn_id {self.aws_conn_id!r} has no "
                "credentials to sign with. Give it some, or give opensearch_conn_id login and password."
            )
        return AWS4Auth(region=self._domain_region, service="es", refreshable_credentials=credentials)

    def connector_credential(self, role_arn: str | None, credentials_conn_id: str | None) -> dict[str, str]:
        """What a connector of this cluster signs its requests with.

        Args:
            role_arn: for Amazon OpenSearch Service, which assumes it.
            credentials_conn_id: AWS connection with a long-lived key, for every other cluster.

        Raises:
            TerminalError: the cluster takes the other kind, or the key would expire.
        """
        if self.is_aws_service:
            if not role_arn:
                raise TerminalError(
                    f"connector_role_arn is empty, and {self.url} is an Amazon OpenSearch Service domain. Give the "
                    "role that it assumes to call the endpoint; it needs sagemaker:InvokeEndpoint."
                )
            return {"roleArn": role_arn}
        if role_arn:
            raise TerminalError(
                f"connector_role_arn is {role_arn!r}, and {self.url} is not an Amazon OpenSearch Service domain: only "
                "there can a connector assume a role. Leave it empty and give connector_aws_conn_id."
            )
        keys = AwsGenericHook(aws_conn_id=credentials_conn_id, client_type="sagemaker-runtime").get_credentials()
        if keys.token:
            raise TerminalError(
                f"The AWS connection {credentials_conn_id!r} has temporary credentials, and the connector would stop "
                "working when they expire. Give connector_aws_conn_id, a connection with the key of a user that may "
                "only call sagemaker:InvokeEndpoint."
            )
        return {"access_key": keys.access_key, "secret_key": keys.secret_key}

    def ensure_connector(self, body: dict[str, Any]) -> str:
        """Id of the connector with this body, created if there is none.

        Names are not unique in ML Commons; the digest in the description tells connectors apart.
        """
        found = self._find(self.conn.plugins.ml.search_connectors, {"term": {"name.keyword": body["name"]}})
        for connector_id, source in found:
            if f"({spec_digest(body)})" in source.get("description", ""):
                self.log.info("Connector %s is there already: %s", body["name"], connector_id)
                return connector_id
        return str(member(self.conn.plugins.ml.create_connector(body=body), "connector_id"))

    def ensure_model_group(self, name: str, description: str) -> str:
        """Id of the model group with this name, created if there is none."""
        found = self._find(self.conn.plugins.ml.search_model_group, {"match": {"name": name}})
        for group_id, source in found:
            if source["name"] == name:
                return group_id
        created = self.conn.plugins.ml.register_model_group(body={"name": name, "description": description})
        return str(member(created, "model_group_id"))

    def ensure_model(self, name: str, model_group_id: str, connector_id: str, description: str) -> str:
        """Id of the remote model that calls this connector, registered if there is none.

        Raises:
            TerminalError: the cluster did not register it.
        """
        query = {"bool": {"filter": [{"term": {"name.keyword": name}}]}}
        for model_id, source in self._find(self.conn.plugins.ml.search_models, query):
            if source.get("connector_id") == connector_id:
                self.log.info("Model %s is registered already: %s", name, model_id)
                return model_id
        registered = self.conn.plugins.ml.register_model(
            body={
                "name": name,
                "function_name": "remote",
                "model_group_id": model_group_id,
                "connector_id": connector_id,
                "description": description,
            }
        )
        return str(member(registered, "model_id"))

    def deploy_model(self, model_id: str) -> str:
        """Start the deployment, unless the model is deployed already; returns the model's state."""
        state = self.model_state(model_id)
        if state != "DEPLOYED":
            self.conn.plugins.ml.deploy_model(model_id=model_id)
            state = self.model_state(model_id)
        return state

    def model_state(self, model_id: str) -> str:
        """`REGISTERED`, `DEPLOYING`, `DEPLOYED`, `UNDEPLOYED`, `DEPLOY_FAILED`, …."""
        return str(member(self.conn.plugins.ml.get_model(model_id=model_id), "model_state"))

    def wait_until_deployed(self, model_id: str) -> None:
        """Look until the model is deployed, 30 times, 2 seconds apart, as `OpenSearchModelSensor` does.

        Raises:
            RetryableError: it is still not.
            TerminalError: the deployment failed.
        """
        for _ in range(DEPLOYMENT_LOOKS):
            state = self.model_state(model_id)
            if state == "DEPLOYED":
                return
            if state in FAILED_STATES:
                raise TerminalError(
                    f"Model {model_id} is {state} instead of DEPLOYED. GET /_plugins/_ml/models/{model_id} and the "
                    "cluster's log say why."
                )
            Event().wait(DEPLOYMENT_SECONDS)
        raise RetryableError(f"Model {model_id} is {state} after {DEPLOYMENT_LOOKS} looks. The cluster's log says why.")

    def embed(self, model_id: str, texts: Sequence[str]) -> list[list[float]]:
        """The deployed model's vectors, one a text, in order."""
        answer = self.conn.plugins.ml.predict(
            algorithm_name="text_embedding",
            model_id=model_id,
            body={"text_docs": list(texts), "return_number": True, "target_response": ["sentence_embedding"]},
        )
        outputs = (output for result in member(answer, "inference_results") for output in member(result, "output"))
        return [member(output, "data") for output in outputs]

    def sparse_embed(self, model_id: str, texts: Sequence[str]) -> list[dict[str, float]]:
        """The deployed sparse model's `{token: weight}`, one a text, in order."""
        answer = self.conn.plugins.ml.predict(
            algorithm_name="text_embedding", model_id=model_id, body={"text_docs": list(texts), "return_number": True}
        )
        results = member(answer, "inference_results")
        outputs = [member(output, "dataAsMap", "response") for r in results for output in member(r, "output")]
        return [weights for found in outputs for weights in found]

    def put_pipelines(self, name: str, ingest: dict[str, Any], search: dict[str, Any]) -> None:
        """Create, or replace, the ingest pipeline and the search pipeline of this name."""
        self.conn.ingest.put_pipeline(id=name, body=ingest)
        self.conn.search_pipeline.put(id=name, body=search)

    def simulate_ingest(self, name: str, documents: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """What the ingest pipeline of this name makes of documents, in order.

        Raises:
            TerminalError: one of them failed in it.
        """
        answer = self.conn.ingest.simulate(id=name, body={"docs": [{"_source": document} for document in documents]})
        failed = [str(found["error"]) for found in member(answer, "docs") if "doc" not in found]
        if failed:
            told = without_texts(failed[0], list(documents))
            raise TerminalError(f"The ingest pipeline {name} fails: {told:.500}. The endpoint's log says more.")
        return [found["doc"]["_source"] for found in answer["docs"]]

    def remove_pipelines(self, name: str) -> bool:
        """Delete both pipelines of this name, as far as they are there; says whether there was one."""
        gone = [
            self.conn.search_pipeline.delete(id=name, params={"ignore": 404}),
            self.conn.ingest.delete_pipeline(id=name, params={"ignore": 404}),
        ]
        return any(answer.get("acknowledged") for answer in gone)

    def highlight(self, model_id: str, items: Sequence[dict[str, str]]) -> list[list[dict[str, Any]]]:
        """The deployed highlighter's spans `{"start", "end"}` of each `{"question", "context"}`, in order."""
        # A list as JSON text goes to the endpoint as it is; `$` is escaped, so that ML Commons fills nothing in.
        inputs = json.dumps(list(items)).replace("$", "\\u0024")
        answer = self.conn.plugins.ml.predict(
            algorithm_name="remote", model_id=model_id, body={"parameters": {"inputs": inputs}}
        )
        return list(member(answer, "inference_results", 0, "output", 0, "dataAsMap", "highlights"))

    def remove_model(self, model_id: str) -> None:
        """Undeploy and delete a model, if it is there.

        A deployment that is still under way may put the model back after it was undeployed: then both are done again.
        """
        from opensearchpy.exceptions import RequestError

        for tries_left in reversed(range(REMOVAL_TRIES)):
            self.conn.plugins.ml.undeploy_model(model_id=model_id, params={"ignore": (404, 500)})
            try:
                self.conn.plugins.ml.delete_model(model_id=model_id, params={"ignore": 404})
            except RequestError as error:
                if not tries_left or "deployed state" not in str(error):
                    raise
                Event().wait(1)
            else:
                return

    def undeploy_model(self, model_id: str) -> None:
        """Take the model out of use, if it is there and in use; it can be deployed again."""
        self.conn.plugins.ml.undeploy_model(model_id=model_id, params={"ignore": (404, 500)})

    def connector_of(self, model_id: str) -> str | None:
        """Id of the connector that a remote model calls; None if there is no such model."""
        found = self.conn.plugins.ml.get_model(model_id=model_id, params={"ignore": 404})
        connector_id = found.get("connector_id")
        return str(connector_id) if connector_id else None

    def remove_connector(self, connector_id: str) -> None:
        """Delete a connector, if it is there."""
        self.conn.plugins.ml.delete_connector(connector_id=connector_id, params={"ignore": 404})

    @staticmethod
    def _find(search: Any, query: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
        hits = member(search(body={"query": query, "size": 100}), "hits", "hits")
        return [(hit["_id"], hit["_source"]) for hit in hits]
