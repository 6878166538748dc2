"""Serves a model as SageMaker's PyTorch containers do: GET /ping and POST /invocations on one given socket.

Runs under the containers' interpreter with nothing but the standard library, and imports nothing of this project.
It does what the SageMaker inference toolkit does (sagemaker_inference 1.10: transformer.py), without its model server:
- the handler module (SAGEMAKER_PROGRAM, inference.py) gives model_fn, input_fn, predict_fn, output_fn or transform_fn,
  each with or without a last `context` parameter;
- a JSON or CSV body reaches input_fn as text, any other as bytes;
- an exception with `status_code` and `message` answers that status, any other 500; the body is the message, a new
  line, the traceback.
An answer leaves in one write with TCP_NODELAY: two writes cost 40 ms a call (delayed acknowledgement).
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import json
import logging
import os
import socket
import sys
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

log = logging.getLogger("container_server")

JSON = "application/json"
TEXT_TYPES = (JSON, "text/csv")


class UnsupportedFormat(Exception):
    """The default input and output functions speak JSON only."""

    def __init__(self, content_type: str) -> None:
        self.status_code, self.phrase = 415, "Unsupported Media Type"
        self.message = (
            f"Content type {content_type} is not supported by this framework. Please implement input_fn or output_fn."
        )
        super().__init__(self.message)


class Model:
    """A loaded model with its handler functions.

    Args:
        folder: the extracted model.tar.gz.
        code: the folder of the handler module.
        program: the handler module's file name.

    Raises:
        AttributeError: the module lacks a function that has no default.
    """

    def __init__(self, folder: Path, code: Path, program: str) -> None:
        sys.path.insert(0, str(code))
        module = importlib.import_module(program.removesuffix(".py"))
        self._context = SimpleNamespace(
            system_properties={"model_dir": str(folder), "gpu_id": None}, model_dir=str(folder)
        )
        self._input_fn = getattr(module, "input_fn", _default_input_fn)
        self._output_fn = getattr(module, "output_fn", _default_output_fn)
        self._transform_fn = getattr(module, "transform_fn", None)
        self._predict_fn = None if self._transform_fn else _required(module, "predict_fn")
        self._model = self._run(_required(module, "model_fn"), str(folder))
        self._default_accept = os.environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", JSON)

    def invoke(self, body: bytes, content_type: str, accept: str) -> tuple[bytes, str]:
        """The answer to a request, and its content type."""
        data: Any = body.decode() if content_type in TEXT_TYPES else body
        if accept in ("", "*/*"):
            accept = self._default_accept
        if self._transform_fn:
            result = self._run(self._transform_fn, self._model, data, content_type, accept)
        else:
            data = self._run(self._input_fn, data, content_type)
            prediction = self._run(self._predict_fn, data, self._model)
            result = self._run(self._output_fn, prediction, accept)
        answer, answer_type = result if isinstance(result, tuple) else (result, accept)
        return answer.encode() if isinstance(answer, str) else bytes(answer), answer_type

    def _run(self, function: Any, *arguments: Any) -> Any:
        wanted = len(inspect.signature(function).parameters)
        return function(*arguments, self._context) if wanted == len(arguments) + 1 else function(*arguments)


def _required(module: ModuleType, name: str) -> Any:
    function = getattr(module, name, None)
    if function is None:
        raise AttributeError(
            f"{module.__file__} has no {name}. The inference code must define model_fn and predict_fn."
        )
    return function


def _default_input_fn(data: Any, content_type: str) -> Any:
    if content_type != JSON:
        raise UnsupportedFormat(content_type)
    return json.loads(data)


def _default_output_fn(prediction: Any, accept: str) -> tuple[str, str]:
    if accept != JSON:
        raise UnsupportedFormat(accept)
    return json.dumps(prediction), accept


class Handler(BaseHTTPRequestHandler):
    """One connection, kept."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    model: Model

    def do_GET(self) -> None:
        status = 200 if self.path == "/ping" else 404
        self._send(status, b"", JSON)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path != "/invocations":
            self._send(404, b"", JSON)
            return
        try:
            answer, content_type = self.model.invoke(
                body, self.headers.get("Content-Type", ""), self.headers.get("Accept", "")
            )
        except Exception as error:
            self._send_error(error)
        else:
            self._send(200, answer, content_type)

    def _send_error(self, error: Exception) -> None:
        status, message = getattr(error, "status_code", None), getattr(error, "message", None)
        if status is None or message is None:
            status, message = 500, str(error)
            log.error("The handler failed", exc_info=error)
        self._send(int(status), f"{message}\n{traceback.format_exc()}".encode(), "text/plain")

    def _send(self, status: int, body: bytes, content_type: str) -> None:
        phrase = self.responses.get(status, ("Unknown", ""))[0]
        head = f"HTTP/1.1 {status} {phrase}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
        self.wfile.write(head.encode("latin-1") + body)

    def log_message(self, format: str, *arguments: Any) -> None:
        log.debug(format, *arguments)


class Server(ThreadingHTTPServer):
    """On a socket that is bound already, so that no port is ever lost between choosing and binding it."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, listening: int) -> None:
        super().__init__(("127.0.0.1", 0), Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = socket.socket(fileno=listening)
        self.server_address = self.socket.getsockname()
        self.server_activate()


def main() -> None:
    """Loads the model, then serves until it is ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="the folder of the extracted model.tar.gz")
    parser.add_argument("--code", type=Path, required=True, help="the folder of the handler module")
    parser.add_argument("--program", default="inference.py", help="the handler module's file name")
    parser.add_argument("--socket", type=int, required=True, help="the file descriptor of a bound TCP socket")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(asctime)s %(levelname)s %(message)s")
    server = Server(options.socket)
    Handler.model = Model(options.model, options.code, options.program)
    log.info("Model loaded from %s; serving on port %d", options.model, server.server_address[1])
    server.serve_forever()


if __name__ == "__main__":
    main()
