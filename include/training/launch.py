"""Starts the job's processes on this host, one a GPU, and waits for their end: what `torchrun` does.

https://docs.pytorch.org/docs/stable/elastic/run.html
"""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import sys
from typing import TYPE_CHECKING

from .errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .hosts import Hosts
    from .parameters import Parameters

logger = logging.getLogger(__name__)

# Hosts are not ready at one time: each downloads the channels and installs packages for itself.
JOIN_SECONDS = 1800
# What torch's processes listen to for the addresses of each other.
INTERFACES = ("GLOO_SOCKET_IFNAME", "NCCL_SOCKET_IFNAME")
PR_SET_PDEATHSIG = 1
STARTED = "TORCHELASTIC_RUN_ID"


def is_started(environment: Mapping[str, str]) -> bool:
    """Whether this process is one of those that `train_together` has started."""
    return STARTED in environment


def end_with_parent() -> None:
    """Has this process ended when the one that started it is, however that ended (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def trains_together(parameters: Parameters, hosts: Hosts) -> bool:
    """Whether the job takes more than this one process.

    Raises:
        TrainingError: more than one host is given and the model trains on one, or the batches cannot be divided.
    """
    if hosts.processes == 1:
        return False
    if parameters.model_type == "highlighter":
        refuse_hosts(len(hosts.names), "model_type is 'highlighter'")
        logger.info("A highlighter trains on one GPU; this instance has %d.", hosts.gpus)
        return False
    if parameters.batch_size % hosts.processes:
        raise TrainingError(
            f"batch_size is {parameters.batch_size}, and {hosts.processes} processes train ({len(hosts.names)} "
            f"instances with {hosts.processes_each} each). Every batch is divided among them: give a multiple of "
            f"{hosts.processes} as batch_size, or another number or type of instances."
        )
    return True


def refuse_hosts(count: int, because: str) -> None:
    """Refuses a job whose one pass or epoch is not divided among hosts.

    Raises:
        TrainingError: there is more than one.
    """
    if count > 1:
        raise TrainingError(
            f"{because}, which trains on one instance, and there are {count}. Set training_instance_count to 1."
        )


def train_together(hosts: Hosts, module: str, arguments: Sequence[str]) -> None:
    """Runs this host's processes to their end.

    Args:
        hosts: of the job.
        module: that each process runs.
        arguments: of each.

    Raises:
        TrainingError: one of them failed, and said no reason of its own; the others have been ended.
        SystemExit: the job was stopped.
    """
    # Heavy, and of no use to a job of one process.
    from torch.distributed.elastic.multiprocessing.api import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.launcher.api import LaunchConfig, elastic_launch

    if hosts.interface:
        os.environ.update({name: os.environ.get(name, hosts.interface) for name in INTERFACES})
    config = LaunchConfig(
        min_nodes=len(hosts.names),
        max_nodes=len(hosts.names),
        nproc_per_node=hosts.processes_each,
        run_id=hosts.job,
        rdzv_backend="static",
        rdzv_endpoint=f"{hosts.names[0]}:{hosts.port}",
        rdzv_configs={"rank": hosts.place, "timeout": JOIN_SECONDS},
        # SageMaker starts a job again, from its checkpoint; half of one is not.
        max_restarts=0,
        local_addr=hosts.current,
    )
    logger.info(
        "processes=%d hosts=%d here=%d host=%s",
        *(hosts.processes, len(hosts.names), hosts.processes_each, hosts.current),
    )
    try:
        elastic_launch(config, sys.executable)("-u", "-m", module, *arguments)
    except ChildFailedError as error:
        rank, failure = error.get_first_failure()
        raise TrainingError(_sentence(rank, hosts.current, failure.exitcode)) from None
    except SignalException as stopped:
        raise SystemExit(128 + stopped.sigval.value) from None


def _sentence(rank: int, host: str, status: int) -> str:
    ended = f"exit status {status}" if status >= 0 else f"signal {signal.Signals(-status).name}"
    likely = " Most likely the memory was not enough: choose a larger instance." if status == -signal.SIGKILL else ""
    return f"Process {rank} of the training, on {host}, ended with {ended}, and said no reason.{likely}"
