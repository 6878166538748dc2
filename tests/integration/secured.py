"""A real OpenSearch with the real security plugin: TLS, users, and the role that docs/security.md tells to create."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests

from local.opensearch.security import ADMIN, NODE, add_security
from local.opensearch.server import Folders, opensearch_service
from local.opensearch.user import own, unprivileged_user
from local.ports import free_port
from local.processes import pause
from tests.integration.certificates import Authority

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.supervisor import Service

PROJECT = Path(__file__).parents[2]
ROLE = PROJECT / "infra" / "opensearch" / "role.json"
ROLE_NAME = "finetune_search_model"
# It lives for a minute: what is compiled well is not used long enough.
QUICK = {**os.environ, "JDK_JAVA_OPTIONS": "-XX:TieredStopAtLevel=1"}
START_SECONDS = 300


class SecuredCluster:
    """Started when made, ready when waited for; users are made by its administrator, who has a certificate."""

    def __init__(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="secured-"))
        self.root.chmod(0o755)  # the server may run as another user
        cache = Path(os.environ.get("LOCAL_CACHE") or PROJECT / ".local" / "cache") / "maven"
        folders = Folders(self.root / "server", cache)
        port = free_port()
        self.url = f"https://127.0.0.1:{port}"
        authority = Authority(folders.config / "certs")
        authority.issue("node", NODE)
        self.authority = self.root / "ca.pem"
        shutil.copyfile(authority.file, self.authority)
        self.stranger = Authority(self.root / "stranger").file
        self._session = requests.Session()
        self._session.trust_env = False  # else REQUESTS_CA_BUNDLE comes before the next line
        self._session.verify = str(self.authority)
        self._session.cert = Authority.issue(authority, "admin", ADMIN)
        self._process = self._start(opensearch_service(folders, port, free_port({port})), folders)

    def administrate(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """What the cluster answers its administrator."""
        answer = self._session.request(method, f"{self.url}/{path}", json=body, timeout=30)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def index(self, name: str, lines: str) -> None:
        """Write an index of two shards with the lines of a bulk request."""
        self.administrate("PUT", name, {"settings": {"number_of_shards": 2, "number_of_replicas": 0}})
        answer = self._session.post(
            f"{self.url}/{name}/_bulk?refresh=true",
            data=lines,
            headers={"Content-Type": "application/x-ndjson"},
            timeout=60,
        )
        assert answer.json()["errors"] is False, answer.text[:1_000]

    def add_user(self, name: str, *roles: str) -> dict[str, Any]:
        """An Airflow connection of a new user with these roles."""
        password = secrets.token_urlsafe(24)
        self.administrate("PUT", f"_plugins/_security/api/internalusers/{name}", {"password": password})
        for role in roles:
            self.administrate("PUT", f"_plugins/_security/api/rolesmapping/{role}", {"users": [name]})
        extra = {"ca_certs": str(self.authority)}
        return {"conn_type": "http", "host": self.url, "login": name, "password": password, "extra": extra}

    def stop(self) -> None:
        """End the server and remove its folder."""
        self._session.close()
        self._process.kill()  # a quiet end would take seconds, to keep classes and data that nobody wants
        self._process.wait()
        shutil.rmtree(self.root)

    def _start(self, service: Service, folders: Folders) -> subprocess.Popen[bytes]:
        assert service.prepare
        service.prepare(lambda _: None)
        add_security(folders.home, folders.config, folders.cache)
        user = unprivileged_user()
        for path in [folders.config, *folders.config.rglob("*")]:
            path.chmod(0o700 if path.is_dir() else 0o600)
            if user:
                os.chown(path, user.uid, user.gid)
        own(user, [folders.data, folders.work])
        identity: dict[str, Any] = (
            {"user": service.user.uid, "group": service.user.gid, "extra_groups": []} if service.user else {}
        )
        with (self.root / "log").open("wb") as log:
            return subprocess.Popen(
                service.command, cwd=service.directory, env=QUICK, stdout=log, stderr=subprocess.STDOUT, **identity
            )

    def wait(self) -> None:
        """Until the plugin has read its first configuration: the port answers 503 some seconds before."""
        deadline = time.monotonic() + START_SECONDS
        while not self._is_ready():
            late = time.monotonic() > deadline or self._process.poll() is not None
            assert not late, (self.root / "log").read_text("utf-8")[-4_000:]
            pause()

    def _is_ready(self) -> bool:
        try:
            return self._session.get(f"{self.url}/_plugins/_security/api/roles", timeout=30).status_code == 200
        except requests.exceptions.SSLError:
            raise
        except requests.exceptions.RequestException:
            return False


def role() -> dict[str, Any]:
    """As an administrator creates it."""
    return dict(json.loads(ROLE.read_text("utf-8")))
