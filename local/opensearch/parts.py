"""What the local OpenSearch is made of: the server, its modules and the k-NN plugin, by Maven coordinates.

The minimal distribution of OpenSearch is not on Maven Central, its parts are. The coordinates named here are resolved
once, by `python -m local.opensearch.relock`, into `artifacts.lock.toml`; starting a server reads only the lock.
"""

from __future__ import annotations

from dataclasses import dataclass

OPENSEARCH_VERSION = "3.4.0"
KNN_VERSION = "3.4.0.0"
LIB = "lib"
KNN_FOLDER = "plugins/opensearch-knn"


@dataclass(frozen=True)
class Module:
    """A module of the server: its folder's name, its artifact and what its descriptor must say."""

    name: str
    artifact: str
    classname: str
    extends: tuple[str, ...] = ()

    @property
    def folder(self) -> str:
        """Where its jars go, relative to the server's home."""
        return f"modules/{self.name}"

    @property
    def coordinates(self) -> str:
        """Its main artifact, `group:artifact:version`."""
        return f"org.opensearch.plugin:{self.artifact}:{OPENSEARCH_VERSION}"

    def descriptor(self) -> str:
        """The text of its plugin-descriptor.properties; the server insists on every key."""
        lines = {
            "description": f"The {self.name} module",
            "version": OPENSEARCH_VERSION,
            "name": self.name,
            "classname": self.classname,
            "java.version": "21",
            "opensearch.version": OPENSEARCH_VERSION,
            "custom.foldername": "",
            "extended.plugins": ",".join(self.extends),
            "has.native.controller": "false",
        }
        return "".join(f"{key}={value}\n" for key, value in lines.items())


# `optional` in the server's POM although it does not start without log4j-core, or not a dependency of it although it
# loads their classes as soon as one module extends another.
SERVER = (
    f"org.opensearch:opensearch:{OPENSEARCH_VERSION}",
    f"org.opensearch:opensearch-plugin-classloader:{OPENSEARCH_VERSION}",
    f"org.opensearch:opensearch-agent-bootstrap:{OPENSEARCH_VERSION}",
    "org.apache.logging.log4j:log4j-core:2.21.0",
    "org.locationtech.spatial4j:spatial4j:0.7",
    "org.locationtech.jts:jts-core:1.15.0",
)

# Its Thai analyzer refuses a Java runtime that was linked without locale data.
ANALYSIS_COMMON = "analysis-common"

MODULES = (
    Module("transport-netty4", "transport-netty4-client", "org.opensearch.transport.Netty4ModulePlugin"),
    Module("lang-painless", "lang-painless", "org.opensearch.painless.PainlessModulePlugin"),
    Module(
        ANALYSIS_COMMON,
        "analysis-common",
        "org.opensearch.analysis.common.CommonAnalysisModulePlugin",
        ("lang-painless",),
    ),
    Module("parent-join", "parent-join-client", "org.opensearch.join.ParentJoinModulePlugin"),
    Module("reindex", "reindex-client", "org.opensearch.index.reindex.ReindexModulePlugin"),
    Module("mapper-extras", "mapper-extras-client", "org.opensearch.index.mapper.MapperExtrasModulePlugin"),
    Module(
        "ingest-common",
        "ingest-common",
        "org.opensearch.ingest.common.IngestCommonModulePlugin",
        ("lang-painless",),
    ),
    Module("lang-mustache", "lang-mustache-client", "org.opensearch.script.mustache.MustacheModulePlugin"),
)

KNN = f"org.opensearch.plugin:opensearch-knn:{KNN_VERSION}:zip"

# The k-NN plugin takes these from the transport-grpc module, whose 3.4.0 was never published: they go beside its own
# jars, and its descriptor (home.py) then no longer names that module.
KNN_EXTRAS = (
    "com.google.guava:guava:33.2.1-jre",
    "com.google.guava:failureaccess:1.0.2",
    "org.opensearch.plugin:transport-grpc-spi:3.6.0",
    "org.opensearch:protobufs:1.3.0",
)

# Not of the local stack, which has nothing to hide: for the tests of roles and TLS (security.py).
SECURITY_FOLDER = "plugins/opensearch-security"
SECURITY = "org.opensearch.plugin:opensearch-security:3.4.0.0:zip"
# The plugin has it from the module rule-framework, which was never published.
SECURITY_EXTRAS = ("org.apache.commons:commons-collections4:4.4",)
