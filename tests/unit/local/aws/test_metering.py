"""What the stand-in bills by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from local.aws.bedrock import formats
from local.aws.bedrock.metering import word_piece_counter
from local.aws.stand_in import StandIn
from local.aws.usage import usage

if TYPE_CHECKING:
    from pathlib import Path

BODY = {
    "system": [{"text": "be brief"}],
    "messages": [
        {"role": "user", "content": [{"text": "first"}, {"text": "second"}]},
        {"role": "assistant", "content": [{"text": "reply"}]},
        {"role": "user", "content": [{"text": "third"}]},
    ],
    "inferenceConfig": {"maxTokens": 9},
}


def test_tokens_are_those_of_all_that_is_read_and_nothing_else() -> None:
    assert formats.texts_of(BODY) == ["be brief", "first", "second", "reply", "third"]


def test_tokens_of_an_answer_are_counted_by_the_counter() -> None:
    model = "anthropic.claude-haiku-4-5-20251001-v1:0"
    answered = formats.answer(
        formats.format_of(model, "Converse"), BODY, lambda prompt: "one two three", lambda text: len(text.split())
    )

    assert (answered.input_tokens, answered.output_tokens) == (6, 3)


def test_word_pieces_are_counted_as_bert_cuts_them(tmp_path: Path) -> None:
    vocabulary = tmp_path / "vocab.txt"
    vocabulary.write_text("[UNK]\nlist\n##s\nthe\ngroup\n.\n", "utf-8")
    count = word_piece_counter(vocabulary)

    assert count("Lists the groups.\n\nthe xyz") == 8


def test_usage_tells_batch_jobs_and_billable_training_seconds(tmp_path: Path) -> None:
    stand_in = StandIn(tmp_path, "http://127.0.0.1:1", tmp_path / "python", str)
    job: dict[str, Any] = {"ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1}}
    stand_in.metered_batches.add("us-east-1", "abc", {"jobName": "a-000", "inputTokens": 7, "outputTokens": 2})
    stand_in.training_jobs.add("us-east-1", "a", {**job, "TrainingJobName": "a", "BillableTimeInSeconds": 61})
    stand_in.training_jobs.add("us-east-1", "b", {**job, "TrainingJobName": "b"})

    assert usage(stand_in) == {
        "batch_jobs": [{"jobName": "a-000", "inputTokens": 7, "outputTokens": 2}],
        "training_jobs": [{"jobName": "a", "instanceType": "ml.m5.large", "instanceCount": 1, "billableSeconds": 61}],
    }


@pytest.mark.parametrize("content", ["text", [{"text": "text"}], [{"type": "text", "text": "text"}, {"image": {}}]])
def test_texts_of_every_form_of_content(content: Any) -> None:
    assert formats.texts_of({"messages": [{"role": "user", "content": content}]}) == ["text"]
