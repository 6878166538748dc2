"""The four functions that SageMaker's PyTorch inference toolkit calls."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from .encoder import Encoder
from .requests import JSON, TextRequest, read_request, write_embeddings

if TYPE_CHECKING:
    import numpy as np

logger = logging.getLogger(__name__)

# 512 vectors of 768 components are 4.5 MB of JSON; SageMaker's largest answer was 6 MB for years.
MAX_INPUTS = int(os.environ.get("SERVING_MAX_INPUTS", "512"))
# Only where the model was trained with trust_remote_code: its own code came along in the archive.
TRUST_REMOTE_CODE = os.environ.get("SERVING_TRUST_REMOTE_CODE", "false") == "true"
PRECISION = os.environ.get("SERVING_PRECISION", "auto")


def model_fn(model_dir: str, context: object = None) -> Encoder:
    """The model of the unpacked model.tar.gz, warm: it has encoded a text, so the first request is not the slow one.

    Args:
        model_dir: root of the unpacked archive.
        context: of newer toolkits; not needed.
    """
    started = time.monotonic()
    encoder = Encoder(Path(model_dir), PRECISION, is_trusted=TRUST_REMOTE_CODE)
    encoder.encode(["warm-up"])
    seconds = time.monotonic() - started
    logger.info("dimension=%d precision=%s seconds=%.1f", encoder.dimension, encoder.precision, seconds)
    return encoder


def input_fn(request_body: str | bytes | bytearray, request_content_type: str = JSON) -> TextRequest:
    """The texts of a request `{"inputs": [...], "input_type": "query" | "document"}`.

    Raises:
        RequestError: what is wrong with the request, as a 4xx.
    """
    return read_request(request_body, request_content_type, MAX_INPUTS)


def predict_fn(data: TextRequest, model: Encoder) -> np.ndarray:
    """One unit-length vector a text, in the order given: float32, shape (texts, dimension)."""
    return model.encode(data.texts, data.input_type)


def output_fn(prediction: np.ndarray, accept: str = JSON) -> tuple[str, str]:
    """`{"embeddings": [[...], ...]}` and its media type.

    Raises:
        RequestError: 406 if the client accepts no JSON.
    """
    return write_embeddings(prediction, accept)
