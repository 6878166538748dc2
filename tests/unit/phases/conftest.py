"""What the jobs of a run leave, made up: Bedrock's answers, a training job's archives; and a cluster that searches."""

from __future__ import annotations

import gzip
import io
import json
import re
import tarfile
from typing import TYPE_CHECKING, Any

import pytest
from opensearchpy import Connection, OpenSearch

from include import layout as at
from include.corpus.document import words_of
from include.layout import split_uri
from include.storage import list_uris, read_lines, write_json, write_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from include.plan import Plan

SUBJECTS = (
    *("group", "user", "role", "policy", "key", "bucket", "queue", "topic"),
    *("table", "index", "stream", "cluster", "domain", "alarm", "event", "rule"),
)
VERBS = (
    *("create", "delete", "list", "describe", "update", "tag"),
    *("start", "stop", "attach", "export", "import", "rotate"),
)


@pytest.fixture
def corpus_lines() -> list[str]:
    """JSONL of 192 different documents, one bad line and one duplicate among them."""
    documents = [
        {"id": f"{subject}.{verb}", "text": f"{verb}s the {subject} of account {number}, with {subject} options {verb}"}
        for number, (subject, verb) in enumerate((subject, verb) for subject in SUBJECTS for verb in VERBS)
    ]
    lines = [json.dumps(document) for document in documents]
    lines.insert(7, "not a document")
    lines.append(json.dumps({"id": "zz-copy", "text": documents[0]["text"].upper()}))
    return [f"{line}\n" for line in lines]


@pytest.fixture
def answer_jobs(s3: Any) -> Callable[..., None]:
    """Answer every record of a run's jobs as Bedrock does: out of order, with a manifest beside; `skip` drops some."""

    def answer(plan: Plan, skip: int = 0) -> None:
        for uri in list_uris(s3, plan.layout.uri(at.BATCH_INPUT)):
            records = [json.loads(line) for line in read_lines(s3, uri)]
            folder = f"{uri.replace(at.BATCH_INPUT, at.BATCH_OUTPUT).rpartition('/')[0]}/job1"
            lines = [_answered(record, refuse=number < skip) for number, record in enumerate(records)]
            write_lines(s3, f"{folder}/batch_input.jsonl.out", reversed(lines))
            counts = {"totalRecordCount": len(records), "processedRecordCount": len(records)}
            tokens = {"inputTokenCount": 1_000, "outputTokenCount": 200}
            write_json(s3, f"{folder}/manifest.json.out", {**counts, **tokens})

    return answer


def _answered(record: dict[str, Any], refuse: bool) -> str:
    prompt = record["modelInput"]["messages"][0]["content"][0]["text"]
    verb, subject = re.findall(r"\n(\w+)s the (\w+) of", prompt)[0]
    queries: list[Any] = [f"{verb} {subject}", f"how do I {verb} a {subject} in my account"]
    if "quote the one sentence" in prompt:
        queries = [{"query": query, "quote": f"{verb}s the {subject} of account"} for query in queries]
    text = json.dumps({"queries": queries})
    content = [{"text": "I would rather not." if refuse else text}]
    return json.dumps({**record, "modelOutput": {"output": {"message": {"content": content}}}}) + "\n"


@pytest.fixture
def finish_training(s3: Any) -> Callable[..., dict[str, Any]]:
    """Leave the archives of a training job; returns what the training operator would."""

    def finish(plan: Plan, sets: Mapping[str, Any], **more: bytes) -> dict[str, Any]:
        _put(s3, plan.layout.artifact_uri, _tar(MODEL_FILES | more))
        files = {
            "golden.json": json.dumps({"texts": ["a", "b", "c"], "embeddings": GOLDEN}).encode(),
            "training.json": json.dumps(
                {"loss_history": [{"step": 1, "loss": 2.0}, {"step": 9, "loss": 0.5}]}
            ).encode(),
        }
        for name, queries in sets.items():
            files[f"runs/{name}.base.trec"] = _trec(queries.qrels, place=4)
            files[f"runs/{name}.tuned.trec"] = _trec(queries.qrels, place=1)
        _put(s3, plan.layout.output_uri, _tar(files))
        return {
            "job_name": plan.layout.name,
            "model_uri": plan.layout.artifact_uri,
            "output_uri": plan.layout.output_uri,
            "training_seconds": 120.0,
            "billable_seconds": 130.0,
            "instance_type": "ml.g5.xlarge",
        }

    return finish


GOLDEN = [[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]]
MODEL_FILES = {
    "modules.json": b"[]",
    "config.json": b"{}",
    "model.safetensors": b"weights",
    "README.md": b"card",
    "code/inference.py": b"",
    "1_Pooling/config.json": b"{}",
}


def _trec(qrels: dict[str, dict[str, int]], place: int) -> bytes:
    """A run in which the first relevant document of each query stands at this place."""
    lines = []
    for query_id, judged in qrels.items():
        ranked = [f"other{rank}" for rank in range(1, 6)]
        ranked.insert(place - 1, next(iter(judged)))
        lines += [f"{query_id} Q0 {name} {rank} {1 / rank} x\n" for rank, name in enumerate(ranked, start=1)]
    return "".join(lines).encode()


def _tar(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(f"./{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return gzip.compress(buffer.getvalue(), mtime=0)


def _put(s3: Any, uri: str, body: bytes) -> None:
    bucket, key = split_uri(uri)
    s3.put_object(Bucket=bucket, Key=key, Body=body)


class Cluster(Connection):
    """A cluster in memory that finds documents by the words that they share with a query, and no more."""

    indices: dict[str, dict[str, str]]

    def perform_request(self, method: str, url: str, params: Any = None, body: Any = b"", *_: Any, **__: Any) -> Any:
        text = body.decode() if isinstance(body, bytes) else body or ""
        lines = [json.loads(line) for line in text.splitlines()] if url.endswith(("_bulk", "_msearch")) else []
        return 200, {"content-type": "application/json"}, json.dumps(self._answer(method, url.strip("/"), lines))

    def _answer(self, method: str, path: str, lines: list[Any]) -> Any:
        index, _, action = path.rpartition("/")
        if action == "_bulk":
            for head, source in zip(lines[::2], lines[1::2], strict=True):
                self.indices[head["index"]["_index"]][head["index"]["_id"]] = source["text"]
            return {"errors": False, "items": [{"index": {"status": 201}} for _ in lines[::2]]}
        if action == "_msearch":
            return {"responses": [self._search(index, body["query"]["match"]["text"]) for body in lines[1::2]]}
        if method == "PUT":
            self.indices[path] = {}
        elif method == "DELETE":
            self.indices.pop(path, None)
        return {"acknowledged": True}

    def _search(self, index: str, query: str) -> Any:
        words = set(words_of(query).split())
        scores = {name: len(words & set(words_of(text).split())) for name, text in self.indices[index].items()}
        hits = [{"_id": name, "_score": float(score)} for name, score in scores.items() if score]
        return {"hits": {"hits": sorted(hits, key=lambda hit: -hit["_score"])[:100]}}


@pytest.fixture
def cluster() -> OpenSearch:
    connection = type("ClusterOfTest", (Cluster,), {"indices": {}})
    return OpenSearch(hosts=["http://search:9200"], connection_class=connection)
