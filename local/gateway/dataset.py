"""What a prediction is asked about: plain parameters, texts to embed, texts to rank, or a question."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from local.gateway.bodies import text
from local.gateway.connector import parameter_texts
from local.gateway.errors import refuse

FUNCTIONS = (
    "LINEAR_REGRESSION",
    "KMEANS",
    "AD_LIBSVM",
    "SAMPLE_ALGO",
    "LOCAL_SAMPLE_CALCULATOR",
    "FIT_RCF",
    "BATCH_RCF",
    "ANOMALY_LOCALIZATION",
    "RCF_SUMMARIZE",
    "LOGISTIC_REGRESSION",
    "TEXT_EMBEDDING",
    "METRICS_CORRELATION",
    "REMOTE",
    "SPARSE_ENCODING",
    "SPARSE_TOKENIZE",
    "TEXT_SIMILARITY",
    "QUESTION_ANSWERING",
    "AGENT",
    "CONNECTOR",
    "TOOL",
)
REMOTE = "REMOTE"


@dataclass(frozen=True)
class Parameters:
    """`{"parameters": {…}}`: what goes into the connector's templates as it is; None where the body had none."""

    values: dict[str, str] | None


@dataclass(frozen=True)
class TextDocs:
    """Texts to embed or encode; `options` are the other fields of the request, for scripts."""

    docs: list[str]
    options: dict[str, Any] = field(default_factory=dict)

    def script_parameters(self) -> dict[str, Any]:
        """What a pre-process script sees in `params`."""
        return {**self.options, "text_docs": self.docs}


@dataclass(frozen=True)
class TextSimilarity:
    """A query and the texts to rank by it."""

    query_text: str
    docs: list[str]

    def script_parameters(self) -> dict[str, Any]:
        """What a pre-process script sees in `params`."""
        return {"query_text": self.query_text, "text_docs": self.docs}


@dataclass(frozen=True)
class Question:
    """A question about a text."""

    question: str
    context: str

    def script_parameters(self) -> dict[str, Any]:
        """What a pre-process script sees in `params`."""
        return {"question": self.question, "context": self.context}


Dataset = Parameters | TextDocs | TextSimilarity | Question


def function_name(name: str) -> str:
    """The function called `name`, in capitals.

    Raises:
        OpenSearchError: there is none of that name.
    """
    if name.upper() not in FUNCTIONS:
        raise refuse("function_unknown")
    return name.upper()


def parsed(body: dict[str, Any], function: str) -> Dataset:
    """The dataset in the body of a prediction.

    Args:
        body: of the request.
        function: which form the body has; a remote model takes all of them.

    Raises:
        OpenSearchError: the form's texts are missing.
    """
    if function in ("TEXT_EMBEDDING", "SPARSE_ENCODING", "SPARSE_TOKENIZE"):
        return _text_docs(body, function)
    if function == "TEXT_SIMILARITY":
        docs = [text(doc) for doc in body.get("text_docs") or []]
        if not docs:
            raise refuse("similarity_docs_missing")
        return TextSimilarity(text(body.get("query_text")), docs)
    if function == "QUESTION_ANSWERING":
        return _question(body)
    values = body.get("parameters")
    return Parameters(None if values is None else parameter_texts(values))


def _text_docs(body: dict[str, Any], function: str) -> TextDocs:
    docs = [text(doc) for doc in body.get("text_docs") or []]
    if not docs:
        raise refuse("docs_empty")
    options = {
        "algorithm": function,
        "return_bytes": body.get("return_bytes", False),
        "return_number": body.get("return_number", True),
        "target_response": body.get("target_response", []),
    }
    return TextDocs(docs, options)


def _question(body: dict[str, Any]) -> Question:
    for name in ("question", "context"):
        if body.get(name) is None:
            raise refuse(f"{name}_missing")
    return Question(text(body["question"]), text(body["context"]))
