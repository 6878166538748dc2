from __future__ import annotations

from typing import Any

import pytest

from local.aws.bedrock import formats
from local.aws.bedrock.model_ids import base_model_id
from local.aws.errors import ValidationException

CLAUDE = "anthropic.claude-haiku-4-5-20251001-v1:0"


@pytest.mark.parametrize(
    "identifier",
    [
        CLAUDE,
        f"us.{CLAUDE}",
        f"global.{CLAUDE}",
        f"arn:aws:bedrock:us-east-1::foundation-model/{CLAUDE}",
        f"arn:aws:bedrock:us-east-1:123456789012:inference-profile/eu.{CLAUDE}",
    ],
)
def test_model_id_in_any_form_names_the_foundation_model(identifier: str) -> None:
    assert base_model_id(identifier) == CLAUDE


@pytest.mark.parametrize("identifier", ["claude", "nobody.model", "anthropic.", "us.west.model"])
def test_model_id_of_no_provider_is_invalid(identifier: str) -> None:
    with pytest.raises(ValidationException, match="The provided model identifier is invalid"):
        base_model_id(identifier)


def ask(model: str, kind: str, body: dict[str, Any], answer: str = "answer") -> formats.Answered:
    seen = []

    def write(prompt: str) -> str:
        seen.append(prompt)
        return answer

    answered = formats.answer(formats.format_of(model, kind), body, write)
    assert seen == ["first\nsecond"]
    return answered


def test_converse_asks_the_last_user_message_with_all_its_texts() -> None:
    messages = [
        {"role": "user", "content": [{"text": "earlier"}]},
        {"role": "assistant", "content": [{"text": "reply"}]},
        {"role": "user", "content": [{"text": "first"}, {"text": "second"}]},
    ]
    answered = ask(CLAUDE, "Converse", {"messages": messages, "system": [{"text": "be brief"}]})
    assert answered.body["output"] == {"message": {"role": "assistant", "content": [{"text": "answer"}]}}


def test_answer_longer_than_max_tokens_is_cut_and_says_so() -> None:
    content = [{"type": "text", "text": "first"}, {"type": "text", "text": "second"}]
    body = {"anthropic_version": "v", "max_tokens": 2, "messages": [{"role": "user", "content": content}]}
    answered = ask(CLAUDE, "InvokeModel", body, answer="0123456789")
    assert answered.body["content"][0]["text"] == "01234567"
    assert (answered.body["stop_reason"], answered.output_tokens) == ("max_tokens", 2)


@pytest.mark.parametrize(
    ("kind", "body", "complaint"),
    [
        pytest.param("Converse", {}, "at least one message is required", id="converse_empty"),
        pytest.param(
            "Converse", {"messages": [{"role": "user"}]}, "'messages.1.member.content' failed", id="no_content"
        ),
        pytest.param(
            "Converse",
            {"messages": [{"role": "assistant", "content": [{"text": "hi"}]}]},
            "A conversation must start with a user message",
            id="assistant_first",
        ),
        pytest.param(
            "InvokeModel", {"anthropic_version": "v", "max_tokens": 9}, "messages: Field required", id="no_messages"
        ),
        pytest.param(
            "InvokeModel",
            {"anthropic_version": "v", "max_tokens": 0, "messages": []},
            "max_tokens: Input should be greater",
            id="no_tokens",
        ),
        pytest.param(
            "InvokeModel",
            {"anthropic_version": "v", "max_tokens": 9, "messages": [{"role": "user", "content": 7}]},
            "must be a text or a list of content blocks",
            id="content_of_no_kind",
        ),
    ],
)
def test_request_the_model_would_refuse_is_refused(kind: str, body: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationException) as refused:
        formats.answer(formats.format_of(CLAUDE, kind), body, str)
    assert complaint in refused.value.message


def test_writer_that_cannot_answer_is_named() -> None:
    def write(prompt: str) -> str:
        raise ValueError(f"no document in {prompt!r}")

    body = {"messages": [{"role": "user", "content": [{"text": "hi"}]}]}
    with pytest.raises(ValidationException, match="query writer that stands for the model cannot answer: no document"):
        formats.answer(formats.format_of(CLAUDE, "Converse"), body, write)
