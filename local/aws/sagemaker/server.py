"""One model server: the process that stands for an endpoint's container, and the connections to it."""

from __future__ import annotations

import http.client
import logging
import socket
import tarfile
import threading
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from local.aws import archive, objects
from local.aws.isolation import no_network
from local.aws.process import Process
from local.aws.roles import SAGEMAKER_ENDPOINT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from local.aws.log_stream import LogStream
    from local.aws.stand_in import StandIn

log = logging.getLogger(__name__)

PROGRAM = Path(__file__).parent.parent / "container_server.py"
IN_CONTAINER = "/opt/ml/model"


class Answer(NamedTuple):
    """What a container answered."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


class Server:
    """Serves one model archive. Made stopped; `start()` runs it, `wait_until_ready()` says how that went.

    Args:
        folder: where the archive is extracted, kept for the next start.
        container: the model's container definition: ModelDataUrl, Environment; and EnableNetworkIsolation.
        log_stream: where the server's output goes.
        on_end: called with the reason when the server ends without being stopped.
    """

    def __init__(
        self,
        stand_in: StandIn,
        region: str,
        folder: Path,
        container: Mapping[str, Any],
        log_stream: LogStream,
        on_end: Callable[[str], None],
    ) -> None:
        self._stand_in, self._region, self._folder, self._container = stand_in, region, folder, container
        self._log, self._on_end = log_stream, on_end
        self._connections: deque[http.client.HTTPConnection] = deque()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._process: Process | None = None
        self._over = threading.Event()
        self._ready = threading.Event()
        self._stopping = False
        self._port = 0
        self.reason = ""

    @property
    def ready(self) -> bool:
        """Whether it has answered a ping and not ended since."""
        return self._ready.is_set() and not self._over.is_set()

    def start(self) -> None:
        """Starts the server if it was not started before."""
        with self._lock:
            if self._thread is None and not self._stopping:
                self._thread = threading.Thread(target=self._run, name=f"serve-{self._folder.parent.name}", daemon=True)
                self._thread.start()

    def wait_until_ready(self, seconds: float) -> bool:
        """Waits for the first good ping; False if the server has ended, `reason` says why, or took too long."""
        self._ready.wait(seconds)
        if not self._ready.is_set():
            self.reason = f"no answer to /ping in {seconds:.0f} s"
        return self.ready

    def stop(self) -> None:
        """Ends the server; comes back when it is gone."""
        with self._lock:
            self._stopping = True
        if self._process is not None:
            self._process.stop(grace_seconds=2.0)
        if self._thread is not None:
            self._thread.join(timeout=5.0)
        while self._connections:
            self._connections.popleft().close()

    def invoke(self, body: bytes, headers: Mapping[str, str], timeout: float) -> Answer:
        """POST /invocations over a kept connection.

        Raises:
            OSError: the server is gone.
            TimeoutError: it did not answer in time.
        """
        try:
            kept = self._connections.pop()
        except IndexError:
            return self._send(self._connect(timeout), body, headers)
        kept.timeout = timeout
        if kept.sock is not None:
            kept.sock.settimeout(timeout)
        try:
            return self._send(kept, body, headers)
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            return self._send(self._connect(timeout), body, headers)  # the server had closed it meanwhile

    def _connect(self, timeout: float) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self._port, timeout=timeout)

    def _send(self, connection: http.client.HTTPConnection, body: bytes, headers: Mapping[str, str]) -> Answer:
        try:
            connection.request("POST", "/invocations", body, dict(headers))
            response = connection.getresponse()
            answer = Answer(response.status, response.headers, response.read())
        except (OSError, http.client.HTTPException):
            connection.close()
            raise
        self._connections.append(connection)
        return answer

    def _run(self) -> None:
        reason = ""
        try:
            model = self._unpack()
            reason = self._serve(model)
        except (objects.StorageError, tarfile.TarError, OSError) as error:
            reason = str(error)
        finally:
            self.reason = reason or "it could not be started"
            self._over.set()
            self._ready.set()
            if not self._stopping:
                self._log.write(f"AWS stand-in: the server has ended: {self.reason}")
                self._on_end(self.reason)
            self._log.flush()

    def _unpack(self) -> Path:
        model = self._folder / "model"
        if (self._folder / "complete").exists():
            return model
        location = objects.parse_uri(self._container["ModelDataUrl"])
        if location is None:
            raise objects.StorageError(f"'{self._container['ModelDataUrl']}' is no S3 URI")
        s3 = self._stand_in.s3(self._region, SAGEMAKER_ENDPOINT)
        packed = objects.download(s3, location, self._folder / "model.tar.gz")
        archive.unpack(packed, model)
        packed.unlink()
        (self._folder / "complete").touch()
        return model

    def _serve(self, model: Path) -> str:
        with socket.create_server(("127.0.0.1", 0), backlog=128) as listening:
            self._port = listening.getsockname()[1]
            with self._lock:
                if self._stopping:
                    return "stopped"
                command = self._command(model, listening.fileno())
                self._process = process = Process(command, model, self._environment(model), [listening.fileno()])
        threading.Thread(target=self._ping, daemon=True).start()
        last = ""
        for line in process.lines():
            last = line or last
            self._log.write(line)
        return f"exit code {process.wait()}: {last}"

    def _command(self, model: Path, listening: int) -> list[str]:
        environment = self._container.get("Environment", {})
        code = environment.get("SAGEMAKER_SUBMIT_DIRECTORY", "")
        folder = (
            model / code.removeprefix(IN_CONTAINER).lstrip("/") if code.startswith(IN_CONTAINER) else model / "code"
        )
        program = environment.get("SAGEMAKER_PROGRAM", "inference.py")
        options = {"--model": model, "--code": folder, "--program": program, "--socket": listening}
        flat = [str(part) for option in options.items() for part in option]
        return [str(self._stand_in.container_python), str(PROGRAM), *flat]

    def _environment(self, model: Path) -> dict[str, str]:
        own = {
            "AWS_REGION": self._region,
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONUNBUFFERED": "1",
            "SAGEMAKER_BASE_DIR": str(model.parent),
            "SAGEMAKER_REGION": self._region,
        }
        blocked = no_network(self._container)
        return {**own, **self._container.get("Environment", {}), **({"PYTHONPATH": blocked[0]} if blocked else {})}

    def _ping(self) -> None:
        connection = self._connect(self._stand_in.settings.startup_seconds)
        try:
            connection.request("GET", "/ping")  # the socket listens already; the answer comes when the model is loaded
            if connection.getresponse().read() is not None and not self._over.is_set():
                self._ready.set()
        except (OSError, http.client.HTTPException) as error:
            log.debug("%s did not answer its ping: %s", self._folder, error)
        finally:
            connection.close()
