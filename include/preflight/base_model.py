"""Has the base model the dimension that is asked for?"""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any

from include.errors import TerminalError
from include.storage import list_uris, read_json

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mypy_boto3_s3 import S3Client

    from include.settings import ModelSettings

log = logging.getLogger(__name__)

HUB = "https://huggingface.co"
HUB_TIMEOUT_SECONDS = 5

DIMENSIONS = {
    "BAAI/bge-small-en-v1.5": 384,
    "BAAI/bge-base-en-v1.5": 768,
    "BAAI/bge-large-en-v1.5": 1024,
    "BAAI/bge-m3": 1024,
    "Alibaba-NLP/gte-base-en-v1.5": 768,
    "Alibaba-NLP/gte-large-en-v1.5": 1024,
    "Alibaba-NLP/gte-modernbert-base": 768,
    "Alibaba-NLP/gte-multilingual-base": 768,
    "intfloat/e5-small-v2": 384,
    "intfloat/e5-base-v2": 768,
    "intfloat/e5-large-v2": 1024,
    "intfloat/multilingual-e5-small": 384,
    "intfloat/multilingual-e5-base": 768,
    "intfloat/multilingual-e5-large": 1024,
    "sentence-transformers/all-MiniLM-L6-v2": 384,
    "sentence-transformers/all-MiniLM-L12-v2": 384,
    "sentence-transformers/all-mpnet-base-v2": 768,
    "sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2": 384,
    "thenlper/gte-small": 384,
    "thenlper/gte-base": 768,
    "thenlper/gte-large": 1024,
}


def check_base_model(s3: S3Client, settings: ModelSettings, cuts: Sequence[int] = ()) -> int | None:
    """Dimension of the vectors, where it can be known without loading the base model.

    Looked up in `DIMENSIONS`, in the model's folder on S3, or in its configuration on the Hugging Face hub.

    Args:
        s3: for a model that lies there.
        settings: which model, and the dimension that is asked for.
        cuts: `matryoshka_dimensions`: shorter vectors that may be asked for.

    Raises:
        TerminalError: no model there, that of another kind is no BERT-style encoder, or `embedding_dimension` is not
            the model's.
    """
    base = settings.base_model_id
    if settings.model_type != "dense":
        return _encoder_size(s3, base)
    dimension = DIMENSIONS.get(base) or (
        _dimension_on_s3(s3, base) if base.startswith("s3://") else _dimension_on_hub(base)
    )
    wanted = settings.embedding_dimension
    if wanted is None or wanted == dimension:
        return dimension
    if wanted in cuts and wanted < (dimension or wanted + 1):
        return wanted
    known = f"{base} has {dimension}" if dimension else f"the dimension of {base} cannot be looked up from here"
    raise TerminalError(
        f"embedding_dimension is {wanted}, and {known}. Leave embedding_dimension empty, or add a smaller one to "
        "matryoshka_dimensions."
    )


def _encoder_size(s3: S3Client, base: str) -> int | None:
    """Hidden size of a base model that need not be a sentence-transformers model: a highlighter's or a sparse one's."""
    if not base.startswith("s3://"):
        return _from_hub(base, _hidden_size)
    names = {found.removeprefix(base.rstrip("/") + "/") for found in list_uris(s3, base)}
    if base.endswith(".tar.gz") and names:
        return None
    if missing := {"config.json", "model.safetensors"} - names:
        raise TerminalError(
            f"base_model_id is {base!r}, and {' and '.join(sorted(missing))} is not there. Valid: the folder of a "
            f"BERT-style encoder, highlighter or sparse model. There is: {', '.join(sorted(names)[:10]) or 'nothing'}."
        )
    return _hidden_size(lambda name: read_json(s3, f"{base.rstrip('/')}/{name}"))


def _hidden_size(read: Callable[[str], Any]) -> int | None:
    size = read("config.json").get("hidden_size")
    return int(size) if size else None


def _dimension_on_hub(model_id: str) -> int | None:
    return _from_hub(model_id, _dimension)


def _from_hub(model_id: str, look: Callable[[Callable[[str], Any]], int | None]) -> int | None:
    import requests

    def read(name: str) -> Any:
        url = f"{os.environ.get('HF_ENDPOINT', HUB)}/{model_id}/resolve/main/{name}"
        answer = requests.get(url, timeout=HUB_TIMEOUT_SECONDS)
        answer.raise_for_status()
        return answer.json()

    try:
        return look(read)
    except requests.HTTPError as error:
        if error.response.status_code in (401, 403, 404):
            raise TerminalError(
                f"base_model_id is {model_id!r}, and the Hugging Face hub has no such public sentence-transformers "
                f"model ({error.response.status_code}). Correct the id, or put the model on S3 and give its s3:// "
                "folder."
            ) from error
        log.warning("The hub does not say what %s is (%s); the training job will see.", model_id, error)
    except requests.RequestException as error:
        log.warning("%s cannot be looked up on the hub (%s); the training job will see.", model_id, error)
    return None


def _dimension_on_s3(s3: S3Client, uri: str) -> int | None:
    names = {found.removeprefix(uri.rstrip("/") + "/") for found in list_uris(s3, uri)}
    if uri.endswith(".tar.gz") and names:
        return None
    if not ("modules.json" in names and any(name.endswith("config.json") for name in names)):
        raise TerminalError(
            f"base_model_id is {uri!r}, and there is no sentence-transformers model: modules.json and config.json are "
            f"expected. There is: {', '.join(sorted(names)[:10]) or 'nothing'}."
        )
    if not any(name.endswith(".safetensors") for name in names):
        raise TerminalError(
            f"base_model_id is {uri!r}, and its weights are no *.safetensors; pickled ones are never loaded. Convert "
            "them where you trust them, SentenceTransformer(folder).save_pretrained(other), and put that folder there."
        )
    return _dimension(lambda name: read_json(s3, f"{uri.rstrip('/')}/{name}") if name in names else {})


def _dimension(read: Callable[[str], Any]) -> int | None:
    """Of the last module that changes it: a dense layer, else the transformer's hidden size."""
    try:
        modules = read("modules.json")
        for module in reversed(modules):
            if module["type"].endswith(".Dense"):
                return int(read(f"{module['path']}/config.json")["out_features"])
        return int(read(f"{modules[0]['path']}/config.json".lstrip("/"))["hidden_size"])
    except (KeyError, IndexError, TypeError, ValueError) as error:
        log.warning("The model's configuration does not say its dimension (%r); the training job will see.", error)
        return None
