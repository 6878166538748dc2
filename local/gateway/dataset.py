"""What a prediction is asked about: plain parameters, texts to embed, texts to rank, or a question."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from local.gateway.connector import ACTION_TYPES, parameter_texts
from local.gateway.errors import refuse

if TYPE_CHECKING:
    from local.gateway.xcontent import Value

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
_INPUT = "org.opensearch.ml.common.input.parameter.textembedding"
# Name of a parameter of an embedding: its Java type, and the values that it takes.
_EMBEDDING = {
    "content_type": (f"{_INPUT}.AsymmetricTextEmbeddingParameters.EmbeddingContentType", ("QUERY", "PASSAGE")),
    "sparse_embedding_format": (f"{_INPUT}.SparseEmbeddingFormat", ("WORD", "TOKEN_ID")),
}
REMOTE = "REMOTE"
PREDICT = "PREDICT"


@dataclass(frozen=True)
class Parameters:
    """`{"parameters": {…}}`: what goes into the connector's templates as it is; None where the body had none."""

    values: dict[str, str] | None
    action: str = PREDICT


@dataclass(frozen=True)
class TextDocs:
    """Texts to embed or encode.

    Attributes:
        docs: the texts.
        options: other fields of the request, which no script gets to see.
        parameters: what the texts are and how their vectors are wanted; templates can name them.
    """

    docs: list[str]
    options: dict[str, Any] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)

    def script_parameters(self) -> dict[str, Any]:
        """What a pre-process script sees in `params`; the algorithm is this one whatever was asked for."""
        asked = {"parameters": self.parameters} if self.parameters else {}
        return {"algorithm": "TEXT_EMBEDDING", **asked, "text_docs": self.docs}


@dataclass(frozen=True)
class TextSimilarity:
    """A query and the texts to rank by it."""

    query_text: str
    docs: list[str]

    def script_parameters(self) -> dict[str, Any]:
        """What a pre-process script sees in `params`."""
        return {"algorithm": REMOTE, "query_text": self.query_text, "text_docs": self.docs}


@dataclass(frozen=True)
class Question:
    """A question about a text."""

    question: str
    context: str

    def script_parameters(self) -> dict[str, Any]:
        """What a pre-process script sees in `params`."""
        return {"algorithm": REMOTE, "question": self.question, "context": self.context}


Dataset = Parameters | TextDocs | TextSimilarity | Question


def function_name(name: str) -> str:
    """The function called `name`, in capitals.

    Raises:
        OpenSearchError: there is none of that name.
    """
    if name.upper() not in FUNCTIONS:
        raise refuse("function_unknown")
    return name.upper()


def parsed(body: Value, function: str, action: str = PREDICT) -> Dataset | None:
    """The dataset in the body of a prediction.

    Args:
        body: of the request.
        function: which form the body has; a remote model takes all of them.
        action: of the connector, unless the body names another.

    Returns:
        None for functions whose data no remote model takes.

    Raises:
        OpenSearchError: the form's texts are missing, or something is of the wrong kind.
    """
    if function in ("TEXT_EMBEDDING", "SPARSE_ENCODING", "SPARSE_TOKENIZE"):
        return _text_docs(body)
    if function == "TEXT_SIMILARITY":
        return _similarity(body)
    if function == "QUESTION_ANSWERING":
        return _question(body)
    return _parameters(body, action) if function == REMOTE else None


def _parameters(body: Value, action: str) -> Parameters:
    values = None
    for name, value in body.object():
        if name == "parameters":
            values = parameter_texts(value.map())
        elif name == "action_type":
            action = value.text()
            if action.upper() not in ACTION_TYPES:
                raise refuse("action_type_wrong", name=action)
    return Parameters(values, action.upper())


def _text_docs(body: Value) -> TextDocs:
    docs: list[Any] = []
    parameters: dict[str, str] = {}
    for name, value in body.object():
        if name == "text_docs":
            docs += [doc.text_or_null() for doc in value.array()]
        elif name == "parameters":
            parameters = _embedding_parameters(value)
        elif name in ("return_bytes", "return_number"):
            value.boolean()
        elif name == "target_response":
            [target.text() for target in value.array()]
        elif name == "target_response_positions":
            [position.integer() for position in value.array()]
    if not docs:
        raise refuse("docs_empty")
    return TextDocs(docs, parameters=parameters)


def _embedding_parameters(body: Value) -> dict[str, str]:
    found = {"sparse_embedding_format": "WORD"}
    for name, value in body.object():
        if name in _EMBEDDING:
            java_class, known = _EMBEDDING[name]
            found[name] = value.text().upper()
            if found[name] not in known:
                raise refuse("constant_unknown", java_class=java_class, name=found[name])
    return found


def _similarity(body: Value) -> TextSimilarity:
    query, docs = None, []
    for name, value in body.object():
        if name == "text_docs":
            docs += [doc.text() for doc in value.array()]
        elif name == "query_text":
            query = value.text()
    if not docs:
        raise refuse("similarity_docs_missing")
    if query is None:
        raise refuse("similarity_query_missing")
    return TextSimilarity(query, docs)


def _question(body: Value) -> Question:
    found = {name: value.text() for name, value in body.object() if name in ("question", "context")}
    for name in ("question", "context"):
        if name not in found:
            raise refuse(f"{name}_missing")
    return Question(found["question"], found["context"])
