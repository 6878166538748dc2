"""The training job: read, evaluate the base model, tune, evaluate again, save."""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING

from .channels import failure_file, read_channels
from .failure import FailureFile
from .hosts import read_hosts
from .launch import end_with_parent, is_started, train_together, trains_together
from .parameters import read_parameters

if TYPE_CHECKING:
    from collections.abc import Sequence

MODULE = f"{__package__}.main"


def main(argv: Sequence[str] | None = None) -> None:
    """Runs the job that hyperparameters and `SM_*` variables describe: here, or in processes that work together.

    Args:
        argv: `--name value` pairs; the process's own when not given.

    Raises:
        SystemExit: status 1 if the job cannot be done; the reason is on stderr and in the container's failure file.
    """
    arguments, is_one_of_many = sys.argv[1:] if argv is None else argv, is_started(os.environ)
    if is_one_of_many:
        end_with_parent()
    # What all processes would say, the first says.
    level = logging.WARNING if is_one_of_many and os.environ.get("RANK") != "0" else logging.INFO
    logging.basicConfig(stream=sys.stdout, level=level, format="%(message)s", force=True)
    with FailureFile(failure_file(os.environ)):
        parameters = read_parameters(arguments, os.environ)
        channels = read_channels(os.environ)
        taught = parameters.teacher_model_id and channels.teacher is None
        _prepare_libraries(offline=channels.base_model is not None and not taught)
        hosts = read_hosts(os.environ)
        if not is_one_of_many and trains_together(parameters, hosts):
            train_together(hosts, MODULE, arguments)
            return
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


if __name__ == "__main__":
    main()
