"""The four functions that SageMaker's PyTorch inference toolkit calls for a sparse model."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

# The model comes with the container, so nothing is fetched at start-up. Read when Hugging Face's code is imported.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
# Threads that wait for each other sleep instead of spinning (see encoder.py). Read when torch is imported.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

from .requests import DOCUMENT, JSON, QUERY, TextRequest, read_request
from .weighting.encoder import SparseTexts
from .weighting.requests import write_weights

if TYPE_CHECKING:
    from .weighting.vectors import Weights

logger = logging.getLogger(__name__)

# 512 documents of 300 weights each are 3 MB of JSON; SageMaker's largest answer was 6 MB for years.
MAX_INPUTS = int(os.environ.get("SERVING_MAX_INPUTS", "512"))
PRECISION = os.environ.get("SERVING_PRECISION", "auto")


def model_fn(model_dir: str, context: object = None) -> SparseTexts:
    """The model of the unpacked model.tar.gz, warm: it has weighed a text of each side.

    Args:
        model_dir: root of the unpacked archive.
        context: of newer toolkits; not needed.
    """
    started = time.monotonic()
    model = SparseTexts(Path(model_dir), PRECISION)
    for side in (QUERY, DOCUMENT):
        model.weigh(["warm-up"], side)
    seconds = time.monotonic() - started
    logger.info("vocabulary=%d precision=%s seconds=%.1f", len(model.vocabulary), model.precision, seconds)
    return model


def input_fn(request_body: str | bytes | bytearray, request_content_type: str = JSON) -> TextRequest:
    """The texts and the side of a request `{"inputs": [...], "input_type": "query" | "document"}`.

    Raises:
        RequestError: what is wrong with the request, as a 4xx.
    """
    return read_request(request_body, request_content_type, MAX_INPUTS)


def predict_fn(data: TextRequest, model: SparseTexts) -> list[Weights]:
    """The weighted words of each text, in the order given."""
    return model.weigh(data.texts, data.input_type)


def output_fn(prediction: list[Weights], accept: str = JSON) -> tuple[str, str]:
    """`[{token: weight, ...}, ...]` and its media type.

    Raises:
        RequestError: 406 if the client accepts no JSON.
    """
    return write_weights(prediction, accept)
