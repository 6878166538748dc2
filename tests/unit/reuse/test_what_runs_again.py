"""Changing one parameter makes exactly that anew which depends on it: every parameter, from the documents on."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from include import layout as at
from include.parameters import parameter_schemas, read_settings
from include.phases.corpus import finish_corpus, sample_jsonl, save_guard, save_judged
from include.phases.queries import save_pairs, write_jobs
from include.phases.training import upload_source
from include.plan import make_plan
from include.reuse import corpus, registry
from include.reuse.corpus import corpus_work
from include.reuse.deployment import serving_key
from include.reuse.key import digest
from include.reuse.take import notes_of
from include.reuse.training import _instead, training_work
from include.storage import list_uris, read_lines, write_json, write_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from include.plan import Plan

BUCKET = "search-bucket"
ROLE = "arn:aws:iam::123456789012:role/r"
OTHER_ROLE = "arn:aws:iam::123456789012:role/other"
IN = f"s3://{BUCKET}/in"
ALL, FROM_TRAINING = "corpus queries training deployment", "training deployment"

# What the parameters of a table's row stand on.
S3 = {"input_type": "s3", "s3_corpus_path": f"{IN}/docs.jsonl"}
INDEX = {"input_type": "opensearch", "index_name": "articles"}
PAIRS = {"input_type": "pairs", "s3_pairs_path": f"{IN}/pairs.jsonl"}
SPARSE = {**S3, "model_type": "sparse"}
MARKS = {**S3, "model_type": "highlighter", "export_formats": ["onnx"]}
SMALLER = {**S3, "matryoshka_dimensions": [256, 128]}
MINED = {**S3, "hard_negatives": 2}
TAUGHT = {**MINED, "loss": "margin_mse", "teacher_model_id": "cross-encoder/a"}
CLAUDE = {**S3, "bedrock_model_id": "anthropic.claude-3-haiku-20240307-v1:0"}
OWN_IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/own:1"
ISOLATED = {
    **S3,
    "base_model_id": f"{IN}/base-model",
    "training_image_uri": OWN_IMAGE,
    "inference_image_uri": OWN_IMAGE,
}
SPOT = {**S3, "use_spot": True}
ON_DEMAND = {**S3}  # apart from SPOT's, with which it does not go together
VPC = {**S3, "vpc_subnet_ids": ["subnet-1a2b3c4d"], "vpc_security_group_ids": ["sg-1a2b3c4d"]}
SCALED = {**S3, "endpoint_max_instances": 3}
SERVERLESS = {**S3, "endpoint_type": "serverless"}
JUDGED = {**S3, "eval_queries_s3_path": f"{IN}/q.jsonl", "eval_qrels_s3_path": f"{IN}/qrels.tsv"}
GUARDED = {**S3, "guard_queries_s3_path": f"{IN}/q.jsonl", "guard_qrels_s3_path": f"{IN}/qrels.tsv"}

TABLE: dict[str, tuple[dict[str, Any], Any, str]] = {
    # The index holds the same documents as the file: all that follows is the same.
    "input_type": (S3, {"input_type": "opensearch", "index_name": "articles", "s3_corpus_path": None}, "corpus"),
    "opensearch_endpoint": (S3, "https://other:9200", "deployment"),
    "opensearch_conn_id": (INDEX, "other", "corpus deployment"),
    "index_name": (INDEX, "other", "corpus"),
    "text_field": (INDEX, "body", "corpus deployment"),
    "s3_corpus_path": (S3, f"{IN}/more.jsonl", ALL),
    "max_documents": (S3, 110, ALL),
    "max_bad_line_share": (S3, 0.5, "corpus"),
    "export_slices": (INDEX, 4, ""),
    "model_name": (S3, "other", ALL),
    "model_type": (S3, "sparse", FROM_TRAINING),
    "base_model_id": (S3, "BAAI/bge-small-en-v1.5", FROM_TRAINING),
    "trust_remote_code": (S3, True, FROM_TRAINING),
    "embedding_dimension": (SMALLER, 256, FROM_TRAINING),
    "pooling": (S3, "mean", FROM_TRAINING),
    "query_prefix": (S3, "query: ", FROM_TRAINING),
    "document_prefix": (S3, "passage: ", FROM_TRAINING),
    "sparse_mode": (SPARSE, "bi-encoder", FROM_TRAINING),
    "export_formats": (MARKS, ["onnx", "torchscript"], FROM_TRAINING),
    # The made-up answers are the same whatever is asked, and so is all that follows from them.
    "bedrock_model_id": (S3, "other.model-v1:0", "queries"),
    "bedrock_role_arn": (S3, OTHER_ROLE, ""),
    "record_format": (CLAUDE, "InvokeModel", "queries"),
    "s3_pairs_path": (PAIRS, f"{IN}/more_pairs.jsonl", "corpus training deployment"),
    "example_queries_s3_path": (S3, f"{IN}/examples.jsonl", "queries"),
    "query_styles": (S3, ["title", "question"], "queries"),
    "min_query_words": (S3, 3, FROM_TRAINING),
    "max_query_words": (S3, 100, "queries"),
    "check_language": (S3, False, ""),
    "consistency_depth": (S3, 10, FROM_TRAINING),
    "queries_per_document": (S3, 3, "queries"),
    "max_document_characters": (S3, 200, "queries"),
    "temperature": (S3, 0.9, "queries"),
    "min_pair_share": (S3, 0.1, ""),
    "batch_job_hours": (S3, 24, ""),
    "incomplete_batch_jobs": (S3, "fail", ""),
    "sagemaker_role_arn": (S3, OTHER_ROLE, "deployment"),
    "training_instance_type": (S3, "ml.g6.xlarge", FROM_TRAINING),
    "training_instance_count": (S3, 2, FROM_TRAINING),
    # Asked only where the first one is not to be had: whoever names it takes what it trains.
    "training_instance_fallbacks": (S3, ["ml.g6.xlarge"], ""),
    "training_image_uri": (S3, OWN_IMAGE, FROM_TRAINING),
    "network_isolation": (ISOLATED, "off", FROM_TRAINING),
    "wheels_s3_path": (S3, f"{IN}/wheels", FROM_TRAINING),
    "vpc_subnet_ids": (VPC, ["subnet-1a2b3c4d", "subnet-5e6f7a8b"], "deployment"),
    "vpc_security_group_ids": (VPC, ["sg-5e6f7a8b"], "deployment"),
    "training_volume_gb": (S3, 100, ""),
    "max_runtime_hours": (S3, 5, ""),
    "use_spot": (S3, True, ""),
    "max_wait_hours": (SPOT, 30, ""),
    "warm_pool_minutes": (ON_DEMAND, 10, ""),
    "epochs": (S3, 5, FROM_TRAINING),
    "batch_size": (S3, 16, FROM_TRAINING),
    "learning_rate": (S3, 1e-5, FROM_TRAINING),
    "max_sequence_length": (S3, 128, FROM_TRAINING),
    "warmup_ratio": (S3, 0.2, FROM_TRAINING),
    "max_pairs": (S3, 100, FROM_TRAINING),
    "loss": (S3, "cached_mnrl", FROM_TRAINING),
    "hard_negatives": (S3, 3, FROM_TRAINING),
    "negatives_from": (MINED, "base", FROM_TRAINING),
    "false_negative_margin": (MINED, 0.1, FROM_TRAINING),
    "teacher_model_id": (TAUGHT, "cross-encoder/b", FROM_TRAINING),
    "matryoshka_dimensions": (S3, [256, 128], FROM_TRAINING),
    "lora_rank": (S3, 8, FROM_TRAINING),
    "heldout_share": (S3, 0.3, FROM_TRAINING),
    "hold_out_judged": (JUDGED, False, FROM_TRAINING),
    "seed": (S3, 7, ALL),
    "eval_queries_s3_path": (JUDGED, f"{IN}/other_q.jsonl", FROM_TRAINING),
    "eval_qrels_s3_path": (JUDGED, f"{IN}/other_qrels.tsv", "corpus training deployment"),
    "eval_highlights_s3_path": (MARKS, f"{IN}/passages.jsonl", FROM_TRAINING),
    "guard_queries_s3_path": (GUARDED, f"{IN}/other_q.jsonl", FROM_TRAINING),
    "guard_qrels_s3_path": (GUARDED, f"{IN}/other_qrels.tsv", "corpus training deployment"),
    "evaluation_engine": (S3, "container", ""),
    "promote": (S3, "always", ""),
    "min_gain": (S3, 0.1, ""),
    "significance": (S3, 0.01, ""),
    "max_guard_loss": (S3, 0.1, ""),
    "approval": (S3, True, ""),
    "approval_timeout_hours": (S3, 1, ""),
    "endpoint_type": (S3, "serverless", "deployment"),
    "endpoint_instance_type": (S3, "ml.g4dn.xlarge", "deployment"),
    "endpoint_instance_count": (S3, 2, "deployment"),
    "endpoint_max_instances": (S3, 3, "deployment"),
    "endpoint_target_invocations": (SCALED, 100, "deployment"),
    "serverless_memory_mb": (SERVERLESS, 6144, "deployment"),
    "serverless_max_concurrency": (SERVERLESS, 5, "deployment"),
    "inference_image_uri": (S3, OWN_IMAGE, "deployment"),
    "max_batch_items": (MARKS, 50, "deployment"),
    "highlighter_backend": (MARKS, "onnx", "deployment"),
    "connector_role_arn": (S3, ROLE, "deployment"),
    "connector_aws_conn_id": (S3, "other", "deployment"),
    "benchmark_queries": (S3, 5, ""),
    "benchmark_hits": (S3, [10], ""),
    "benchmark_clients": (S3, [1], ""),
    # Nothing is looked for elsewhere.
    "bucket": (S3, "other-bucket", ALL),
    "prefix": (S3, "other", ALL),
    # It signs the connector's requests, if no other does.
    "aws_conn_id": (S3, "other", "deployment"),
    # The images of AWS, which it has in each region.
    "region": (S3, "eu-west-1", FROM_TRAINING),
    "deferrable": (S3, False, ""),
    "poll_seconds": (S3, 5, ""),
    "reuse": (S3, "always", ""),
    "max_cost_usd": (S3, 25.0, ""),
    "metrics_log_group": (S3, "/metrics", ""),
    "notify_sns_topic_arn": (S3, "arn:aws:sns:us-east-1:123456789012:told", ""),
}


def test_every_parameter_has_a_row() -> None:
    assert TABLE.keys() == parameter_schemas().keys()


@pytest.mark.parametrize("name", TABLE)
def test_changing_one_parameter_makes_anew_what_depends_on_it(world: World, name: str) -> None:
    base, _, expected = TABLE[name]
    # What nothing depends on is changed at once, and only if that is wrong one by one: it saves a third of the time.
    together = [other for other, row in TABLE.items() if row[0] is base and row[2] == expected]
    if expected == "" and not world.anew(base, together):
        return
    assert world.anew(base, [name]) == set(expected.split())


class World:
    """Runs without jobs: what each stage is made of, from the documents on."""

    def __init__(self, s3: Any) -> None:
        self.s3 = s3
        self._known: dict[str, dict[str, list[str]]] = {}

    def anew(self, base: dict[str, Any], names: list[str]) -> set[str]:
        """The stages that are made anew when these parameters change."""
        changed: dict[str, Any] = {}
        for name in names:
            value = TABLE[name][1]
            changed |= value if isinstance(value, dict) else {name: value}
        before, now = self.keys(base), self.keys({**base, **changed})
        return {stage for stage, keys in now.items() if not set(before[stage]) & set(keys)}

    def keys(self, given: dict[str, Any]) -> dict[str, list[str]]:
        """By stage, where its result is looked for; of what does as well, all places."""
        known = digest(given)
        if known not in self._known:
            self._known[known] = self._keys(_plan(given))
        return self._known[known]

    def _keys(self, plan: Plan) -> dict[str, list[str]]:
        s3 = self.s3
        save_judged(s3, plan)
        save_guard(s3, plan)
        sampled = corpus_work(s3, lambda: None, plan)  # type: ignore[arg-type, return-value]
        finish_corpus(s3, plan, _sample(s3, plan))
        write_jobs(s3, plan)
        _answer(s3, plan)
        save_pairs(s3, plan)
        write_lines(s3, plan.layout.uri(at.CANDIDATES), ["{}\n"])
        upload_source(s3, plan)
        training = training_work(s3, plan)
        assert sampled

        def places(works: Any) -> list[str]:
            return [f"{registry._folder(plan, work.stage)}{work.key()}" for work in works]

        trained = places([training, *_instead(training)])
        served = serving_key(plan)
        return {
            "corpus": places([sampled]),
            "queries": places(note.work for note in notes_of(s3, plan, "queries")) or ["none"],
            "training": trained,
            "deployment": [f"{place} {served}" for place in trained],
        }


def _plan(given: dict[str, Any]) -> Plan:
    roles = {"bedrock_role_arn": ROLE, "sagemaker_role_arn": ROLE}
    settings = read_settings({"bucket": BUCKET, **roles, **given, "reuse": "never"})
    url = settings.corpus.opensearch_endpoint or "http://search:9200"
    started = datetime(2026, 11, 21, tzinfo=UTC)
    return make_plan(settings, digest(given), started, settings.run.region or "us-east-1", url)


def _sample(s3: Any, plan: Plan) -> dict[str, Any]:
    """The same documents from an index as from the file."""
    if plan.settings.corpus.input_type != "opensearch":
        return sample_jsonl(s3, plan)
    as_file = _plan(S3)
    counts = sample_jsonl(s3, as_file)
    for path in (at.DOCUMENTS, at.JUDGED_DOCUMENTS):
        write_lines(s3, plan.layout.uri(path), read_lines(s3, as_file.layout.uri(path)))
    return counts


def _answer(s3: Any, plan: Plan) -> None:
    for uri in list_uris(s3, plan.layout.uri(at.BATCH_INPUT)):
        folder = f"{uri.replace(at.BATCH_INPUT, at.BATCH_OUTPUT).rpartition('/')[0]}/job1"
        write_lines(
            s3, f"{folder}/batch_input.jsonl.out", [_answered(json.loads(line)) for line in read_lines(s3, uri)]
        )
        write_json(s3, f"{folder}/manifest.json.out", {"totalRecordCount": 1, "processedRecordCount": 1})


def _answered(record: dict[str, Any]) -> str:
    prompt = record["modelInput"]["messages"][0]["content"][0]["text"]
    number = re.findall(r"\nDocument (\d+)", prompt)[0]
    queries: list[Any] = [f"document {number}", f"which text has the number {number} in it"]
    if "quote the one sentence" in prompt:
        queries = [{"query": query, "quote": f"Document {number} tells of topic {number}."} for query in queries]
    content = [{"text": json.dumps({"queries": queries})}]
    answer = {"output": {"message": {"content": content}}}
    if "anthropic_version" in record["modelInput"]:
        answer = {"content": content}  # type: ignore[dict-item]
    return json.dumps({**record, "modelOutput": answer}) + "\n"


def _document(number: int) -> dict[str, str]:
    more = " It is long." * (30 if number == 5 else number % 3)
    return {"id": f"d{number}", "text": f"Document {number} tells of topic {number}.{more}"}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """The inputs of all rows, on S3 in memory; an index whose fingerprint is its name."""
    import boto3
    from moto import mock_aws

    documents = [json.dumps(_document(number)) + "\n" for number in range(130)]
    pairs = [json.dumps({"query": f"which {n}", "document": _document(n)["text"]}) + "\n" for n in range(130)]
    passage = {"question": "who?", "context": "Ada wrote it. Bob read it.", "quotes": ["Ada wrote it."]}
    inputs: dict[str, list[str]] = {
        "docs.jsonl": documents[:120],
        "more.jsonl": documents,
        "pairs.jsonl": pairs[:120],
        "more_pairs.jsonl": pairs,
        "examples.jsonl": ['{"query": "somebody typed this"}\n'],
        "q.jsonl": ['{"_id": "a", "text": "topic seven"}\n'],
        "other_q.jsonl": ['{"_id": "a", "text": "topic seven, please"}\n'],
        "qrels.tsv": ["query-id\tcorpus-id\tscore\n", "a\td7\t1\n"],
        "other_qrels.tsv": ["query-id\tcorpus-id\tscore\n", "a\td7\t1\n", "a\td8\t1\n"],
        "base-model/config.json": ["{}"],
        "wheels/training/a.whl": ["a"],
        "wheels/inference/a.whl": ["a"],
        "passages.jsonl": [json.dumps(passage) + "\n"],
    }
    with mock_aws(), pytest.MonkeyPatch.context() as patch:
        s3 = boto3.client("s3", region_name="us-east-1")
        for name in (BUCKET, "other-bucket"):
            s3.create_bucket(Bucket=name)
        for name, lines in inputs.items():
            write_lines(s3, f"{IN}/{name}", lines)
        patch.setattr(corpus, "index_fingerprint", lambda _, index: {"name": index})
        yield World(s3)
