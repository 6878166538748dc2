"""Downloads through the real Maven client, from a repository on this machine that can misbehave."""

from __future__ import annotations

import gc
import hashlib
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from local import LocalError
from local.opensearch.artifacts import Artifact
from local.opensearch.download import MIRROR, download, missing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# jgo never closes the response of a download that broke; `repository` has it collected before the test is over.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")

CONTENT = b"a jar, as far as anybody here can tell" * 100
ARTIFACT = Artifact("lib", "org.example:thing:1.0", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
JAR = "/org/example/thing/1.0/thing-1.0.jar"


class Repository(ThreadingHTTPServer):
    """Answers with `answers` one after the other, then with the right content; counts what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: list[bytes | int | None] = []
        self.asked: Counter[str] = Counter()


class Handler(BaseHTTPRequestHandler):
    server: Repository

    def do_GET(self) -> None:
        self.server.asked[self.path] += 1
        answer = self.server.answers.pop(0) if self.path == JAR and self.server.answers else CONTENT
        if self.path != JAR or isinstance(answer, int):
            self.send_error(answer if isinstance(answer, int) else 404)
            return
        body = CONTENT if answer is None else answer
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if answer is None else body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def repository(monkeypatch: pytest.MonkeyPatch) -> Iterator[Repository]:
    with Repository() as server:
        monkeypatch.setenv(MIRROR, f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()
    gc.collect()


def test_download_puts_the_file_where_a_maven_repository_has_it(repository: Repository, tmp_path: Path) -> None:
    download([ARTIFACT], tmp_path)
    assert (tmp_path / JAR.strip("/")).read_bytes() == CONTENT
    assert missing([ARTIFACT], tmp_path) == []


@pytest.mark.usefixtures("repository")
def test_download_reports_bytes_done_and_in_all(tmp_path: Path) -> None:
    reported: list[tuple[int, int]] = []
    download([ARTIFACT], tmp_path, lambda done, total: reported.append((done, total)))
    assert reported == [(len(CONTENT), len(CONTENT))]


@pytest.mark.parametrize("answer", [None, b"half of it", 503], ids=["connection cut", "damaged", "unavailable"])
def test_download_that_breaks_once_is_tried_again(
    answer: bytes | int | None, repository: Repository, tmp_path: Path
) -> None:
    repository.answers = [answer]
    download([ARTIFACT], tmp_path)
    assert repository.asked[JAR] == 2
    assert missing([ARTIFACT], tmp_path) == []


def test_download_of_another_file_than_the_locked_one_is_refused(repository: Repository, tmp_path: Path) -> None:
    repository.answers = [b"evil"] * 3
    with pytest.raises(LocalError, match=r"org\.example:thing:1\.0 has SHA-256 .* do not use it"):
        download([ARTIFACT], tmp_path)
    assert missing([ARTIFACT], tmp_path) == [ARTIFACT]


def test_download_from_a_repository_that_lacks_it_names_artifact_and_remedy(
    repository: Repository, tmp_path: Path
) -> None:
    repository.answers = [404] * 3
    with pytest.raises(LocalError, match=rf"org\.example:thing:1\.0 could not be downloaded .*{MIRROR}"):
        download([ARTIFACT], tmp_path)


@pytest.mark.usefixtures("repository")
def test_download_leaves_nothing_but_the_artifacts(tmp_path: Path) -> None:
    download([ARTIFACT], tmp_path)
    assert [it.name for it in tmp_path.iterdir()] == ["org"]


def test_missing_file_that_was_changed_in_the_cache_is_missing(tmp_path: Path) -> None:
    path = tmp_path / ARTIFACT.path
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT[:-1] + b"?")
    assert missing([ARTIFACT], tmp_path) == [ARTIFACT]
