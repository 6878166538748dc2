"""Bedrock's models by their ids. The stand-in has none of them: query_writer.py answers for all."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from local.aws.errors import ValidationException

if TYPE_CHECKING:
    from local.aws.stand_in import Call

PROVIDERS = {
    "ai21": "AI21 Labs",
    "amazon": "Amazon",
    "anthropic": "Anthropic",
    "cohere": "Cohere",
    "deepseek": "DeepSeek",
    "google": "Google",
    "local": "Stand-in",
    "meta": "Meta",
    "mistral": "Mistral AI",
    "openai": "OpenAI",
    "qwen": "Qwen",
    "writer": "Writer",
}
QUERY_WRITER = "local.extractive-query-writer"
LISTED = {
    QUERY_WRITER: "Extractive query writer (stand-in)",
    "amazon.nova-lite-v1:0": "Nova Lite",
    "amazon.nova-micro-v1:0": "Nova Micro",
    "amazon.nova-pro-v1:0": "Nova Pro",
    "anthropic.claude-3-haiku-20240307-v1:0": "Claude 3 Haiku",
    "anthropic.claude-haiku-4-5-20251001-v1:0": "Claude Haiku 4.5",
    "anthropic.claude-sonnet-4-5-20250929-v1:0": "Claude Sonnet 4.5",
    "meta.llama3-3-70b-instruct-v1:0": "Llama 3.3 70B Instruct",
    "openai.gpt-oss-20b-1:0": "gpt-oss-20b",
}
_ARN = re.compile(r"arn:aws[^:]*:bedrock:[a-z0-9-]+:\d*:(foundation-model|inference-profile)/")
_GEOGRAPHY = re.compile(r"(us-gov|us|eu|apac|jp|au|ca|global)\.")


def base_model_id(identifier: str) -> str:
    """The foundation model behind a model id, an inference profile's id, or an ARN of either.

    Raises:
        ValidationException: no provider of Bedrock's names its models so.
    """
    name = _GEOGRAPHY.sub("", _ARN.sub("", identifier, count=1), count=1)
    if name.partition(".")[0] not in PROVIDERS or not name.partition(".")[2]:
        raise ValidationException("The provided model identifier is invalid.")
    return name


def list_foundation_models(call: Call) -> dict[str, Any]:
    """ListFoundationModels: some that Bedrock has."""
    summaries = [_summary(call.region, model, name) for model, name in LISTED.items()]
    return {"modelSummaries": [summary for summary in summaries if _wanted(summary, call.parameters)]}


def _summary(region: str, model: str, name: str) -> dict[str, Any]:
    return {
        "modelArn": f"arn:aws:bedrock:{region}::foundation-model/{model}",
        "modelId": model,
        "modelName": name,
        "providerName": PROVIDERS[model.partition(".")[0]],
        "inputModalities": ["TEXT"],
        "outputModalities": ["TEXT"],
        "responseStreamingSupported": False,
        "customizationsSupported": [],
        "inferenceTypesSupported": ["ON_DEMAND"],
        "modelLifecycle": {"status": "ACTIVE"},
    }


def _wanted(summary: dict[str, Any], filters: dict[str, Any]) -> bool:
    return (
        filters.get("byProvider", summary["providerName"]).lower() == summary["providerName"].lower()
        and filters.get("byOutputModality", "TEXT") in summary["outputModalities"]
        and filters.get("byInferenceType", "ON_DEMAND") in summary["inferenceTypesSupported"]
        and "byCustomizationType" not in filters
    )
