"""The request and response formats of Bedrock's models: Converse, Anthropic's messages, Amazon Nova's.

Each reads the user's prompt out of a request body, refusing what the model would refuse in its words, and wraps the
answer's text as the model would.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from moto.core.utils import get_service_model

from local.aws import validation
from local.aws.bedrock.model_ids import base_model_id
from local.aws.errors import AwsError, ValidationException

if TYPE_CHECKING:
    from collections.abc import Callable

Body = dict[str, Any]
CHARACTERS_PER_TOKEN = 4
"""A rule of thumb, for `max_tokens`, and for the bill where the stand-in was given no vocabulary."""


NOT_USER_FIRST = (
    "A conversation must start with a user message. Try again with a conversation that starts with a user message."
)


class Prompt(NamedTuple):
    """What a request asks: the text of its last user message; the most tokens of the answer, if it says."""

    text: str
    max_tokens: int | None


class Reply(NamedTuple):
    """A model's answer."""

    text: str
    cut: bool
    """Whether max_tokens ended it."""
    input_tokens: int
    output_tokens: int
    milliseconds: int


class Format(Protocol):
    """How one family of models is spoken to."""

    def read(self, body: Body) -> Prompt:
        """The prompt in a request body; ValidationException for what the model would refuse."""

    def wrap(self, reply: Reply) -> Body:
        """The response body."""


class Answered(NamedTuple):
    """A response body, and what it counts for."""

    body: Body
    input_tokens: int
    output_tokens: int


def format_of(model_id: str, invocation_type: str) -> Format:
    """The format of a model: that of Converse, which is the same for all, or its own of InvokeModel.

    Raises:
        ValidationException: there is no such model, or the stand-in does not know its InvokeModel format.
    """
    model = base_model_id(model_id)
    if invocation_type == "Converse":
        return Converse(model_id)
    if model.startswith("anthropic."):
        return Anthropic(model)
    if model.startswith("amazon.nova"):
        return Nova()
    raise ValidationException(
        f"The AWS stand-in knows the InvokeModel formats of anthropic.* and amazon.nova*, not of {model}. "
        "Use Converse, which is the same for all models."
    )


def estimate_tokens(text: str) -> int:
    """Four characters are one token."""
    return -(-len(text) // CHARACTERS_PER_TOKEN)


def answer(
    format_: Format, body: Body, write: Callable[[str], str], count: Callable[[str], int] = estimate_tokens
) -> Answered:
    """Answers one request body.

    Args:
        format_: in which the model is spoken to.
        body: of the request.
        write: stands for the model.
        count: the tokens of a text that the model reads or writes.

    Raises:
        ValidationException: the model would refuse it.
    """
    started = time.perf_counter()
    prompt = format_.read(body)
    try:
        text = write(prompt.text)
    except ValueError as error:
        raise ValidationException(f"The query writer that stands for the model cannot answer: {error}") from error
    limit = (prompt.max_tokens or len(text)) * CHARACTERS_PER_TOKEN
    cut = len(text) > limit
    text = text[:limit]
    milliseconds = round((time.perf_counter() - started) * 1000)
    reply = Reply(text, cut, sum(map(count, texts_of(body))), count(text), milliseconds)
    return Answered(format_.wrap(reply), reply.input_tokens, reply.output_tokens)


def texts_of(body: Body) -> list[str]:
    """All that the model reads: the system message and every turn, without the JSON around them."""
    contents = [body.get("system", []), *(message["content"] for message in body.get("messages", []))]
    return [text for content in contents for text in _texts(content)]


@dataclass(frozen=True)
class Converse:
    """The one format that is the same for all models; checked against the service model of Converse."""

    model_id: str

    def read(self, body: Body) -> Prompt:
        try:
            validation.check({**body, "modelId": self.model_id}, _CONVERSE.input_shape)
        except AwsError as error:
            raise ValidationException(error.message) from None
        messages = body.get("messages", [])
        _check_turns(messages, NOT_USER_FIRST)
        _check_blocks(messages)
        return Prompt(_last_user_text(messages), body.get("inferenceConfig", {}).get("maxTokens"))

    def wrap(self, reply: Reply) -> Body:
        return {
            "output": {"message": {"role": "assistant", "content": [{"text": reply.text}]}},
            "stopReason": "max_tokens" if reply.cut else "end_turn",
            "usage": _usage(reply),
            "metrics": {"latencyMs": reply.milliseconds},
        }


@dataclass(frozen=True)
class Anthropic:
    """InvokeModel of Claude: Anthropic's messages API."""

    model: str
    REQUIRED = ("anthropic_version", "max_tokens", "messages")
    OPTIONAL = (
        "anthropic_beta", "metadata", "output_config", "stop_sequences", "system", "temperature", "thinking",
        "tool_choice", "tools", "top_k", "top_p",
    )  # fmt: skip

    def read(self, body: Body) -> Prompt:
        for name in self.REQUIRED:
            if name not in body:
                raise ValidationException(f"{name}: Field required")
        for name in body:
            if name not in (*self.REQUIRED, *self.OPTIONAL):
                raise ValidationException(f"{name}: Extra inputs are not permitted")
        if not isinstance(body["max_tokens"], int) or body["max_tokens"] < 1:
            raise ValidationException("max_tokens: Input should be greater than or equal to 1")
        _check_turns(body["messages"], 'messages: first message must use the "user" role')
        return Prompt(_last_user_text(body["messages"]), body["max_tokens"])

    def wrap(self, reply: Reply) -> Body:
        return {
            "model": self.model.removeprefix("anthropic.").partition(":")[0],
            "id": f"msg_bdrk_{hashlib.sha256(reply.text.encode()).hexdigest()[:24]}",
            "type": "message",
            "role": "assistant",
            "content": [{"type": "text", "text": reply.text}],
            "stop_reason": "max_tokens" if reply.cut else "end_turn",
            "stop_sequence": None,
            "usage": {"input_tokens": reply.input_tokens, "output_tokens": reply.output_tokens},
        }


@dataclass(frozen=True)
class Nova:
    """InvokeModel of Amazon Nova."""

    ALLOWED = ("inferenceConfig", "messages", "schemaVersion", "system", "toolConfig")

    def read(self, body: Body) -> Prompt:
        if "messages" not in body:
            raise _malformed("required key [messages] not found")
        for name in body:
            if name not in self.ALLOWED:
                raise _malformed(f"extraneous key [{name}] is not permitted")
        _check_turns(body["messages"], NOT_USER_FIRST)
        config = body.get("inferenceConfig", {})
        return Prompt(_last_user_text(body["messages"]), config.get("maxTokens", config.get("max_new_tokens")))

    def wrap(self, reply: Reply) -> Body:
        return {
            "output": {"message": {"content": [{"text": reply.text}], "role": "assistant"}},
            "stopReason": "max_tokens" if reply.cut else "end_turn",
            "usage": _usage(reply),
        }


def _check_turns(messages: Any, not_user: str) -> None:
    if not isinstance(messages, list) or not messages:
        raise ValidationException("messages: at least one message is required")
    if any(not isinstance(message, dict) or "role" not in message or "content" not in message for message in messages):
        raise ValidationException("messages: every message needs a role and a content")
    if messages[0]["role"] != "user":
        raise ValidationException(not_user)


def _check_blocks(messages: list[Body]) -> None:
    for turn, message in enumerate(messages):
        for number, block in enumerate(message["content"]):
            if "text" in block and not block["text"].strip():
                raise ValidationException(
                    f"The text field in the ContentBlock object at messages.{turn}.content.{number} is blank. "
                    "Add text to the text field, and try again."
                )


def _last_user_text(messages: list[Body]) -> str:
    content = next(message["content"] for message in reversed(messages) if message["role"] == "user")
    if isinstance(content, str):
        return content
    if not isinstance(content, list) or not all(isinstance(block, dict) for block in content):
        raise ValidationException("messages: the content must be a text or a list of content blocks")
    return "\n".join(block["text"] for block in content if isinstance(block.get("text"), str))


def _texts(content: Any) -> list[str]:
    if isinstance(content, str):
        return [content]
    return [block["text"] for block in content if isinstance(block.get("text"), str)]


def _malformed(what: str) -> ValidationException:
    return ValidationException(f"Malformed input request: #: {what}, please reformat your input and try again.")


def _usage(reply: Reply) -> dict[str, int]:
    total = reply.input_tokens + reply.output_tokens
    return {"inputTokens": reply.input_tokens, "outputTokens": reply.output_tokens, "totalTokens": total}


_CONVERSE = get_service_model("bedrock-runtime").operation_model("Converse")
