"""The phases of a highlighter on S3 in memory, with made-up answers of Bedrock and archives of a training job."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from typing import TYPE_CHECKING, Any

import pytest

from include import layout as at
from include.errors import TerminalError
from include.layout import split_uri
from include.manifest import read_manifest
from include.phases.benchmark import save_benchmark
from include.phases.corpus import HELD_OUT, JUDGED, finish_corpus, load_passages, read_sample, sample_jsonl, save_judged
from include.phases.highlighting import save_highlighter_evaluation
from include.phases.queries import read_pairs, save_pairs, write_jobs
from include.phases.registration import smoke_test_highlights
from include.phases.report import save_report
from include.phases.training import publish_artifact, unpack_output, upload_source
from include.queries.prompt import DEFAULT_STYLES, prompt_version
from include.storage import read_json, write_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from include.plan import Plan

MODEL_FILES = ("config.json", "model.safetensors", "highlighter.json", "tokenizer.json", "README.md")
GOLDEN = {"items": [{"question": "q", "context": "A b. C d.", "highlights": [{"start": 0, "end": 4}]}]}


def quality(f1: float) -> dict[str, Any]:
    bounds = {"f1_low": f1 - 0.02, "f1_high": f1 + 0.02}
    return {"precision": f1, "recall": f1, "f1": f1, **bounds, "f1_mean": f1, "nothing_accuracy": None, "n": 40}


@pytest.fixture
def finish(s3: Any) -> Callable[..., dict[str, Any]]:
    """Leave what a highlighter's job leaves: the tuned one better than its baselines by `gain`."""

    def leave(plan: Plan, names: list[str], gain: float = 0.1) -> dict[str, Any]:
        put_archive(s3, plan.layout.artifact_uri, dict.fromkeys((*MODEL_FILES, "code/inference.py"), b"{}"))
        systems = {"tuned": quality(0.8 + gain), "bm25": quality(0.8), "embedding": quality(0.7)}
        difference = {"f1": gain, "low": gain - 0.02, "high": gain + 0.02}
        measured = {"systems": systems, "baseline": "bm25", "difference": difference}
        training = {"loss_history": [], "evaluation": dict.fromkeys(names, measured)}
        files = {"training.json": json.dumps(training).encode(), "golden.json": json.dumps(GOLDEN).encode()}
        for name in names:
            rows = [row_of(passage) for passage in load_passages(s3, plan, name)]
            files[f"highlights/{name}.jsonl"] = "".join(rows).encode()
        put_archive(s3, plan.layout.output_uri, files)
        unpack_output(s3, plan, plan.layout.output_uri)
        uris = {"model_uri": plan.layout.artifact_uri, "output_uri": plan.layout.output_uri}
        return {**uris, "training_seconds": 120.0, "billable_seconds": 130.0, "instance_type": "ml.g5.xlarge"}

    return leave


def row_of(passage: dict[str, Any]) -> str:
    predicted = {"tuned": passage["spans"], "bm25": [[0, 3]], "embedding": []}
    return json.dumps({"id": passage["id"], "gold": passage["spans"], "predicted": predicted}) + "\n"


def put_archive(s3: Any, uri: str, files: Mapping[str, bytes]) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(f"./{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    bucket, key = split_uri(uri)
    s3.put_object(Bucket=bucket, Key=key, Body=gzip.compress(buffer.getvalue(), mtime=0))


@pytest.fixture
def plan(s3: Any, bucket: str, make_plan: Callable[..., Plan], corpus_lines: list[str]) -> Plan:
    uri = f"s3://{bucket}/in/docs.jsonl"
    write_lines(s3, uri, corpus_lines)
    return make_plan(model_type="highlighter", input_type="s3", index_name=None, s3_corpus_path=uri)


@pytest.fixture
def prepared(s3: Any, answer_jobs: Callable[..., None]) -> Callable[[Plan], dict[str, Any]]:
    def prepare(plan: Plan) -> dict[str, Any]:
        save_judged(s3, plan)
        finish_corpus(s3, plan, sample_jsonl(s3, plan))
        write_jobs(s3, plan)
        answer_jobs(plan)
        upload_source(s3, plan)
        return save_pairs(s3, plan)

    return prepare


def test_highlighter_run_trains_on_located_quotes_and_keeps_passages_aside(
    s3: Any, plan: Plan, prepared: Callable[..., Any]
) -> None:
    counts = prepared(plan)

    pairs = list(read_pairs(s3, plan))
    assert counts["train"] == len(pairs) > 300
    assert {pair["document"][pair["start"] : pair["end"]].split()[-1] for pair in pairs} == {"account"}
    passages = list(load_passages(s3, plan, HELD_OUT))
    assert len([passage for passage in passages if passage["spans"]]) == counts["held_out"]
    assert any(not passage["spans"] for passage in passages)
    assert not {passage["question"] for passage in passages} & {pair["query"] for pair in pairs}
    version = read_manifest(s3, plan.layout.uri("training-data")).settings["prompt_version"]
    assert version == prompt_version(DEFAULT_STYLES, [], quoting=True)


def test_highlighter_run_comes_to_its_report(
    s3: Any, plan: Plan, prepared: Callable[..., Any], finish: Callable[..., Any]
) -> None:
    prepared(plan)
    publish_artifact(s3, plan, finish(plan, [HELD_OUT]))
    told = save_highlighter_evaluation(s3, plan)
    asked: list[Any] = []
    spans = smoke_test_highlights(s3, plan, lambda items: asked.extend(items) or [[{"start": 0.0, "end": 4.0}]])
    ids = {"connector_id": "c1", "model_group_id": "g1", "model_id": "m1", "model_state": "DEPLOYED"}
    benchmark = save_benchmark(s3, None, plan, "m1", "e1")  # type: ignore[arg-type]
    report = save_report(s3, plan, {**ids, "smoke_spans": spans}, {}, benchmark)

    assert (told["outcome"], told["measure"], told["decided_on"]) == ("better", "F1", HELD_OUT)
    assert asked == [{"question": "q", "context": "A b. C d."}]
    content = read_json(s3, plan.layout.uri(at.REPORT_JSON))
    found = content["evaluation"][HELD_OUT]
    assert found["gain_over"] == "bm25"
    assert found["improved"] > 0
    assert found["best"][0]["query"]
    assert "no index" in content["benchmark"]["skipped"]
    assert report["outcome"] == "better"


def test_highlighter_run_archive_without_its_options_is_not_deployed(
    s3: Any, plan: Plan, prepared: Callable[..., Any], finish: Callable[..., Any]
) -> None:
    prepared(plan)
    job = finish(plan, [HELD_OUT])
    put_archive(s3, plan.layout.artifact_uri, dict.fromkeys(("config.json", "model.safetensors", "README.md"), b"{}"))

    with pytest.raises(TerminalError, match=r"no file: 'code/inference\.py', 'highlighter\.json', 'tokenizer\.json'"):
        publish_artifact(s3, plan, job)


def test_highlighter_run_set_that_was_not_measured_is_an_error(
    s3: Any, plan: Plan, prepared: Callable[..., Any], finish: Callable[..., Any]
) -> None:
    prepared(plan)
    finish(plan, [])

    with pytest.raises(TerminalError, match="measured nothing on heldout"):
        save_highlighter_evaluation(s3, plan)


def test_highlighter_run_judged_passages_decide_and_their_texts_are_held_out(
    s3: Any,
    bucket: str,
    make_plan: Callable[..., Plan],
    plan: Plan,
    prepared: Callable[..., Any],
    finish: Callable[..., Any],
) -> None:
    finish_corpus(s3, plan, sample_jsonl(s3, plan))
    document = next(iter(read_sample(s3, plan)))
    uri = f"s3://{bucket}/judged.jsonl"
    line = {"question": "Create group", "context": document.text, "quotes": [document.text]}
    write_lines(s3, uri, [json.dumps(line) + "\n"])
    with_judged = make_plan(
        **{name: value for phase in plan.settings.model_dump().values() for name, value in phase.items()}
        | {"eval_highlights_s3_path": uri}
    )

    prepared(with_judged)
    finish(with_judged, [JUDGED, HELD_OUT])
    told = save_highlighter_evaluation(s3, with_judged)

    assert told["decided_on"] == JUDGED
    pairs = list(read_pairs(s3, with_judged))
    assert document.text not in {pair["document"] for pair in pairs}
    assert "create group" not in {pair["query"] for pair in pairs}
