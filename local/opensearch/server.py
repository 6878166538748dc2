"""The OpenSearch server as a service: its folders and its command line."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from local.opensearch.artifacts import locked_artifacts
from local.opensearch.download import download, missing
from local.opensearch.home import assemble
from local.opensearch.java import Java, find_java
from local.opensearch.user import own, passage, unprivileged_user
from local.ports import HOST
from local.supervisor import Service

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from local.processes import User

NAME = "opensearch"
HEAP = "LOCAL_OPENSEARCH_HEAP"
MEGABYTE = 1_000_000

LOGGING = """\
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d{ISO8601}][%-5p][%-25c{1.}] %m%n
rootLogger.level = info
rootLogger.appenderRef.console.ref = console
"""


@dataclass(frozen=True)
class Folders:
    """Where one server's files lie: `home` can be assembled again at any time, `data` cannot."""

    root: Path
    cache: Path

    @property
    def home(self) -> Path:
        """Jars and descriptors; read only."""
        return self.root / "home"

    @property
    def config(self) -> Path:
        """log4j2.properties, and the keystore that the server makes."""
        return self.root / "config"

    @property
    def data(self) -> Path:
        """The indices."""
        return self.root / "data"

    @property
    def work(self) -> Path:
        """Temporary files, crash reports: the server's working directory."""
        return self.root / "work"


def opensearch_service(folders: Folders, port: int, transport_port: int) -> Service:
    """The server, ready to be started.

    Args:
        folders: its own, and the cache of artifacts.
        port: for HTTP.
        transport_port: for other nodes, of which there are none.

    Raises:
        LocalError: there is no Java for it, or no user to run it as.
    """
    java = find_java()
    user = unprivileged_user()
    folders.root.mkdir(parents=True, exist_ok=True)
    prefix = passage(user, folders.root, java.program)
    url = f"http://{HOST}:{port}"
    return Service(
        name=NAME,
        command=(*prefix, *_java_command(java, folders), *_settings(folders, port, transport_port)),
        directory=folders.root,
        url=url,
        # `/` answers before the indices are there.
        health=f"{url}/_cluster/health?wait_for_status=yellow&timeout=1s",
        user=None if prefix else user,
        prepare=partial(prepare, folders, java, user),
    )


def prepare(folders: Folders, java: Java, user: User | None, tell: Callable[[str], None]) -> None:
    """Download what the cache lacks, assemble the home, write the configuration, hand over the folders."""
    lacking = missing(locked_artifacts(), folders.cache)
    if lacking:
        download(lacking, folders.cache, lambda done, total: tell(_downloaded(done, total)))
    assemble(folders.home, folders.cache, analysis=java.has_thai)
    own(user, [folders.config, folders.data, folders.work])
    (folders.config / "log4j2.properties").write_text(LOGGING, "utf-8")
    (folders.config / "log4j2.properties").chmod(0o644)


def _java_command(java: Java, folders: Folders) -> tuple[str, ...]:
    """Without the Java agent, which is not attached, no permissions are checked: no policy files are needed."""
    heap = os.environ.get(HEAP, "512m")
    properties = {
        "java.io.tmpdir": folders.work,
        "log4j2.disable.jmx": "true",
        "log4j.shutdownHookEnabled": "false",
        "jna.nosys": "true",
        "io.netty.noUnsafe": "true",
        "io.netty.noKeySetOptimization": "true",
        "io.netty.recycler.maxCapacityPerThread": "0",
        "opensearch.path.home": folders.home,
        "opensearch.path.conf": folders.config,
        "opensearch.distribution.type": "tar",
        "opensearch.bundled_jdk": "false",
    }
    return (
        str(java.program),
        f"-Xms{heap}",
        f"-Xmx{heap}",
        f"-XX:ErrorFile={folders.work}/hs_err_pid%p.log",
        # Loaded classes are kept from one run to the next: the server is up in 6 s in place of 9.
        "-XX:+AutoCreateSharedArchive",
        f"-XX:SharedArchiveFile={folders.work}/classes.jsa",
        "-Xlog:cds*=error",
        *(["--add-modules=jdk.incubator.vector"] if java.has_vector_api else []),
        "--enable-native-access=ALL-UNNAMED",
        *(f"-D{key}={value}" for key, value in properties.items()),
        "-cp",
        f"{folders.home}/lib/*",
        "org.opensearch.bootstrap.OpenSearch",
    )


def _settings(folders: Folders, port: int, transport_port: int) -> tuple[str, ...]:
    settings = {
        "cluster.name": "local",
        "node.name": "local",
        "network.host": HOST,
        "http.port": port,
        "transport.port": transport_port,
        "discovery.type": "single-node",
        "path.data": folders.data,
        "path.logs": folders.work,
        # On a nearly full disk the server would close its indices for writing.
        "cluster.routing.allocation.disk.threshold_enabled": "false",
    }
    return tuple(f"-E{key}={value}" for key, value in settings.items())


def _downloaded(done: int, total: int) -> str:
    return f"downloading: {done / MEGABYTE:.0f} of {total / MEGABYTE:.0f} MB"
