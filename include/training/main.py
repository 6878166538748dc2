"""The training job: read, evaluate the base model, tune, evaluate again, save."""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING

from .channels import failure_file, read_channels
from .failure import FailureFile
from .parameters import read_parameters

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> None:
    """Runs the job that hyperparameters and `SM_*` variables describe.

    Args:
        argv: `--name value` pairs; the process's own when not given.

    Raises:
        SystemExit: status 1 if the job cannot be done; the reason is on stderr and in the container's failure file.
    """
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(message)s", force=True)
    with FailureFile(failure_file(os.environ)):
        parameters = read_parameters(sys.argv[1:] if argv is None else argv, os.environ)
        channels = read_channels(os.environ)
        taught = parameters.teacher_model_id and channels.teacher is None
        _prepare_libraries(offline=channels.base_model is not None and not taught)
        # Heavy, so imported only once the parameters are known to be good.
        from .job import run_job

        run_job(parameters, channels)


def _prepare_libraries(offline: bool) -> None:
    """Sets what torch and Hugging Face's libraries read when they are imported."""
    # Threads that wait for each other sleep instead of spinning: on 2 cores that others use too, measured, a pass took
    # a quarter of the CPU time and half of the time; on quiet cores the same.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    # The tokenizer runs in one process and needs no warning about forks.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    # Progress is logged by the phases; a bar would fill the log with control characters.
    os.environ.setdefault("TQDM_DISABLE", "1")
    if offline:
        os.environ["HF_HUB_OFFLINE"] = "1"
