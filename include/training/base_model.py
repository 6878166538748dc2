"""The model that is tuned: found, checked and loaded."""

from __future__ import annotations

import atexit
import dataclasses
import hashlib
import shutil
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from huggingface_hub import snapshot_download  # type: ignore[import-not-found]
from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError  # type: ignore[import-not-found]
from sentence_transformers import SentenceTransformer

from .errors import TrainingError
from .pooling import set_pooling
from .prompts import DOCUMENT, QUERY, Prompts, resolve_prompts
from .unpack import unpack
from .untrusted import check_modules, check_weights, wants_code

if TYPE_CHECKING:
    from .parameters import Parameters

# What a model is made of; leaves out pickles and the exports to other runtimes.
FILES = ("*.json", "*.safetensors", "*.txt", "*.model", "README.md")
CODE = "*.py"
OTHER_RUNTIMES = ("onnx/*", "openvino/*")
PADDED_TO = 8
# Where a model comes from if the container has no way out.
CHANNELS = {"base_model_id": "base_model", "teacher_model_id": "teacher"}


@dataclasses.dataclass(frozen=True)
class BaseModel:
    """A loaded base model and what identifies it; `dimension` is that of the vectors it is to give."""

    model: SentenceTransformer
    model_id: str
    weights_sha256: str
    dimension: int
    prompts: Prompts


def load_base_model(parameters: Parameters, channel: Path | None, device: str) -> BaseModel:
    """The base model, checked against the parameters before anything is computed with it.

    Its prompts, pooling, sequence length and dimension are those of the run: what encodes with it, or saves it, has
    them right.

    Args:
        parameters: which model, its expected dimension, the sequence length it shall read, prompts and pooling.
        channel: folder of the channel base_model; None downloads `base_model_id` from Hugging Face.
        device: `cpu` or `cuda`.

    Raises:
        TrainingError: no model there, no safetensors weights, code of its own that is not trusted, a dimension or
            pooling that it cannot give, or a sequence length that it has no positions for.
    """
    folder, weights_sha256 = find_base_model(parameters, channel)
    model = _load(parameters, folder, is_local=channel is not None, device=device)
    set_pooling(model, parameters.pooling)
    dimension = _set_dimension(parameters, model)
    check_length(parameters, model[0].auto_model)
    model.max_seq_length = parameters.max_sequence_length
    prompts = _set_prompts(parameters, model, hub_id=parameters.base_model_id if channel is None else "")
    _pad_evenly(model)
    return BaseModel(model, parameters.base_model_id, weights_sha256, dimension, prompts)


def _load(parameters: Parameters, folder: Path, is_local: bool, device: str) -> SentenceTransformer:
    trusted = parameters.trust_remote_code
    try:
        return SentenceTransformer(
            str(folder),
            device=device,
            # A model's code may lie in another repository than its weights.
            local_files_only=is_local or not trusted,
            trust_remote_code=trusted,
            model_kwargs={"use_safetensors": True},
        )
    except ValueError as error:
        if trusted or "trust_remote_code" not in str(error):
            raise
        raise TrainingError(f"The model of base_model_id {parameters.base_model_id!r} needs {wants_code()}") from error


def find_base_model(parameters: Parameters, channel: Path | None) -> tuple[Path, str]:
    """The base model's folder, and the sha256 of its weights.

    Args:
        parameters: which model.
        channel: folder of the channel base_model; None downloads `base_model_id` from Hugging Face.

    Raises:
        TrainingError: there is no model, or it has no safetensors weights.
    """
    return find_model("base_model_id", parameters.base_model_id, channel, parameters.trust_remote_code)


def find_model(parameter: str, model_id: str, channel: Path | None, is_trusted: bool = False) -> tuple[Path, str]:
    """A model's folder, and the sha256 of its weights.

    Args:
        parameter: that names the model, for messages.
        model_id: its Hugging Face id.
        channel: folder of the model or of its model.tar.gz; None downloads it from Hugging Face.
        is_trusted: code that lies beside its weights may be run.

    Raises:
        TrainingError: there is no model, it has no safetensors weights, or brings code and is not trusted.
    """
    folder = _download(parameter, model_id, is_trusted) if channel is None else _unpacked(channel)
    weights = check_weights(parameter, folder)
    if not is_trusted:
        check_modules(parameter, folder)
    return folder, _sha256(weights)


def _set_dimension(parameters: Parameters, model: SentenceTransformer) -> int:
    """Cuts the vectors to a Matryoshka dimension, and says how long they are."""
    own, asked = int(model.get_embedding_dimension() or 0), parameters.embedding_dimension
    if too_long := [each for each in parameters.matryoshka_dimensions if each > own]:
        raise TrainingError(
            f"matryoshka_dimensions has {too_long}, but {parameters.base_model_id} has {own}. Valid: up to {own}."
        )
    if asked not in (None, own, *parameters.matryoshka_dimensions):
        raise TrainingError(
            f"embedding_dimension is {asked}, but {parameters.base_model_id} has {own}. "
            f"Valid: {own}. Leave embedding_dimension empty, choose another base model, or add a smaller one to "
            "matryoshka_dimensions."
        )
    if asked is not None and asked != own:
        model.truncate_dim = asked
    return asked or own


def _set_prompts(parameters: Parameters, model: SentenceTransformer, hub_id: str) -> Prompts:
    prompts = resolve_prompts(parameters, model.prompts, model.default_prompt_name, hub_id)
    model.prompts = {QUERY: prompts.query, DOCUMENT: prompts.document}
    model.default_prompt_name = None
    return prompts


def check_length(parameters: Parameters, encoder: Any) -> None:
    """Refuses a sequence length that the encoder has no positions for.

    Raises:
        TrainingError: says how many it has.
    """
    positions = getattr(getattr(encoder, "config", None), "max_position_embeddings", None)
    if positions is not None and parameters.max_sequence_length > positions:
        raise TrainingError(
            f"max_sequence_length is {parameters.max_sequence_length}, but {parameters.base_model_id} has {positions} "
            f"positions. Valid: 8 to {positions}. Lower it or choose a base model with a longer context."
        )


def _pad_evenly(model: SentenceTransformer) -> None:
    # Few shapes instead of one for each length: a GPU's tensor cores want multiples of 8, and a CPU's kernels are
    # compiled and kept for each shape (0.1 GiB less after 60 steps, measured).
    transformer = model[0]
    text = transformer.processing_kwargs.get("text", {}) | {"pad_to_multiple_of": PADDED_TO}
    transformer.processing_kwargs = {**transformer.processing_kwargs, "text": text}


def _download(parameter: str, model_id: str, is_trusted: bool) -> Path:
    name, _, revision = model_id.partition("@")
    try:
        folder = snapshot_download(
            name,
            revision=revision or None,
            allow_patterns=[*FILES, CODE] if is_trusted else FILES,
            ignore_patterns=OTHER_RUNTIMES,
        )
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError, ValueError) as error:
        raise TrainingError(
            f"{parameter} {model_id!r} could not be had from Hugging Face ({type(error).__name__}). Check the id, or "
            f"give the model as channel {CHANNELS[parameter]} if the container has no way out."
        ) from error
    return Path(folder)


def _unpacked(channel: Path) -> Path:
    archive = channel / "model.tar.gz"
    if (channel / "config.json").is_file() or not archive.is_file():
        return channel
    folder = Path(tempfile.mkdtemp(prefix="base-model-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    try:
        with archive.open("rb") as file:
            unpack(file, folder)
    except (tarfile.TarError, OSError) as error:
        raise TrainingError(
            f"The base model's model.tar.gz cannot be unpacked: {error} Valid: a model's folder packed with "
            "tar and gzip."
        ) from error
    return folder


def _sha256(weights: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in weights:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()
