from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import requests
import responses

from include.errors import TerminalError
from include.preflight.base_model import DIMENSIONS, check_base_model
from include.settings import ModelSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HUB = "https://huggingface.co/owner/model/resolve/main"
MODULES = [
    {"path": "", "type": "sentence_transformers.models.Transformer"},
    {"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
]
DENSE = {"path": "2_Dense", "type": "sentence_transformers.models.Dense"}


@pytest.fixture
def hub() -> Iterator[responses.RequestsMock]:
    """The Hugging Face hub in memory; what is not registered cannot be reached."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def model(base: str, dimension: int | None = None) -> ModelSettings:
    return ModelSettings(base_model_id=base, embedding_dimension=dimension)


def refusal(s3: Any, settings: ModelSettings) -> str:
    with pytest.raises(TerminalError) as caught:
        check_base_model(s3, settings)
    return str(caught.value)


@pytest.fixture
def put_model(s3: Any, bucket: str) -> Callable[..., str]:
    """A model folder on S3, with weights if it has modules; returns its URI."""

    def put(weights: str = "model.safetensors", **files: Any) -> str:
        if "modules" in files:
            s3.put_object(Bucket=bucket, Key=f"base/{weights}", Body=b"weights")
        for name, content in files.items():
            s3.put_object(Bucket=bucket, Key=f"base/{name.replace('__', '/')}.json", Body=json.dumps(content))
        return f"s3://{bucket}/base"

    return put


@pytest.mark.parametrize("base", DIMENSIONS)
def test_check_base_model_known_one_needs_no_network(base: str) -> None:
    assert check_base_model(None, model(base)) == DIMENSIONS[base]  # type: ignore[arg-type]
    assert check_base_model(None, model(base, DIMENSIONS[base])) == DIMENSIONS[base]  # type: ignore[arg-type]


def test_check_base_model_wrong_dimension_says_the_right_one() -> None:
    message = refusal(None, model("BAAI/bge-base-en-v1.5", 1024))

    assert message == (
        "embedding_dimension is 1024, and BAAI/bge-base-en-v1.5 has 768. Leave embedding_dimension empty, or add a "
        "smaller one to matryoshka_dimensions."
    )


def test_check_base_model_matryoshka_dimension_is_the_vectors() -> None:
    assert check_base_model(None, model("BAAI/bge-base-en-v1.5", 256), (512, 256)) == 256  # type: ignore[arg-type]


def test_check_base_model_matryoshka_dimension_above_the_models_is_refused() -> None:
    with pytest.raises(TerminalError, match="has 384"):
        check_base_model(None, model("BAAI/bge-small-en-v1.5", 512), (512,))  # type: ignore[arg-type]


def test_check_base_model_on_the_hub_is_looked_up(hub: responses.RequestsMock) -> None:
    hub.get(f"{HUB}/modules.json", json=MODULES)
    hub.get(f"{HUB}/config.json", json={"hidden_size": 512})

    assert check_base_model(None, model("owner/model")) == 512  # type: ignore[arg-type]
    assert "owner/model has 512" in refusal(None, model("owner/model", 768))


def test_check_base_model_dense_layer_decides(hub: responses.RequestsMock) -> None:
    hub.get(f"{HUB}/modules.json", json=[*MODULES, DENSE])
    hub.get(f"{HUB}/2_Dense/config.json", json={"in_features": 512, "out_features": 128})

    assert check_base_model(None, model("owner/model")) == 128  # type: ignore[arg-type]


def test_check_base_model_mirror_of_the_hub_is_asked(
    hub: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "https://mirror.example")
    hub.get("https://mirror.example/owner/model/resolve/main/modules.json", json=MODULES)
    hub.get("https://mirror.example/owner/model/resolve/main/config.json", json={"hidden_size": 512})

    assert check_base_model(None, model("owner/model")) == 512  # type: ignore[arg-type]


@pytest.mark.parametrize("status", [401, 403, 404])
def test_check_base_model_unknown_to_the_hub_says_what_to_do(hub: responses.RequestsMock, status: int) -> None:
    hub.get(f"{HUB}/modules.json", status=status)

    message = refusal(None, model("owner/model"))

    assert "base_model_id is 'owner/model'" in message
    assert f"no such public sentence-transformers model ({status})" in message
    assert "Correct the id, or put the model on S3" in message


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({"status": 503}, id="hub-is-busy"),
        pytest.param({"body": requests.ConnectionError("no way out")}, id="no-way-out"),
        pytest.param({"body": requests.Timeout("late")}, id="too-late"),
        pytest.param({"body": "<html>a proxy's page</html>"}, id="not-json"),
        pytest.param({"json": {"error": "not a list"}}, id="not-modules"),
        pytest.param({"json": [{"no": "type"}]}, id="modules-without-type"),
    ],
)
def test_check_base_model_hub_does_not_say_training_will_see(hub: responses.RequestsMock, answer: Any) -> None:
    hub.get(f"{HUB}/modules.json", **answer)

    assert check_base_model(None, model("owner/model")) is None  # type: ignore[arg-type]


def test_check_base_model_dimension_that_cannot_be_checked_is_refused(hub: responses.RequestsMock) -> None:
    hub.get(f"{HUB}/modules.json", status=503)

    message = refusal(None, model("owner/model", 768))

    assert "the dimension of owner/model cannot be looked up from here" in message
    assert "Leave embedding_dimension empty" in message


def test_check_base_model_on_s3_is_read(s3: Any, put_model: Callable[..., str]) -> None:
    uri = put_model(modules=MODULES, config={"hidden_size": 384})

    assert check_base_model(s3, model(uri)) == 384
    assert check_base_model(s3, model(f"{uri}/", 384)) == 384
    assert "has 384" in refusal(s3, model(uri, 768))


def test_check_base_model_pickled_on_s3_says_how_to_convert_it(s3: Any, put_model: Callable[..., str]) -> None:
    uri = put_model("pytorch_model.bin", modules=MODULES, config={"hidden_size": 384})

    message = refusal(s3, model(uri))

    assert "its weights are no *.safetensors; pickled ones are never loaded" in message
    assert "SentenceTransformer(folder).save_pretrained(other)" in message


def test_check_base_model_transformer_in_a_folder_on_s3_is_read(s3: Any, put_model: Callable[..., str]) -> None:
    modules = [{**MODULES[0], "path": "0_Transformer"}, MODULES[1]]
    uri = put_model(modules=modules, **{"0_Transformer__config": {"hidden_size": 384}})

    assert check_base_model(s3, model(uri)) == 384


@pytest.mark.parametrize(
    ("files", "there"),
    [
        pytest.param({}, "There is: nothing.", id="nothing"),
        pytest.param({"config": {"hidden_size": 384}}, "There is: config.json.", id="plain-transformer"),
    ],
)
def test_check_base_model_no_model_on_s3_says_what_is_there(
    s3: Any, bucket: str, put_model: Callable[..., str], files: Any, there: str
) -> None:
    put_model(**files)

    message = refusal(s3, model(f"s3://{bucket}/base"))

    assert f"base_model_id is 's3://{bucket}/base', and there is no sentence-transformers model" in message
    assert there in message


def test_check_base_model_archive_on_s3_is_left_to_training(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="base/model.tar.gz", Body=b"archive")

    assert check_base_model(s3, model(f"s3://{bucket}/base/model.tar.gz")) is None
    with pytest.raises(TerminalError, match="there is no sentence-transformers model"):
        check_base_model(s3, model(f"s3://{bucket}/base/other.tar.gz"))


@pytest.mark.parametrize("kind", ["highlighter", "sparse"])
@pytest.mark.parametrize("known", [pytest.param({"hidden_size": 384}, id="known"), pytest.param({}, id="unknown")])
def test_check_base_model_of_another_kind_needs_an_encoder_and_no_modules(
    s3: Any, bucket: str, put_model: Callable[..., str], known: dict[str, int], kind: Any
) -> None:
    uri = put_model(config=known)
    settings = ModelSettings(base_model_id=uri, model_type=kind)
    assert "model.safetensors is not there" in refusal(s3, settings)

    s3.put_object(Bucket=bucket, Key="base/model.safetensors", Body=b"weights")

    assert check_base_model(s3, settings) == known.get("hidden_size")


def test_check_base_model_of_a_highlighter_is_looked_up_on_the_hub(hub: responses.RequestsMock) -> None:
    settings = ModelSettings(base_model_id="owner/model", model_type="highlighter")
    hub.get(f"{HUB}/config.json", json={"hidden_size": 768})

    assert check_base_model(None, settings) == 768  # type: ignore[arg-type]


def test_check_base_model_of_a_highlighter_that_is_not_on_the_hub_is_refused(hub: responses.RequestsMock) -> None:
    hub.get(f"{HUB}/config.json", status=404)

    assert "'owner/model'" in refusal(None, ModelSettings(base_model_id="owner/model", model_type="highlighter"))
