"""The services that moto answers in this process: S3, IAM, STS, CloudWatch and Logs, scaling, Secrets Manager, SNS."""

from __future__ import annotations

import io
import logging
import re
import threading
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.wrappers import Response
from werkzeug.wsgi import ClosingIterator

from local.aws.s3 import keys
from local.aws.s3.body import STORE, Body
from local.aws.s3.snapshot import Snapshot
from local.aws.s3.upload import BadUpload, is_upload, receive

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

log = logging.getLogger(__name__)

SERVICES = ("application-autoscaling", "iam", "logs", "monitoring", "s3", "secretsmanager", "sns", "sts")
"""By their names in the credential scope; `monitoring` is CloudWatch."""
_READS = re.compile(r"(?:^|\.|Action=)(Get|List|Describe|Filter|Assume|Head)")


class MotoServices:
    """The WSGI application of moto's services, whose state is kept below a folder."""

    def __init__(self, folder: Path) -> None:
        STORE.open(folder)
        keys.install()
        self._lock = threading.Lock()  # moto is not thread-safe; and nothing may change while it is pickled
        self._moto = DomainDispatcherApplication(create_backend_app)
        self.snapshot = Snapshot(folder / "state.pickle", self._lock)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answers one request."""
        body: Body | None = None
        try:
            if is_upload(environ):
                body = receive(environ)
            else:
                environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read())
            chunks = self._dispatch(environ, start_response)
        except BadUpload as error:
            return _refuse(error)(environ, start_response)
        finally:
            if body is not None:
                STORE.discard(body)
        return ClosingIterator(_expand(chunks), getattr(chunks, "close", None))

    def _dispatch(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        changes = _changes(environ)
        with self._lock:
            chunks: Iterable[bytes] = self._moto(environ, start_response)
        if changes:
            self.snapshot.due()
        return chunks


def _changes(environ: dict[str, Any]) -> bool:
    """Whether a request may change something: by method in S3, by the operation's name elsewhere."""
    if environ["REQUEST_METHOD"] in ("GET", "HEAD", "OPTIONS"):
        return False
    target = environ.get("HTTP_X_AMZ_TARGET")
    if target is None and environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        target = environ["wsgi.input"].getvalue().decode(errors="replace") if environ["wsgi.input"] else ""
    return not (target and _READS.search(target))


def _expand(chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        if isinstance(chunk, Body):
            yield from chunk.blocks()
        else:
            yield chunk


def _refuse(error: BadUpload) -> Response:
    body = f"<Error><Code>{error.code}</Code><Message>{escape(str(error))}</Message></Error>"
    return Response(body, status=400, content_type="application/xml")
