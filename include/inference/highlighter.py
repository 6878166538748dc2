"""The four functions that SageMaker's PyTorch inference toolkit calls for a highlighter."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path

# The model comes with the container, so nothing is fetched at start-up. Read when Hugging Face's code is imported.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
# Threads that wait for each other sleep instead of spinning (see encoder.py). Read when torch is imported.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

from .highlighting.answers import Answer, write_answer
from .highlighting.model import Highlighter
from .highlighting.requests import Request, read_request
from .highlighting.serving import read_serving
from .requests import JSON

logger = logging.getLogger(__name__)

SERVING = read_serving()


def model_fn(model_dir: str, context: object = None) -> Highlighter:
    """The highlighter of the unpacked model.tar.gz, warm.

    Args:
        model_dir: root of the unpacked archive.
        context: of newer toolkits; not needed.
    """
    started = time.monotonic()
    highlighter = Highlighter(Path(model_dir), SERVING)
    logger.info("%s seconds=%.1f", highlighter.description, time.monotonic() - started)
    return highlighter


def input_fn(request_body: str | bytes | bytearray, request_content_type: str = JSON) -> Request:
    """The items of `{"question", "context"}` or `{"inputs": [{"question", "context"}, ...]}`.

    Raises:
        RequestError: what is wrong with the request, as a 4xx.
    """
    return read_request(request_body, request_content_type, SERVING)


def predict_fn(data: Request, model: Highlighter) -> Answer:
    """The highlights of each item."""
    return Answer(data, model.highlight(data.items))


def output_fn(prediction: Answer, accept: str = JSON) -> tuple[str, str]:
    """`{"highlights": [...]}` and its media type; a batch has a list an item, and `errors` if it had bad items.

    Raises:
        RequestError: 406 if the client accepts no JSON.
    """
    return write_answer(prediction, accept)
