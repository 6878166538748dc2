from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from include.training.errors import TrainingError
from include.training.untrusted import check_modules, check_weights

if TYPE_CHECKING:
    from pathlib import Path

DENSE = [{"path": ""}, {"path": "1_Pooling"}, {"path": "2_Dense"}]


def write(folder: Path, *names: str, **contents: Any) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    for name, content in contents.items():
        (folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    "beside",
    [
        pytest.param((), id="nothing-else"),
        pytest.param(("training_args.bin", "optimizer.pt"), id="pickles-that-are-not-weights"),
        pytest.param(("pytorch_model.bin",), id="the-same-weights-pickled"),
        pytest.param(("openvino/openvino_model.bin",), id="another-runtime"),
        pytest.param(("2_Dense/model.safetensors", "2_Dense/pytorch_model.bin"), id="module-with-both"),
    ],
)
def test_check_weights_takes_safetensors(tmp_path: Path, beside: tuple[str, ...]) -> None:
    folder = write(tmp_path, "config.json", "model.safetensors", *beside, modules=DENSE)

    assert check_weights("base_model_id", folder) == [tmp_path / "model.safetensors"]


@pytest.mark.parametrize(
    ("names", "named"),
    [
        pytest.param(("config.json", "pytorch_model.bin"), r"beside pytorch_model\.bin; pickled", id="root"),
        pytest.param(
            ("config.json", "model.safetensors", "2_Dense/pytorch_model.bin"), r"beside 2_Dense/pytorch", id="module"
        ),
        pytest.param(("config.json", "model.ckpt"), r"beside model\.ckpt", id="checkpoint"),
        pytest.param(("config.json", "model.pkl"), r"beside model\.pkl", id="pickle"),
    ],
)
def test_check_weights_refuses_what_is_only_pickled_and_says_how_to_convert(
    tmp_path: Path, names: tuple[str, ...], named: str
) -> None:
    with pytest.raises(TrainingError, match=named) as caught:
        check_weights("base_model_id", write(tmp_path, *names, modules=DENSE))
    assert "SentenceTransformer(folder).save_pretrained(other)" in str(caught.value)


def test_check_weights_of_no_model_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"no config\.json or no \*\.safetensors"):
        check_weights("base_model_id", tmp_path)


@pytest.mark.parametrize(
    "contents",
    [
        pytest.param({"modules": [{"type": "custom_st.Transformer"}]}, id="code-of-the-repository"),
        pytest.param({"modules": [{"type": "subprocess.Popen"}]}, id="what-is-installed"),
        pytest.param({"router_config": {"types": {"a": "os.path"}}}, id="route"),
    ],
)
def test_check_modules_refuses_what_is_imported_from_elsewhere(tmp_path: Path, contents: dict[str, Any]) -> None:
    with pytest.raises(TrainingError, match="not run unless trust_remote_code is true"):
        check_modules("base_model_id", write(tmp_path, **contents))


@pytest.mark.parametrize(
    "contents",
    [
        pytest.param({}, id="no-modules"),
        pytest.param({"modules": [{"type": "sentence_transformers.models.Pooling"}]}, id="the-library's"),
        pytest.param(
            {"router_config": {"types": {"a": "search_model.inference.weighting.lexical.LexicalWeights"}}}, id="ours"
        ),
    ],
)
def test_check_modules_takes_the_library_s_and_ours(tmp_path: Path, contents: dict[str, Any]) -> None:
    check_modules("base_model_id", write(tmp_path, **contents))
