from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from include.training.channels import failure_file, read_channels
from include.training.errors import TrainingError

if TYPE_CHECKING:
    from pathlib import Path


def test_channels_are_read_from_the_environment(tmp_path: Path) -> None:
    environment = {f"SM_CHANNEL_{name}": str(tmp_path) for name in ("TRAIN", "CORPUS", "EVALUATION", "BASE_MODEL")}
    channels = read_channels(
        environment | {"SM_MODEL_DIR": "/m", "SM_OUTPUT_DATA_DIR": "/o/data", "SM_OUTPUT_DIR": "/o"}
    )
    assert channels.train == channels.corpus == channels.evaluation == channels.base_model == tmp_path
    assert (str(channels.model), str(channels.output_data), str(channels.failure)) == ("/m", "/o/data", "/o/failure")


def test_channels_that_are_optional_may_be_absent(tmp_path: Path) -> None:
    channels = read_channels({"SM_CHANNEL_TRAIN": str(tmp_path)})
    assert (channels.corpus, channels.evaluation, channels.base_model) == (None, None, None)


def test_channel_train_absent_says_what_to_add() -> None:
    with pytest.raises(TrainingError, match="no channel 'train'"):
        read_channels({})


def test_channel_that_is_no_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"Channel 'corpus' is .*/nowhere, which is not a folder"):
        read_channels({"SM_CHANNEL_TRAIN": str(tmp_path), "SM_CHANNEL_CORPUS": str(tmp_path / "nowhere")})


def test_failure_file_default_is_where_sagemaker_reads_it() -> None:
    assert str(failure_file({})) == "/opt/ml/output/failure"
