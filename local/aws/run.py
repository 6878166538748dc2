"""Puts the stand-in together, and takes it apart again."""

from __future__ import annotations

import contextlib
import logging
import threading
from typing import TYPE_CHECKING

from local.aws.app import App
from local.aws.bedrock import job
from local.aws.moto_services import MotoServices
from local.aws.sagemaker import endpoints, training_run
from local.aws.server import listen
from local.aws.stand_in import StandIn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

log = logging.getLogger(__name__)


@contextlib.contextmanager
def running(
    host: str,
    port: int,
    data: Path,
    container_python: Path,
    write_answer: Callable[[str], str],
    count_tokens: Callable[[str], int],
) -> Iterator[StandIn]:
    """A stand-in that answers; at the end its jobs and servers are ended and its state is on disk.

    Args: see StandIn; port 0 takes a free one.
    """
    data = data.resolve()
    moto = MotoServices(data / "moto")
    moto.snapshot.open()
    server = listen(host, port, lambda environ, start: app(environ, start))
    url = f"http://{host}:{server.port}"
    stand_in = StandIn(data, url, container_python.absolute(), write_answer, count_tokens)
    app = App(stand_in, moto)
    training_run.recover(stand_in)
    job.recover(stand_in)
    endpoints.resume(stand_in)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, name="http")
    thread.start()
    log.info("The AWS stand-in answers at %s; its data is in %s", stand_in.url, data)
    try:
        yield stand_in
    finally:
        _end_what_runs(stand_in)
        server.shutdown()
        thread.join()
        moto.snapshot.close()
        log.info("The AWS stand-in has ended")


def _end_what_runs(stand_in: StandIn) -> None:
    """Ends jobs and servers while S3 and logs still answer, all at the same time."""
    threads = [
        *(threading.Thread(target=run.abandon) for run in list(stand_in.running_trainings.values())),
        *(threading.Thread(target=batch.abandon) for batch in list(stand_in.running_batches.values())),
        *(threading.Thread(target=host.close) for host in list(stand_in.hosts.values())),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
