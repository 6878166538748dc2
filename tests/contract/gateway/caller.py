"""A client of the gateway, with the steps that many tests begin with."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from tests.contract.gateway.remote_model import ScriptedModel

SECRET = "not-to-be-seen"
TEXTS = {"1": "a small dog", "2": "two cats", "3": "a dog and a cat", "4": "nothing of the kind"}
VECTORS = {
    "settings": {"index.knn": True, "number_of_replicas": 0, "number_of_shards": 1},
    "mappings": {
        "properties": {
            "text": {"type": "text"},
            "vector": {
                "type": "knn_vector",
                "dimension": 4,
                "method": {"name": "hnsw", "engine": "lucene", "space_type": "l2"},
            },
        }
    },
}


class Caller:
    """Asks one server; `url` is the gateway's or the server's own."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=60, trust_env=False)

    def __enter__(self) -> Caller:
        return self

    def __exit__(self, *error: object) -> None:
        self.http.close()

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The decoded answer; one that is not 2xx fails the test."""
        response = self.http.request(method, path, json=body)
        assert response.is_success, f"{method} {path}: {response.status_code} {response.text}"
        return response.json()

    def refused(self, method: str, path: str, body: Any = None) -> tuple[int, str]:
        """Status and reason of an error."""
        response = self.http.request(method, path, json=body)
        return response.status_code, response.json()["error"]["reason"]

    def put_settings(self, **values: Any) -> None:
        settings = {f"plugins.ml_commons.{name.replace('__', '.')}": value for name, value in values.items()}
        self.ask("PUT", "/_cluster/settings", {"persistent": settings})

    def deployed_model(self, remote: ScriptedModel, **fields: Any) -> str:
        """The id of a model behind a connector with a credential."""
        action = {
            "action_type": "predict",
            "method": "POST",
            "url": f"http://{remote.address}/embed",
            "headers": {"Authorization": "Bearer ${credential.key}"},
            "request_body": '{ "input": ${parameters.input} }',
            "pre_process_function": "connector.pre_process.openai.embedding",
            "post_process_function": "connector.post_process.openai.embedding",
        }
        connector = {"name": "c", "description": "d", "version": "1", "protocol": "http", "parameters": {"x": "y"}}
        connector |= {"credential": {"key": SECRET}, "actions": [action]}
        connector_id = self.ask("POST", "/_plugins/_ml/connectors/_create", connector)["connector_id"]
        model = {"name": "m", "function_name": "remote", "connector_id": connector_id, **fields}
        model_id = str(self.ask("POST", "/_plugins/_ml/models/_register?deploy=true", model)["model_id"])
        self.until_deployed(model_id)
        return model_id

    def until_deployed(self, model_id: str) -> None:
        deadline = time.monotonic() + 20
        while self.ask("GET", f"/_plugins/_ml/models/{model_id}")["model_state"] != "DEPLOYED":
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def predict(self, model_id: str, *texts: str) -> httpx.Response:
        body = {"parameters": {"input": list(texts)}}
        return self.http.post(f"/_plugins/_ml/models/{model_id}/_predict", json=body)

    def index_texts(self, model_id: str) -> None:
        """The index `docs`: `TEXTS` with vectors that the gateway asked the model for."""
        processors = [{"text_embedding": {"model_id": model_id, "field_map": {"text": "vector"}}}]
        self.ask("PUT", "/_ingest/pipeline/embed", {"processors": processors})
        self.ask("PUT", "/docs", VECTORS)
        assert not self.bulk("/docs/_bulk?refresh=true&pipeline=embed", TEXTS)["errors"]

    def bulk(self, path: str, texts: dict[str, str]) -> Any:
        lines = [json.dumps(line) for key, text in texts.items() for line in ({"index": {"_id": key}}, {"text": text})]
        headers = {"Content-Type": "application/x-ndjson"}
        return self.http.post(path, content="\n".join([*lines, ""]), headers=headers).json()

    def hits(self, path: str, query: dict[str, Any]) -> list[tuple[str, float]]:
        answer = self.ask("POST", path, {"query": query, "_source": False})
        return [(hit["_id"], hit["_score"]) for hit in answer["hits"]["hits"]]
