"""Calling a model: behind a connector, or inside the cluster."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.highlighting import payload
from include.highlighting.answers import ItemAnswer, batch_answers, failure_of, single_answer
from include.highlighting.errors import Fault, ModelCallError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opensearchpy import OpenSearch

log = logging.getLogger(__name__)

ML = "/_plugins/_ml"
REMOTE = "REMOTE"
LOCAL = "QUESTION_ANSWERING"


@dataclass(frozen=True)
class ModelInfo:
    """What the cluster knows of a model.

    Attributes:
        model_id: its id.
        function: `REMOTE` or `QUESTION_ANSWERING`.
        version: changes whenever the model is registered, updated or deployed anew; "" if it may not be read.
    """

    model_id: str
    function: str
    version: str

    @property
    def takes_batches(self) -> bool:
        """Whether it may; a model inside the cluster takes single texts only."""
        return self.function == REMOTE


@dataclass(frozen=True)
class Model:
    """A model that answers, or fails with a `ModelCallError`.

    Attributes:
        client: of the cluster.
        info: what the model is.
    """

    client: OpenSearch
    info: ModelInfo

    def single(self, question: str, context: str, timeout: float) -> ItemAnswer:
        """The answer for one text.

        Args:
            question: what to look for.
            context: the text.
            timeout: in seconds.

        Raises:
            ModelCallError: it failed.
        """
        if self.info.function == LOCAL:
            path = f"{ML}/_predict/question_answering/{self.info.model_id}"
            sent = {"question": payload.whole_characters(question), "context": payload.whole_characters(context)}
            return _of_sent(single_answer(_post(self.client, path, sent, timeout)), sent["context"], context)
        parameters = {"question": payload.single_text(question), "context": payload.single_text(context)}
        return _of_sent(single_answer(self._predict(parameters, timeout)), parameters["context"], context)

    def batch(self, pairs: Sequence[tuple[str, str]], timeout: float) -> list[ItemAnswer]:
        """The answers for many texts in one call, in their order.

        Args:
            pairs: question and context.
            timeout: in seconds.

        Raises:
            ModelCallError: it failed as a whole.
        """
        return batch_answers(self._predict({"inputs": payload.batch_inputs(pairs)}, timeout), len(pairs))

    def _predict(self, parameters: dict[str, str], timeout: float) -> Any:
        return _post(self.client, f"{ML}/models/{self.info.model_id}/_predict", {"parameters": parameters}, timeout)


def read_info(client: OpenSearch, model_id: str, timeout: float) -> ModelInfo:
    """What the cluster knows of a model.

    Args:
        client: of the cluster.
        model_id: of the model.
        timeout: in seconds.

    Raises:
        ModelCallError: it knows none of that id, or the model is of a kind that does not highlight.
    """
    try:
        found = _call(client, "GET", f"{ML}/models/{model_id}", None, timeout)
    except ModelCallError as error:
        if error.status != 403:
            raise
        log.warning(
            "Model %s may not be read (%s): it is taken for a remote one, and nothing is cached.", model_id, error
        )
        return ModelInfo(model_id, REMOTE, "")
    function = str(found.get("algorithm", REMOTE)).upper()
    if function not in (REMOTE, LOCAL):
        raise ModelCallError(
            f"Model {model_id!r} is of the kind {function}. Valid: {REMOTE}, {LOCAL}.",
            Fault.FATAL,
        )
    version = "/".join(str(found.get(name)) for name in ("model_version", "last_updated_time"))
    return ModelInfo(model_id, function, version)


def _post(client: OpenSearch, path: str, body: Any, timeout: float) -> Any:
    return _call(client, "POST", path, body, timeout)


def _call(client: OpenSearch, method: str, path: str, body: Any, timeout: float) -> Any:
    from opensearchpy.exceptions import OpenSearchException

    try:
        return client.transport.perform_request(method, path, params={"request_timeout": timeout}, body=body)
    except OpenSearchException as error:
        raise failure_of(error) from error


def _of_sent(answer: ItemAnswer, sent: str, context: str) -> ItemAnswer:
    """The answer without what the model quotes, where it was sent another text than the document's."""
    if sent == context or not isinstance(answer.spans, list):
        return answer
    spans = [
        {name: value for name, value in span.items() if name != "text"} if isinstance(span, dict) else span
        for span in answer.spans
    ]
    return ItemAnswer(spans, answer.error)
